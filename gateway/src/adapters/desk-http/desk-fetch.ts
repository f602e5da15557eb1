import type { z } from "zod";
import { GatewayError } from "#domain/errors.ts";
import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import { parseRetryAfter } from "#pipeline/retry-after.ts";
import type { Clock } from "#ports/clock.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import type { Effect } from "./classify.ts";
import { causeOf, nothingSent, outcomeOfStatus } from "./classify.ts";
import { decode, parseJson, shortened, wordsOf } from "./json.ts";
import { done, refused } from "./outcome.ts";
import { readCapped } from "./read-capped.ts";
import { TokenBucket } from "./token-bucket.ts";

/** URL or secret of a desk cannot be used. The message does not contain the secret. */
export class DeskConfigError extends GatewayError {
  readonly code = "VZ_DESK_CONFIG";
}

export interface DeskHttpOptions {
  /** Name of the desk, for messages. */
  readonly name: string;
  /** Where the desk lives; paths of requests are put behind it. */
  readonly url: string;
  /** Sent with every request, e.g. `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** What must never be seen in a reason: tokens and passwords in every form in which they are sent. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly requestsPerMinute: number;
  /** From the moment of sending to the last byte of the answer; default 15 s. */
  readonly timeoutMs?: DurationMs;
  /** Longer answers are not read to their end; default 4 MiB. */
  readonly maxAnswerBytes?: number;
  readonly fetch?: typeof fetch;
  /** Ends waiting and running requests when the gateway stops. */
  readonly signal?: AbortSignal;
  /** Told about every request that was sent; for metrics. */
  readonly observe?: (call: DeskCall) => void;
}

export interface DeskCall {
  readonly method: Method;
  readonly outcome: DeskOutcome<unknown>["kind"];
  /** 0 = no answer. */
  readonly status: number;
  readonly tookMs: DurationMs;
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface DeskRequest {
  readonly method: Method;
  /** Begins with "/"; parts that come from outside are encoded by the caller. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  /** Instead of `json`; for attachments. */
  readonly form?: FormData;
  /** Instead of `json`; with a `content-type` in `headers`. */
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: GET reads, all others write. A search by POST is a read. */
  readonly effect?: Effect;
  readonly timeoutMs?: DurationMs;
  readonly signal?: AbortSignal;
}

export interface DeskAnswer<T = unknown> {
  readonly status: number;
  readonly headers: Headers;
  /** The answer's JSON; undefined = it is none. */
  readonly body: T;
  readonly text: string;
}

const TIMEOUT_MS: DurationMs = 15 * SECOND_MS;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * HTTP to one desk. One request each, nothing is repeated; a failure becomes the outcome that says
 * whether the desk may have done it. Redirects are refused: they would carry the token elsewhere.
 */
export class DeskHttp {
  readonly #options: DeskHttpOptions;
  readonly #base: URL;
  readonly #bucket: TokenBucket;
  readonly #secrets: readonly string[];
  /** By `clock.elapsed`: the desk asked for silence until then. */
  #quietUntil: DurationMs = 0;

  constructor(options: DeskHttpOptions) {
    this.#options = options;
    this.#base = parseBase(options);
    checkHeaders(options);
    this.#bucket = new TokenBucket(options.clock, options.requestsPerMinute);
    this.#secrets = options.secrets.filter((secret) => secret !== "");
  }

  /** Address of a page of the desk for people. */
  pageUrl(path: string): string {
    return `${this.#base.href.replace(/\/$/, "")}${path}`;
  }

  /** As `send`, with the answer's JSON checked. An answer that is not as expected is no proof of anything. */
  async ask<T>(request: DeskRequest, schema: z.ZodType<T>): Promise<DeskOutcome<DeskAnswer<T>>> {
    const sent = await this.send(request);
    if (sent.kind !== "done") return sent;
    const { value: answer } = sent;
    const decoded = decode(schema, answer.body);
    if (decoded.ok) return done({ ...answer, body: decoded.value });
    const what =
      answer.body === undefined ? "no JSON" : `an answer that is not understood: ${decoded.reason}`;
    const reason = this.#hide(`${this.#what(request)} answered ${answer.status} with ${what}`);
    return { kind: effectOf(request) === "read" ? "later" : "unknown", reason };
  }

  /** One request; done = 2xx. */
  async send(request: DeskRequest): Promise<DeskOutcome<DeskAnswer>> {
    const { clock, signal } = this.#options;
    const stop = anyOf(signal, request.signal);
    const notSent = (reason: string): DeskOutcome<never> => ({ kind: "later", reason });
    try {
      await this.#bucket.take(stop);
    } catch {
      return notSent(`${this.#what(request)} was not sent: the gateway stops`);
    }
    const silence = this.#quietUntil - clock.elapsed();
    if (silence > 0) {
      const reason = `${this.#what(request)} was not sent: ${this.#options.name} asked to wait`;
      return { kind: "later", reason, retryAfterMs: Math.ceil(silence) };
    }
    const startedAt = clock.elapsed();
    const { outcome, status } = await this.#exchange(request, stop);
    const tookMs = clock.elapsed() - startedAt;
    this.#options.observe?.({ method: request.method, outcome: outcome.kind, status, tookMs });
    return outcome;
  }

