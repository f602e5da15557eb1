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
import { refused, thenDone } from "../desk-http/outcome.ts";
import { SiteCache } from "../desk-http/site-cache.ts";
import { ZendeskApi } from "./zendesk-api.ts";
import { readChanges } from "./zendesk-changes.ts";
import { checkZendesk } from "./zendesk-check.ts";
import { verifyZendeskHook } from "./zendesk-hook.ts";
import { ZendeskPeople } from "./zendesk-people.ts";
import { findOrphans, findTickets, readTicket } from "./zendesk-search.ts";
import type { Site } from "./zendesk-site.ts";
import { loadSite } from "./zendesk-site.ts";
import {
  attachFile,
  commentTicket,
  createTicket,
  linkTickets,
  rejectTicket,
  updateTicket,
} from "./zendesk-write.ts";

export interface ZendeskDeskOptions {
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
export interface Zendesk {
  readonly api: ZendeskApi;
  readonly settings: DeskSettings;
  readonly site: Site;
  readonly people: ZendeskPeople;
  readonly now: () => EpochMs;
}

const capabilities = (settings: DeskSettings): DeskCapabilities => ({
  kind: "zendesk",
  fence: "idempotency_key",
  // The list by external_id is no search; how soon it knows a new ticket is written nowhere.
  searchLagMs: MINUTE_MS,
  readBack: true,
  changes: true,
  optimisticLock: true,
  attachments: true,
  links: true,
  // A merge is told; the merged ticket stays readable, closed.
  merges: false,
  evidencePlace: settings.fields.evidence === undefined ? "none" : "field",
  limits: { requestsPerMinute: settings.requestsPerMinute },
});

/**
 * Zendesk Support. Everything is an internal note; the reference is the ticket's `external_id`.
 * Written from Zendesk's documentation, and tested against a double of it.
 */
export function createZendeskDesk(options: ZendeskDeskOptions): Desk & HookVerifier {
  return new ZendeskDesk(options);
}

class ZendeskDesk implements Desk, HookVerifier {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  readonly #settings: DeskSettings;
  readonly #hookSecret: string;
  readonly #clock: Clock;
  readonly #api: ZendeskApi;
  readonly #people = new ZendeskPeople();
  readonly #site: SiteCache<Site>;

  constructor(options: ZendeskDeskOptions) {
    const { settings, secrets, clock, ...http } = options;
    this.name = settings.name;
    this.capabilities = capabilities(settings);
    this.#settings = settings;
    this.#hookSecret = secrets.hookSecret;
    this.#clock = clock;
    const basic = Buffer.from(`${settings.user}/token:${secrets.token}`).toString("base64");
    this.#api = new ZendeskApi(
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
    return this.#with(checkZendesk);
  }

  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with((zendesk) => findTickets(zendesk, reference, known));
  }

  create(ticket: NewTicket, idempotencyKey: string): Promise<DeskOutcome<{ readonly id: string }>> {
    return this.#with((zendesk) => createTicket(zendesk, ticket, idempotencyKey));
  }

  read(id: string): Promise<DeskOutcome<Ticket>> {
    return this.#of(id, (zendesk) => readTicket(zendesk, id));
  }

  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (zendesk) => updateTicket(zendesk, { id, change, expected }));
  }

  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    return this.#of(id, (zendesk) => commentTicket(zendesk, id, comment));
  }

  attach(id: string, file: Attachment): Promise<DeskOutcome<null>> {
    return this.#of(id, (zendesk) => attachFile(zendesk, id, file));
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#of(child, (zendesk) => linkTickets(zendesk, child, parent));
  }

  changes(cursor: string): Promise<DeskOutcome<ChangesPage>> {
    return this.#with((zendesk) => readChanges(zendesk, cursor));
  }

  orphans(): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with(findOrphans);
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#of(id, (zendesk) => rejectTicket(zendesk, id, reason));
  }

  verifyHook(headers: HookHeaders, rawBody: Uint8Array, now: EpochMs): boolean {
    return verifyZendeskHook(this.#hookSecret, { headers, body: rawBody, now });
  }

  /** Zendesk numbers its tickets; anything else would be a part of another address. */
  async #of<T>(
    id: string,
    use: (zendesk: Zendesk) => Promise<DeskOutcome<T>>,
  ): Promise<DeskOutcome<T>> {
    return /^\d{1,18}$/.test(id)
      ? this.#with(use)
      : refused("not_found", `${this.name}: ${JSON.stringify(id)} is no number of a ticket`);
  }

  async #with<T>(use: (zendesk: Zendesk) => Promise<DeskOutcome<T>>): Promise<DeskOutcome<T>> {
    return thenDone(this.#site.get(), (site) =>
      use({
        api: this.#api,
        settings: this.#settings,
        site,
        people: this.#people,
        now: () => this.#clock.now(),
      }),
    );
  }
}
