import type { Agent } from "node:http";
import { InfluxDB } from "influx";
import type { DurationMs } from "#domain/units.ts";
import { influxQlIdentifier } from "./influxql.ts";
import type { InfluxLink, LinkAnswer } from "./link.ts";
import { agentFor, REQUEST_TIMEOUT_MS, retryAfterOf, withDeadline } from "./link.ts";

export interface Influx1Config {
  readonly kind: "influx1";
  /** Scheme, host, port and perhaps a path; no credentials. */
  readonly url: string;
  readonly database: string;
  /** The database's default policy if it is not named. */
  readonly retentionPolicy?: string;
  readonly user?: string;
  readonly password?: string;
  readonly timeoutMs?: DurationMs;
}

/**
 * The client disables a host after an error and then fails every call at once with "No host
 * available". There is one host and the journal is the spool: never disabled, never tried again here.
 */
interface Backoff {
  getDelay(): number;
  next(): Backoff;
  reset(): Backoff;
}
const NO_BACKOFF: Backoff = {
  getDelay: () => 0,
  next: () => NO_BACKOFF,
  reset: () => NO_BACKOFF,
};

/** InfluxDB 1.x through the client `influx`. */
export class Influx1Link implements InfluxLink {
  readonly name: string;
  readonly settings = "influxDatabase, influxRetentionPolicy, influxUser and its password";
  readonly #config: Influx1Config;
  readonly #timeoutMs: DurationMs;
  readonly #agent: Agent;
  readonly #client: InfluxDB;

  constructor(config: Influx1Config) {
    const url = new URL(config.url);
    const secure = url.protocol === "https:";
    this.#config = config;
    this.#timeoutMs = config.timeoutMs ?? REQUEST_TIMEOUT_MS;
    this.name = `InfluxDB 1 at ${url.origin}, database ${JSON.stringify(config.database)},`;
    this.#agent = agentFor(url);
    this.#client = new InfluxDB({
      database: config.database,
      ...(config.user === undefined ? {} : { username: config.user }),
      ...(config.password === undefined ? {} : { password: config.password }),
      hosts: [
        {
          protocol: secure ? "https" : "http",
          host: url.hostname,
          port: Number(url.port === "" ? (secure ? 443 : 80) : url.port),
          path: url.pathname.replace(/\/$/, ""),
          options: { agent: this.#agent },
        },
      ],
      pool: { backoff: NO_BACKOFF, maxRetries: 0, requestTimeout: this.#timeoutMs },
    });
  }

  async write(lines: readonly string[]): Promise<LinkAnswer<undefined>> {
    const { database, retentionPolicy } = this.#config;
    // The client joins points to text and leaves measurements as they are: one point whose
    // measurement is the whole body sends lines that are encoded already.
    const body = [{ measurement: lines.join("\n") }];
    const policy = retentionPolicy === undefined ? {} : { retentionPolicy };
    const answer = await this.#bounded(
      this.#client
        .writePoints(body, { database, precision: "ms", ...policy })
        .then(() => undefined),
    );
    if (answer.kind === "answered" && answer.status === 500 && retentionPolicy !== undefined) {
      return (await this.#policyMissing(retentionPolicy)) ?? answer;
    }
    return answer;
  }

  query(statements: string): Promise<LinkAnswer<unknown>> {
    const { retentionPolicy } = this.#config;
    const policy = retentionPolicy === undefined ? {} : { retentionPolicy };
    return this.#bounded(
      this.#client.queryRaw(statements, { precision: "ms", method: "POST", ...policy }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }

  /** InfluxDB 1.x answers a policy that does not exist like a crash, with 500. */
  async #policyMissing(policy: string): Promise<LinkAnswer<undefined> | undefined> {
    const database = influxQlIdentifier(this.#config.database);
    const answer = await this.query(`SHOW RETENTION POLICIES ON ${database}`);
    if (answer.kind !== "done" || JSON.stringify(answer.value).includes(JSON.stringify(policy))) {
      return undefined;
    }
    const reason = `retention policy not found: ${JSON.stringify(policy)}`;
    return { kind: "answered", status: 404, reason, retryAfterMs: undefined };
  }

  #bounded<T>(request: Promise<T>): Promise<LinkAnswer<T>> {
    const answer = request.then((value): LinkAnswer<T> => ({ kind: "done", value }), answerOf);
    return withDeadline(answer, { timeoutMs: this.#timeoutMs, cut: () => this.#agent.destroy() });
  }
}

/** What the client's RequestError has; its ServiceNotAvailableError (500 and more) has only a message. */
interface RequestFailure {
  readonly message: string;
  readonly res?: {
    readonly statusCode?: number;
    readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  };
}

function answerOf(error: unknown): LinkAnswer<never> {
  const { message, res } = error as RequestFailure;
  if (res?.statusCode !== undefined) {
    const { statusCode: status, headers } = res;
    const reason = serversWords(message);
    return { kind: "answered", status, reason, retryAfterMs: retryAfterOf(headers) };
  }
  // Node's own failures carry a code; what is left is the status line of an answer of 500 or more.
  const network = error instanceof Error && "code" in error;
  if (network || message === "Request timed out") return { kind: "silent", reason: message };
  return { kind: "answered", status: 500, reason: message, retryAfterMs: undefined };
}

/** The client writes "A 400 Bad Request error occurred: " in front of the body. */
function serversWords(message: string): string {
  const body = message.replace(/^A \d+ .*? error occurred: /s, "").trim();
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "error" in parsed) {
      return String(parsed.error);
    }
  } catch {
    // Not InfluxDB's own answer: a proxy's page.
  }
  return body;
}
