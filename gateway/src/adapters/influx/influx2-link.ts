import type { Agent } from "node:http";
import type { WriteApi } from "@influxdata/influxdb-client";
import { HttpError, InfluxDB } from "@influxdata/influxdb-client";
import type { DurationMs } from "#domain/units.ts";
import { MOST_LINES } from "./batch-writer.ts";
import type { InfluxLink, LinkAnswer } from "./link.ts";
import { agentFor, REQUEST_TIMEOUT_MS, retryAfterOf, withDeadline } from "./link.ts";

export interface Influx2Config {
  readonly kind: "influx2";
  /** Scheme, host, port and perhaps a path; no credentials. */
  readonly url: string;
  readonly org: string;
  readonly bucket: string;
  readonly token: string;
  readonly timeoutMs?: DurationMs;
}

/**
 * Nothing is sent by itself and nothing is tried again: the client's own retry buffer drops what it
 * cannot hold, and the journal already is the spool.
 */
const WRITE_OPTIONS = {
  batchSize: MOST_LINES + 1,
  maxBatchBytes: 2 ** 26,
  flushInterval: 0,
  maxRetries: 0,
  gzipThreshold: 1_000,
  // The client writes failures to the console otherwise; they are answers here.
  writeFailed: (error: Error) => Promise.reject(error),
} as const;

/** InfluxDB 2.x through the client `@influxdata/influxdb-client`. */
export class Influx2Link implements InfluxLink {
  readonly name: string;
  readonly settings = "influxToken and its rights, influxOrg and influxBucket";
  readonly #timeoutMs: DurationMs;
  readonly #bucket: string;
  readonly #agent: Agent;
  readonly #client: InfluxDB;
  readonly #writer: WriteApi;

  constructor(config: Influx2Config) {
    const { url, org, bucket, token } = config;
    const { origin } = new URL(url);
    this.#timeoutMs = config.timeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#bucket = bucket;
    this.name = `InfluxDB 2 at ${origin}, bucket ${JSON.stringify(bucket)},`;
    this.#agent = agentFor(new URL(url));
    this.#client = new InfluxDB({
      url,
      token,
      timeout: this.#timeoutMs,
      transportOptions: { agent: this.#agent },
    });
    this.#writer = this.#client.getWriteApi(org, bucket, "ms", WRITE_OPTIONS);
  }

  write(lines: readonly string[]): Promise<LinkAnswer<undefined>> {
    for (const line of lines) this.#writer.writeRecord(line);
    return this.#bounded(this.#writer.flush().then(() => undefined));
  }

  query(statements: string): Promise<LinkAnswer<unknown>> {
    // Every bucket answers InfluxQL under its own name as the database.
    const path = `/query?${new URLSearchParams({ db: this.#bucket, epoch: "ms" })}`;
    const body = new URLSearchParams({ q: statements }).toString();
    const headers = {
      "content-type": "application/x-www-form-urlencoded",
      accept: "application/json",
    };
    return this.#bounded(this.#client.transport.request(path, body, { method: "POST", headers }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#writer.dispose();
    this.#agent.destroy();
  }

  #bounded<T>(request: Promise<T>): Promise<LinkAnswer<T>> {
    const answer = request.then((value): LinkAnswer<T> => ({ kind: "done", value }), answerOf);
    return withDeadline(answer, { timeoutMs: this.#timeoutMs, cut: () => this.#agent.destroy() });
  }
}

function answerOf(error: unknown): LinkAnswer<never> {
  if (!(error instanceof HttpError)) {
    return { kind: "silent", reason: error instanceof Error ? error.message : String(error) };
  }
  return {
    kind: "answered",
    status: error.statusCode,
    reason: error.message,
    retryAfterMs: retryAfterOf(error.headers ?? {}),
  };
}