  async #exchange(request: DeskRequest, stop: AbortSignal | undefined): Promise<Exchanged> {
    const { clock } = this.#options;
    const timeoutMs = request.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS;
    const answered = new AbortController();
    const late = new AbortController();
    clock.sleep(timeoutMs, answered.signal).then(
      () => late.abort(new Error(`no answer within ${timeoutMs / SECOND_MS} s`)),
      () => undefined,
    );
    try {
      const response = await this.#fetch(request, anyOf(late.signal, stop));
      const outcome = await this.#judge(request, response);
      return { outcome, status: response.status };
    } catch (error) {
      const reason = this.#hide(`${this.#what(request)}: ${causeOf(error)}`);
      const harmless = effectOf(request) === "read" || nothingSent(error);
      return { outcome: { kind: harmless ? "later" : "unknown", reason }, status: 0 };
    } finally {
      answered.abort();
    }
  }

  #fetch(request: DeskRequest, signal: AbortSignal | undefined): Promise<Response> {
    const { method, json, form, bytes } = request;
    const body =
      json === undefined
        ? (form ?? (bytes && new Blob([Uint8Array.from(bytes)])))
        : JSON.stringify(json);
    return (this.#options.fetch ?? fetch)(this.#address(request), {
      method,
      redirect: "manual",
      headers: {
        accept: "application/json",
        "user-agent": "voorzorg-gateway",
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...this.#options.headers,
        ...request.headers,
      },
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async #judge(request: DeskRequest, response: Response): Promise<DeskOutcome<DeskAnswer>> {
    const { clock, maxAnswerBytes = MAX_ANSWER_BYTES } = this.#options;
    const { status, headers } = response;
    const read = readCapped(response, maxAnswerBytes);
    // Without success the status alone decides; its words are welcome, not needed.
    const content = response.ok ? await read : await read.catch(() => ({ text: "", whole: true }));
    if (response.ok && !content.whole) {
      const reason = `${this.#what(request)} answered more than ${maxAnswerBytes} bytes`;
      return effectOf(request) === "read"
        ? refused("invalid", reason)
        : { kind: "unknown", reason };
    }
    const body = parseJson(content.text);
    if (response.ok) return done({ status, headers, body, text: content.text });
    if (status < 400) {
      return refused(
        "invalid",
        `${this.#what(request)} is redirected; set the desk's URL to where it lives`,
      );
    }
    const retryAfterMs = parseRetryAfter(headers.get("retry-after"), clock.now());
    const words = shortened(this.#hide(wordsOf(body, content.text)));
    const reason = this.#hide(
      `${this.#what(request)} answered ${status}${words === "" ? "" : `: ${words}`}`,
    );
    const effect = effectOf(request);
    const told = retryAfterMs === undefined ? { effect, reason } : { effect, reason, retryAfterMs };
    const outcome = outcomeOfStatus(status, told);
    if (outcome.kind === "later" && outcome.retryAfterMs !== undefined) {
      this.#quietUntil = Math.max(this.#quietUntil, clock.elapsed() + outcome.retryAfterMs);
    }
    return outcome;
  }

  #address({ path, query = {} }: DeskRequest): URL {
    const url = new URL(this.pageUrl(path));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }

  #what({ method, path }: DeskRequest): string {
    return `${this.#options.name}: ${method} ${path}`;
  }

  #hide(text: string): string {
    return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
  }
}

interface Exchanged {
  readonly outcome: DeskOutcome<DeskAnswer>;
  readonly status: number;
}

const effectOf = ({ effect, method }: DeskRequest): Effect =>
  effect ?? (method === "GET" ? "read" : "write");

function anyOf(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

function parseBase({ name, url: text }: DeskHttpOptions): URL {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new DeskConfigError(`desk ${name}: the URL is no http or https URL`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new DeskConfigError(`desk ${name}: the URL may hold a host and a path, nothing else`);
  }
  return url;
}

/** fetch would refuse such a header with a message that shows it. */
function checkHeaders({ name, headers }: DeskHttpOptions): void {
  for (const [header, value] of Object.entries(headers)) {
    if (!/^[\x20-\x7e]+$/.test(value)) {
      throw new DeskConfigError(
        `desk ${name}: the secret for the header ${header} is empty or has signs that no header can have, such as a line end`,
      );
    }
  }
}
