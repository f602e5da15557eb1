import { Webhook } from "standardwebhooks";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs } from "#domain/units.ts";
import { parseRetryAfter } from "#pipeline/retry-after.ts";
import type { Clock } from "#ports/clock.ts";
import type { WebhookSender, WebhookSent } from "#ports/webhook-sender.ts";
import { retryDelayMs } from "./retry-after.ts";

/** URL or secret of the webhook cannot be used. The message does not contain the secret. */
export class WebhookConfigError extends GatewayError {
  readonly code = "VZ_WEBHOOK_CONFIG";
}

export interface WebhookSenderOptions {
  readonly url: string;
  /** `whsec_` and base64 of 24 to 64 random bytes. */
  readonly secret: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}

const TIMEOUT_MS: DurationMs = 15_000;
/** Of an answer so much is read, and no more; it only serves to tell people what is wrong. */
const MAX_ANSWER_BYTES = 64 * 1024;
const SHOWN_CHARS = 200;
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;

/** This content will not be taken at the next try either. All other refusals may be a receiver being set up or repaired. */
const REFUSING: ReadonlySet<number> = new Set([400, 413, 415, 422]);

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const url = parseUrl(options.url);
  const signer = createSigner(options.secret);
  return {
    retryDelayMs,
    send: (id, body) => send({ id, body, url, signer, options }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new WebhookConfigError("the webhook URL is no http or https URL");
  }
  if (url.username !== "" || url.password !== "") {
    throw new WebhookConfigError(
      "the webhook URL holds a user name or password; the signature is what proves the sender",
    );
  }
  return url;
}

function createSigner(secret: string): Webhook {
  const encoded = secret.trim().replace(/^whsec_/, "");
  const bytes = Buffer.from(encoded, "base64");
  const wellFormed = bytes.toString("base64") === encoded;
  if (!wellFormed || bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new WebhookConfigError(
      `the webhook secret is not whsec_ and base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} random bytes`,
    );
  }
  return new Webhook(encoded);
}

interface Sending {
  readonly id: string;
  readonly body: string;
  readonly url: URL;
  readonly signer: Webhook;
  readonly options: WebhookSenderOptions;
}

async function send(sending: Sending): Promise<WebhookSent> {
  const { clock } = sending.options;
  const answered = new AbortController();
  const late = new AbortController();
  clock.sleep(TIMEOUT_MS, answered.signal).then(
    () => late.abort(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)),
    () => undefined,
  );
  try {
    return await post(sending, late.signal);
  } catch (error) {
    return { outcome: "later", detail: `${sending.url.origin}: ${causeOf(error)}` };
  } finally {
    answered.abort();
  }
}

async function post(sending: Sending, signal: AbortSignal): Promise<WebhookSent> {
  const { body, id, options, signer, url } = sending;
  const now = options.clock.now();
  const response = await (options.fetch ?? fetch)(url, {
    method: "POST",
    body,
    // A redirect would carry the case to an address that nobody has checked.
    redirect: "manual",
    signal,
    headers: {
      "content-type": "application/json",
      "user-agent": "voorzorg-gateway",
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now / 1_000)),
      "webhook-signature": signer.sign(id, new Date(now), body),
    },
  });
  const text = await readCapped(response);
  return judge(response, { text, origin: url.origin, now: options.clock.now() });
}

interface Answered {
  readonly text: string;
  readonly origin: string;
  readonly now: number;
}

function judge(response: Response, { text, origin, now }: Answered): WebhookSent {
  const { status } = response;
  const shown = text === "" ? "" : `: ${JSON.stringify(text.slice(0, SHOWN_CHARS))}`;
  const detail = `${origin} answered ${status}${shown}`;
  if (response.ok) {
    return { outcome: "done", detail };
  }
  if (status === 410) {
    return { outcome: "gone", detail };
  }
  if (REFUSING.has(status)) {
    return { outcome: "refused", detail };
  }
  const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"), now);
  return { outcome: "later", detail, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

async function readCapped(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) {
    return "";
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < MAX_ANSWER_BYTES) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      chunks.push(value);
      size += value.length;
    }
  } catch {
    // Broken off or too slow: the status has arrived, and it alone decides.
  }
  await reader.cancel().catch(() => undefined);
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString("utf8");
}

/** The innermost cause: fetch itself only says "fetch failed". */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  return error.cause === undefined ? error.message : causeOf(error.cause);
}
