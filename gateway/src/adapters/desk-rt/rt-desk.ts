import type { DurationMs, EpochMs } from "#domain/units.ts";
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
import { thenDone } from "../desk-http/outcome.ts";
import { SignedPoke } from "../desk-http/signed-poke.ts";
import { SiteCache } from "../desk-http/site-cache.ts";
import { RtApi } from "./rt-api.ts";
import { readChanges } from "./rt-changes.ts";
import { checkRt } from "./rt-check.ts";
import type { Lookups } from "./rt-lookups.ts";
import { findOrphans, findTickets, readTicket } from "./rt-search.ts";
import type { Site } from "./rt-site.ts";
import { loadSite, queueWords } from "./rt-site.ts";
import type { Rt } from "./rt-write.ts";
import {
  attachFile,
  commentTicket,
  createTicket,
  linkTickets,
  rejectTicket,
  updateTicket,
} from "./rt-write.ts";

export interface RtDeskOptions {
  readonly settings: DeskSettings;
  readonly secrets: DeskSecrets;
  readonly clock: Clock;
  /** For each request; default 15 s. */
  readonly timeoutMs?: DurationMs;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  readonly observe?: (call: DeskCall) => void;
}

const capabilities = (settings: DeskSettings): DeskCapabilities => ({
  kind: "rt",
  // A second ticket with the same value is made, but without the value: reading back shows it.
  fence: "unique_reference",
  searchLagMs: 0,
  readBack: true,
  changes: true,
  optimisticLock: true,
  attachments: true,
  links: true,
  merges: true,
  evidencePlace: settings.fields.evidence === undefined ? "none" : "field",
  limits: { requestsPerMinute: settings.requestsPerMinute },
});

/** Request Tracker 5 over REST 2.0. Never writes to customers: comments only, and no requestor. */
export function createRtDesk(options: RtDeskOptions): Desk & HookVerifier {
  return new RtDesk(options);
}

class RtDesk implements Desk, HookVerifier {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  readonly #poke: SignedPoke;
  readonly #settings: DeskSettings;
  readonly #clock: Clock;
  readonly #api: RtApi;
  readonly #lookups: Lookups = { users: new Map(), queues: new Map() };
  readonly #site: SiteCache<Site>;

  constructor(options: RtDeskOptions) {
    const { settings, secrets, clock, ...http } = options;
    this.name = settings.name;
    this.#poke = new SignedPoke(settings.name, secrets.hookSecret);
    this.capabilities = capabilities(settings);
    this.#settings = settings;
    this.#clock = clock;
    this.#api = new RtApi(
      new DeskHttp({
        ...http,
        name: settings.name,
        url: settings.url,
        headers: { authorization: `token ${secrets.token}` },
        secrets: [secrets.token],
        clock,
        requestsPerMinute: settings.requestsPerMinute,
      }),
    );
    this.#site = new SiteCache({
      clock,
      load: () => loadSite(this.#api, settings, secrets),
      isWhole: (site) => isWhole(site, settings),
    });
  }

  async check(): Promise<DeskOutcome<DeskCheck>> {
    this.#site.forget();
    return this.#with(checkRt);
  }

  find(reference: string, known: readonly string[]): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with((rt) => findTickets(rt, reference, known));
  }

  create(ticket: NewTicket): Promise<DeskOutcome<{ readonly id: string }>> {
    return this.#with((rt) => createTicket(rt, ticket));
  }

  read(id: string): Promise<DeskOutcome<Ticket>> {
    return this.#with((rt) => readTicket(rt, id));
  }

  update(id: string, change: TicketChange, expected: string): Promise<DeskOutcome<null>> {
    return this.#with((rt) => updateTicket(rt, { id, change, expected }));
  }

  comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    return this.#with((rt) => commentTicket(rt, id, comment));
  }

  attach(id: string, file: Attachment): Promise<DeskOutcome<null>> {
    return this.#with((rt) => attachFile(rt, id, file));
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#with((rt) => linkTickets(rt, child, parent));
  }

  changes(cursor: string): Promise<DeskOutcome<ChangesPage>> {
    return this.#with((rt) => readChanges(rt, this.#lookups, { cursor, now: this.#clock.now() }));
  }

  orphans(): Promise<DeskOutcome<readonly Ticket[]>> {
    return this.#with(findOrphans);
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#with((rt) => rejectTicket(rt, id, reason));
  }

  verifyHook(headers: HookHeaders, rawBody: Uint8Array, now: EpochMs): boolean {
    return this.#poke.verify(headers, rawBody, now);
  }

  #with<T>(use: (rt: Rt) => Promise<DeskOutcome<T>>): Promise<DeskOutcome<T>> {
    return thenDone(this.#site.get(), (site) =>
      use({ api: this.#api, settings: this.#settings, site }),
    );
  }
}

const isWhole = ({ fields, queues }: Site, settings: DeskSettings): boolean =>
  fields.size === Object.keys(settings.fields).length &&
  queues.size === queueWords(settings).length;
