import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type {
  Attachment,
  ChangesPage,
  Desk,
  DeskCapabilities,
  DeskCheck,
  DeskOutcome,
  NewTicket,
  Ticket,
  TicketChange,
} from "#ports/desk.ts";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import type { DeskCall } from "../desk-http/desk-fetch.ts";
import { DeskHttp } from "../desk-http/desk-fetch.ts";
import type { HookHeaders, HookVerifier } from "../desk-http/hook.ts";
import { mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import { SiteCache } from "../desk-http/site-cache.ts";
import { JiraApi } from "./jira-api.ts";
import { readChanges } from "./jira-changes.ts";
import { checkJira } from "./jira-check.ts";
import { attachFile, createRequest, linkIssues } from "./jira-create.ts";
import { verifyJiraHook } from "./jira-hook.ts";
import { findOrphans, findTickets } from "./jira-search.ts";
import type { Site } from "./jira-site.ts";
import { loadSite } from "./jira-site.ts";
import { toTicket } from "./jira-ticket.ts";
import { changeIssue, commentIssue, rejectIssue } from "./jira-update.ts";

export interface JiraDeskOptions {
  readonly settings: DeskSettings;
  readonly secrets: DeskSecrets;
  readonly clock: Clock;
  /** For each request; default 15 s. */
  readonly timeoutMs?: DurationMs;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  readonly observe?: (call: DeskCall) => void;
}

/** What the parts of the connector share. */
export interface Jira {
  readonly api: JiraApi;
  readonly settings: DeskSettings;
  readonly site: Site;
  readonly now: () => EpochMs;
}

const capabilities = (settings: DeskSettings): DeskCapabilities => ({
  kind: "jira-service-management",
  fence: "search",
  // "Seconds to minutes", says Atlassian.
  searchLagMs: 2 * MINUTE_MS,
  readBack: true,
  changes: true,
  // Compared just before the write: there is a gap of one request between.
  optimisticLock: false,
  attachments: true,
  links: true,
  merges: false,
  evidencePlace: settings.fields.evidence === undefined ? "none" : "field",
  limits: { requestsPerMinute: settings.requestsPerMinute },
});

/**
 * Jira Service Management (Cloud). The dossier is an internal comment, the reference a text field and a label.
 * Written from Atlassian's documentation, and tested against a double of it.
 */
export function createJiraDesk(options: JiraDeskOptions): Desk & HookVerifier {
  return new JiraDesk(options);
}

class JiraDesk implements Desk, HookVerifier {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  readonly #settings: DeskSettings;
  readonly #hookSecret: string;
  readonly #clock: Clock;
  readonly #api: JiraApi;
  readonly #site: SiteCache<Site>;

  constructor(options: JiraDeskOptions) {
    const { settings, secrets, clock, ...http } = options;
    this.name = settings.name;
    this.capabilities = capabilities(settings);
    this.#settings = settings;
    this.#hookSecret = secrets.hookSecret;
    this.#clock = clock;
    const basic = Buffer.from(`${settings.user}:${secrets.token}`).toString("base64");
    this.#api = new JiraApi(
      new DeskHttp({
        ...http,
        name: settings.name,
        url: settings.url,
        headers: { authorization: `Basic ${basic}` },
        secrets: [secrets.token, basic],
        clock,
        requestsPerMinute: settings.requestsPerMinute,
      }),
    );
    this.#site = new SiteCache({
      clock,
      load: () => loadSite(this.#api, settings),
      isWhole: (site) => site.fields.size === Object.keys(settings.fields).length,
    });
  }

  async check(): Promise<DeskOutcome<DeskCheck>> {
    this.#site.forget();
    return this.#with(checkJira);
  }

  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with((jira) => findTickets(jira, reference, known));
  }

  create(ticket: NewTicket): Promise<DeskOutcome<{ readonly id: string }>> {
    return this.#with((jira) => createRequest(jira, ticket));
  }

  read(id: string): Promise<DeskOutcome<Ticket>> {
    return this.#of(id, async ({ api, settings, site }) =>
      mapDone(await api.issue(id), (issue) => toTicket(site, settings, issue)),
    );
  }

  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (jira) => changeIssue(jira, { id, change, expected }));
  }

  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    return this.#of(id, (jira) => commentIssue(jira, id, comment));
  }

  attach(id: string, file: Attachment): Promise<DeskOutcome<null>> {
    return this.#of(id, (jira) => attachFile(jira, id, file));
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#of(child, (jira) => linkIssues(jira, child, parent));
  }

  changes(cursor: string): Promise<DeskOutcome<ChangesPage>> {
    return this.#with((jira) => readChanges(jira, cursor));
  }

  orphans(): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with(findOrphans);
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (jira) => rejectIssue(jira, id, reason));
  }

  verifyHook(headers: HookHeaders, rawBody: Uint8Array): boolean {
    return verifyJiraHook(this.#hookSecret, headers, rawBody);
  }

  /** Jira numbers its issues, and keeps the number when the key changes; anything else would be a part of another address. */
  async #of<T>(id: string, use: (jira: Jira) => Promise<DeskOutcome<T>>): Promise<DeskOutcome<T>> {
    return /^\d{1,18}$/.test(id)
      ? this.#with(use)
      : refused("not_found", `${this.name}: ${JSON.stringify(id)} is no number of an issue`);
  }

  async #with<T>(use: (jira: Jira) => Promise<DeskOutcome<T>>): Promise<DeskOutcome<T>> {
    return thenDone(this.#site.get(), (site) =>
      use({
        api: this.#api,
        settings: this.#settings,
        site,
        now: () => this.#clock.now(),
      }),
    );
  }
}
