import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { DurationMs } from "#domain/units.ts";
import { parseRetryAfter } from "#pipeline/retry-after.ts";

/** What became of one request. */
export type LinkAnswer<T> =
  | { readonly kind: "done"; readonly value: T }
  | {
      readonly kind: "answered";
      readonly status: number;
      /** The server's words. */
      readonly reason: string;
      readonly retryAfterMs: DurationMs | undefined;
    }
  /** No answer, or not in time. */
  | { readonly kind: "silent"; readonly reason: string };

/** One server and database, by the client library of its version. Never throws for what the server does. */
export interface InfluxLink extends AsyncDisposable {
  /** For people: which server and database. */
  readonly name: string;
  /** For people: the settings that a refusal of rights is about. */
  readonly settings: string;
  write(lines: readonly string[]): Promise<LinkAnswer<undefined>>;
  /** InfluxQL statements separated by `;`; times as epoch milliseconds. The value is the parsed JSON. */
  query(statements: string): Promise<LinkAnswer<unknown>>;
}

/** Proxies close idle connections after a minute or so; a request on one that just closes looks like an outage. */
const IDLE_MS: DurationMs = 15_000;

export function agentFor(url: URL): HttpAgent {
  const options = { keepAlive: true, timeout: IDLE_MS };
  return url.protocol === "https:" ? new HttpsAgent(options) : new HttpAgent(options);
}

/** Longer than any honest answer to 5,000 lines takes; the connection is cut then. */
export const REQUEST_TIMEOUT_MS: DurationMs = 30_000;

/**
 * The clients' own time-outs count idle time, so that a server which drips or breaks off in the
 * middle of an answer would hold a request for ever.
 */
export async function withDeadline<T>(
  request: Promise<LinkAnswer<T>>,
  limit: { readonly timeoutMs: DurationMs; readonly cut: () => void },
): Promise<LinkAnswer<T>> {
  const { promise, resolve } = Promise.withResolvers<LinkAnswer<T>>();
  const signal = AbortSignal.timeout(limit.timeoutMs);
  const late = (): void => {
    limit.cut();
    resolve({ kind: "silent", reason: `no answer within ${limit.timeoutMs} ms` });
  };
  signal.addEventListener("abort", late, { once: true });
  try {
    return await Promise.race([request, promise]);
  } finally {
    signal.removeEventListener("abort", late);
  }
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A date is read by the server's own clock, as the answer tells it: ours may be wrong. */
export function retryAfterOf(headers: Headers): DurationMs | undefined {
  const asked = headers["retry-after"];
  const now = Date.parse(String(headers.date));
  const wait = typeof asked === "string" ? parseRetryAfter(asked, now) : undefined;
  return Number.isNaN(wait) ? undefined : wait;
}
