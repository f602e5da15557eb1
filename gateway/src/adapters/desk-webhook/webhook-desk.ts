import type { DurationMs, EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type {
  Attachment,
  Desk,
  DeskCapabilities,
  DeskCheck,
  DeskOutcome,
  NewTicket,
  TicketChange,
} from "#ports/desk.ts";
import type { DeskSecrets, DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import type { DeskCall } from "../desk-http/desk-fetch.ts";
import { DeskHttp } from "../desk-http/desk-fetch.ts";
import type { HookHeaders, HookParsed, HookSource } from "../desk-http/hook.ts";
import { hookRefused } from "../desk-http/hook.ts";
import { done, mapDone, refused } from "../desk-http/outcome.ts";
import { StandardWebhook } from "../desk-http/standard-webhook.ts";
import type { WebhookMessage } from "./webhook-body.ts";
import { createMessage, fileOf, messageId, rendered, updateMessage } from "./webhook-body.ts";
import { parseWebhookHook } from "./webhook-hook.ts";

export interface WebhookDeskOptions {
  readonly settings: DeskSettings;
  /** `token` signs what is sent, `hookSecret` what comes back; both `whsec_…`, one a line while they change. */
  readonly secrets: DeskSecrets;
  readonly clock: Clock;
  /** For each request; default 15 s. */
  readonly timeoutMs?: DurationMs;
  readonly fetch?: typeof fetch;
  readonly signal?: AbortSignal;
  readonly observe?: (call: DeskCall) => void;
}

const capabilities = (settings: DeskSettings): DeskCapabilities => ({
  kind: "webhook",
  fence: "idempotency_key",
  searchLagMs: 0,
  readBack: false,
  // What agents do comes with signed calls, if the receiver makes them.
  changes: false,
  optimisticLock: false,
  attachments: settings.options.attachments !== "none",
  links: true,
  // The receiver goes on with its own ticket under our reference.
  merges: false,
  evidencePlace: "field",
  limits: { requestsPerMinute: settings.requestsPerMinute },
});

/**
 * Any receiver of Standard Webhooks: one URL, signed JSON. The receiver keeps tickets by our reference
 * and takes a message id once; nothing can be read back.
 * @throws DeskConfigError when URL or secrets cannot be used.
 */
export function createWebhookDesk(options: WebhookDeskOptions): Desk & HookSource {
  return new WebhookDesk(options);
}

class WebhookDesk implements Desk, HookSource {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  readonly #settings: DeskSettings;
  readonly #clock: Clock;
  readonly #http: DeskHttp;
  readonly #outgoing: StandardWebhook;
  readonly #incoming: StandardWebhook | undefined;
  /** The receiver answered 410 Gone: it wants nothing any more, until a person checks the desk. */
  #gone = false;

  constructor(options: WebhookDeskOptions) {
    const { settings, secrets, clock, ...http } = options;
    this.name = settings.name;
    this.capabilities = capabilities(settings);
    this.#settings = settings;
    this.#clock = clock;
    this.#outgoing = new StandardWebhook(settings.name, secrets.token);
    this.#incoming =
      secrets.hookSecret === ""
        ? undefined
        : new StandardWebhook(settings.name, secrets.hookSecret);
    this.#http = new DeskHttp({
      ...http,
      name: settings.name,
      url: settings.url,
      headers: {},
      secrets: [secrets.token, secrets.hookSecret].flatMap((one) => one.trim().split(/\s+/)),
      clock,
      requestsPerMinute: settings.requestsPerMinute,
    });
  }

  async check(): Promise<DeskOutcome<DeskCheck>> {
    this.#gone = false;
    const message: WebhookMessage = { type: "desk.check", data: {} };
    const sent = await this.#post(message, messageId(message, String(this.#clock.now())));
    const taken = sent.kind === "done";
    const back = this.#incoming !== undefined;
    const lines: DeskCheck["lines"] = [
      taken
        ? { state: "ok", what: "receiver takes signed messages", next: "" }
        : { state: "missing", what: "receiver takes signed messages", next: sent.reason },
      back
        ? { state: "ok", what: "secret for calls back", next: "" }
        : {
            state: "doubtful",
            what: "secret for calls back",
            next: "without hookSecretFile nothing that agents do in the receiver is heard of",
          },
    ];
    return done({ ok: taken, desk: `receiver at ${this.#settings.url}`, lines });
  }

  async find(): Promise<DeskOutcome<never>> {
    return this.#cannot("be searched");
  }

  async create(
    ticket: NewTicket,
    idempotencyKey: string,
  ): Promise<DeskOutcome<{ readonly id: string }>> {
    const message = createMessage(this.#settings, ticket);
    const sent = await this.#post(message, `create_${idempotencyKey}`);
    // It has a ticket of this reference: that is what was wanted.
    const there = sent.kind === "refused" && sent.code === "conflict";
    return there ? done({ id: ticket.reference }) : mapDone(sent, () => ({ id: ticket.reference }));
  }

  async read(): Promise<DeskOutcome<never>> {
    return this.#cannot("be read");
  }

  update(id: string, change: TicketChange): Promise<DeskOutcome<null>> {
    const message = updateMessage(this.#settings, id, change);
    // The same status may be wanted again later; setting it twice does no harm.
    const more = change.status === undefined ? "" : String(this.#clock.now());
    return this.#write(message, more);
  }

  async comment(id: string, comment: Document): Promise<DeskOutcome<{ readonly change: string }>> {
    const data = { ticket: id, internal: true, comment: rendered(comment) };
    const message: WebhookMessage = { type: "ticket.comment", data };
    return mapDone(await this.#write(message), () => ({ change: "" }));
  }

  attach(id: string, file: Attachment): Promise<DeskOutcome<null>> {
    return this.#write({ type: "ticket.attachment", data: { ticket: id, ...fileOf(file) } });
  }

  link(child: string, parent: string): Promise<DeskOutcome<null>> {
    return this.#write({ type: "ticket.link", data: { ticket: child, parent } });
  }

  async changes(): Promise<DeskOutcome<never>> {
    return this.#cannot("be asked for changes");
  }

  async orphans(): Promise<DeskOutcome<readonly never[]>> {
    return done([]);
  }

  reject(id: string, reason: string): Promise<DeskOutcome<null>> {
    return this.#write({ type: "ticket.reject", data: { ticket: id, reason } });
  }

  parseHook(headers: HookHeaders, body: Uint8Array, now: EpochMs): HookParsed {
    return this.#incoming === undefined
      ? hookRefused("forged", "the desk's file names no hookSecretFile")
      : parseWebhookHook(this.#incoming, { headers, body, now });
  }

  async #cannot(what: string): Promise<DeskOutcome<never>> {
    return refused("invalid", `${this.name}: a receiver of webhooks cannot ${what}`);
  }

  async #write(message: WebhookMessage, more = ""): Promise<DeskOutcome<null>> {
    const sent = await this.#post(message, messageId(message, more));
    // There is nothing to read and merge.
    if (sent.kind === "refused" && sent.code === "conflict") return refused("invalid", sent.reason);
    return mapDone(sent, () => null);
  }

  async #post(message: WebhookMessage, id: string): Promise<DeskOutcome<unknown>> {
    if (this.#gone) return refused("denied", GONE(this.name));
    const now = this.#clock.now();
    const body = JSON.stringify({ type: message.type, timestamp: iso(now), data: message.data });
    const sent = await this.#http.send({
      method: "POST",
      path: "",
      bytes: Buffer.from(body),
      headers: { "content-type": "application/json", ...this.#outgoing.headers(id, body, now) },
    });
    if (sent.kind !== "refused" || sent.code !== "not_found") return sent;
    if (/ answered 410\b/.test(sent.reason)) {
      this.#gone = true;
      return refused("denied", GONE(this.name));
    }
    // There is one URL for everything: it is the URL that is wrong, not a ticket.
    return refused("denied", sent.reason);
  }
}

const GONE = (name: string): string =>
  `${name}: the receiver answered 410 Gone and wants nothing any more; check the desk to try again`;
