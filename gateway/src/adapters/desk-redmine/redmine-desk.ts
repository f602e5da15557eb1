import type { DurationMs, EpochMs } from "#domain/units.ts";
import { toMarkdown } from "#pipeline/document/markdown.ts";
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
import { SignedPoke } from "../desk-http/signed-poke.ts";
import { SiteCache } from "../desk-http/site-cache.ts";
import { RedmineApi } from "./redmine-api.ts";
import { readChanges } from "./redmine-changes.ts";
import { checkRedmine } from "./redmine-check.ts";
import { attachFile, createIssue, linkIssues } from "./redmine-create.ts";
import { findOrphans, findTickets } from "./redmine-search.ts";
import type { Site } from "./redmine-site.ts";
import { loadSite } from "./redmine-site.ts";
import { toTicket } from "./redmine-ticket.ts";
import { addNote, changeIssue, rejectIssue } from "./redmine-update.ts";
import { toTextile } from "./textile.ts";

export interface RedmineDeskOptions {
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
export interface Redmine {
  readonly api: RedmineApi;
  readonly settings: DeskSettings;
  readonly site: Site;
  readonly render: (document: Document) => string;
}

const capabilities = (settings: DeskSettings): DeskCapabilities => ({
  kind: "redmine",
  // Redmine refuses no second issue with the same value of a field.
  fence: "search",
  searchLagMs: 0,
  readBack: true,
  changes: true,
  // Compared just before the write: there is a gap of one request between.
  optimisticLock: false,
  attachments: true,
  links: true,
  merges: false,
  evidencePlace: "description",
  limits: { requestsPerMinute: settings.requestsPerMinute },
});

/**
 * Redmine 4.2 or later over its REST interface. What it lacks is made up for: no unique fields (search,
 * then read back), no cursor (`updated_on` with an overlap), refusals that look like success (read back).
 */
export function createRedmineDesk(options: RedmineDeskOptions): Desk & HookVerifier {
  return new RedmineDesk(options);
}

class RedmineDesk implements Desk, HookVerifier {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  readonly #poke: SignedPoke;
  readonly #settings: DeskSettings;
  readonly #api: RedmineApi;
  readonly #site: SiteCache<Site>;

  constructor(options: RedmineDeskOptions) {
    const { settings, secrets, clock, ...http } = options;
    this.name = settings.name;
    this.#poke = new SignedPoke(settings.name, secrets.hookSecret);
    this.capabilities = capabilities(settings);
    this.#settings = settings;
    this.#api = new RedmineApi(
      new DeskHttp({
        ...http,
        name: settings.name,
        url: settings.url,
        headers: { "x-redmine-api-key": secrets.token },
        secrets: [secrets.token],
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
    return this.#with(checkRedmine);
  }

  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with((redmine) => findTickets(redmine, reference, known));
  }

  create(ticket: NewTicket): Promise<DeskOutcome<{ readonly id: string }>> {
    return this.#with((redmine) => createIssue(redmine, ticket));
  }

  read(id: string): Promise<DeskOutcome<Ticket>> {
    return this.#of(id, async ({ api, settings, site }) =>
      mapDone(await api.issue(id), (issue) => toTicket(site, settings, issue)),
    );
  }

  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (redmine) => changeIssue(redmine, { id, change, expected }));
  }

  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    return this.#of(id, (redmine) => addNote(redmine, id, comment));
  }

  attach(id: string, file: Attachment): Promise<DeskOutcome<null>> {
    return this.#of(id, (redmine) => attachFile(redmine, id, file));
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#of(child, ({ api }) => linkIssues(api, child, parent));
  }

  changes(cursor: string): Promise<DeskOutcome<ChangesPage>> {
    return this.#with((redmine) => readChanges(redmine, cursor));
  }

  orphans(): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with(findOrphans);
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (redmine) => rejectIssue(redmine, id, reason));
  }

  verifyHook(headers: HookHeaders, rawBody: Uint8Array, now: EpochMs): boolean {
    return this.#poke.verify(headers, rawBody, now);
  }

  /** Redmine numbers its issues; anything else would be a part of another address. */
  async #of<T>(
    id: string,
    use: (redmine: Redmine) => Promise<DeskOutcome<T>>,
  ): Promise<DeskOutcome<T>> {
    return /^\d{1,18}$/.test(id)
      ? this.#with(use)
      : refused("not_found", `${this.name}: ${JSON.stringify(id)} is no number of an issue`);
  }

  async #with<T>(use: (redmine: Redmine) => Promise<DeskOutcome<T>>): Promise<DeskOutcome<T>> {
    return thenDone(this.#site.get(), (site) =>
      use({
        api: this.#api,
        settings: this.#settings,
        site,
        render: this.#settings.options.markup === "markdown" ? toMarkdown : toTextile,
      }),
    );
  }
}
