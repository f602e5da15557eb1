import { Webhook } from "standardwebhooks";

interface Received {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * A receiver as its documentation asks for one: verifies, takes an id once, keeps tickets by their
 * reference. `answer` says what it answers instead, once each.
 */
export class WebhookReceiver {
  readonly taken: Received[] = [];
  readonly tickets = new Map<string, Record<string, unknown>>();
  readonly requests: { readonly id: string; readonly headers: Headers; readonly body: string }[] =
    [];
  readonly answers: (Response | Error)[] = [];
  readonly #webhook: Webhook;
  readonly #now: () => number;

  constructor(secret: string, now: () => number) {
    this.#webhook = new Webhook(secret);
    this.#now = now;
  }

  /** Instead of the network. */
  readonly fetch = (async (_url: URL, init: RequestInit) => {
    const headers = new Headers(init.headers);
    const body = init.body instanceof Blob ? await init.body.text() : "";
    const id = headers.get("webhook-id") ?? "";
    this.requests.push({ id, headers, body });
    const timestamp = Number(headers.get("webhook-timestamp")) * 1_000;
    const signature = this.#webhook.sign(id, new Date(timestamp), body);
    if (signature !== headers.get("webhook-signature")) return new Response("", { status: 401 });
    if (Math.abs(timestamp - this.#now()) > 300_000) return new Response("", { status: 401 });
    const instead = this.answers.shift();
    if (instead instanceof Response) return instead;
    this.#take(id, body);
    if (instead !== undefined) throw instead;
    return new Response(null, { status: 204 });
  }) as typeof fetch;

  #take(id: string, body: string): void {
    if (this.taken.some((one) => one.id === id)) return;
    const message = JSON.parse(body) as Omit<Received, "id">;
    this.taken.push({ ...message, id });
    const { ticket } = message.data;
    if (message.type === "ticket.create") this.tickets.set(String(ticket), { ...message.data });
    const known = this.tickets.get(String(ticket));
    if (message.type === "ticket.update" && known) Object.assign(known, message.data);
  }
}
