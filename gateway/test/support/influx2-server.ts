import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { InfluxPoints } from "./influx-points.ts";
import { executeInfluxQl, InfluxQlError } from "./influxql-double.ts";
import type { Point } from "./line-protocol-parser.ts";
import { LineProtocolError, parseLineProtocol } from "./line-protocol-parser.ts";

/** Nanoseconds of each precision; the API knows no others. */
const PRECISIONS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
]);
const LATEST_NS = 9_223_372_036_854_775_806n;

export interface Scripted {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Influx2Options {
  readonly org?: string;
  readonly bucket?: string;
  readonly token?: string;
  /** Points before this are beyond the bucket's retention. */
  readonly retainedFrom?: number;
  /** Bytes of a body, unpacked. */
  readonly maxBodySize?: number;
}

export interface SeenWrite {
  readonly lines: number;
  readonly gzip: boolean;
  readonly precision: string;
}

/** InfluxDB 2's write and query API as documented, in this process; strict where the server is. */
export class Influx2Server implements AsyncDisposable {
  readonly org: string;
  readonly bucket: string;
  readonly points = new InfluxPoints();
  readonly writes: SeenWrite[] = [];
  readonly #options: Influx2Options;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  readonly #script: Scripted[] = [];
  #token: string;
  #url = "";

  private constructor(options: Influx2Options) {
    this.#options = options;
    this.org = options.org ?? "voorzorg";
    this.bucket = options.bucket ?? "telemetry";
    this.#token = options.token ?? "a-token-of-the-double";
  }

  static async start(options: Influx2Options = {}): Promise<Influx2Server> {
    const server = new Influx2Server(options);
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    const address = server.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    server.#url = `http://127.0.0.1:${address.port}`;
    return server;
  }

  get url(): string {
    return this.#url;
  }

  get token(): string {
    return this.#token;
  }

  /** The one that clients hold is wrong from now on. */
  changeToken(token: string): void {
    this.#token = token;
  }

  /** Answers of the next requests, whatever they are. */
  answerNext(...answers: readonly Scripted[]): void {
    this.#script.push(...answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = new URL(request.url ?? "/", this.#url);
    const answer = this.#script.shift() ?? (await this.#answer(request, url, body));
    const headers = { "x-influxdb-build": "OSS", "x-influxdb-version": "v2-double" };
    if (answer.body === undefined) {
      response.writeHead(answer.status, { ...headers, ...answer.headers }).end();
      return;
    }
    const json = { "content-type": "application/json; charset=utf-8" };
    response.writeHead(answer.status, { ...headers, ...json, ...answer.headers });
    response.end(JSON.stringify(answer.body));
  }

  async #answer(request: IncomingMessage, url: URL, body: Buffer): Promise<Scripted> {
    const route = `${request.method} ${url.pathname}`;
    if (route === "GET /health") {
      return { status: 200, body: { name: "influxdb", status: "pass", message: "ready" } };
    }
    if (route === "GET /ping") return { status: 204 };
    if (request.headers.authorization !== `Token ${this.#token}`) {
      return refusal(401, "unauthorized", "unauthorized access");
    }
    if (route === "POST /api/v2/write") return await this.#write(request, url, body);
    if (route === "POST /query") return this.#query(request, url, body);
    return refusal(404, "not found", "path not found");
  }

  async #write(request: IncomingMessage, url: URL, body: Buffer): Promise<Scripted> {
    const { searchParams } = url;
    const precision = searchParams.get("precision") ?? "ns";
    const unit = PRECISIONS.get(precision);
    if (unit === undefined) {
      const words = "invalid precision; valid precision units are ns, us, ms, and s";
      return refusal(400, "invalid", words);
    }
    const org = searchParams.get("org");
    if (org !== this.org) {
      return refusal(404, "not found", `organization name "${org}" not found`);
    }
    const bucket = searchParams.get("bucket");
    if (bucket !== this.bucket) {
      return refusal(404, "not found", `bucket "${bucket}" not found`);
    }
    const gzip = request.headers["content-encoding"] === "gzip";
    let text: Buffer;
    try {
      text = gzip ? await promisify(gunzip)(body) : body;
    } catch {
      return refusal(400, "invalid", "gzipped HTTP body contains an invalid header");
    }
    if (text.length > (this.#options.maxBodySize ?? Number.POSITIVE_INFINITY)) {
      const words = "unable to read data: points batch is too large";
      return refusal(413, "request too large", words);
    }
    return this.#store(text, { unit, precision, gzip });
  }

  #store(
    text: Buffer,
    how: { readonly unit: bigint; readonly precision: string; readonly gzip: boolean },
  ): Scripted {
    let points: readonly Point[];
    try {
      points = parseLineProtocol(new TextDecoder("utf-8", { fatal: true }).decode(text));
      for (const { time = 0n, line } of points) {
        const ns = time * how.unit;
        if (ns > LATEST_NS || ns < -LATEST_NS) {
          const range = `time outside range -${LATEST_NS} - ${LATEST_NS}`;
          throw new LineProtocolError(range, line);
        }
      }
    } catch (error) {
      if (!(error instanceof LineProtocolError)) throw error;
      return refusal(400, "invalid", `unable to parse '${error.line}': ${error.message}`);
    }
    if (points.length === 0) return refusal(400, "invalid", "writing requires points");
    this.writes.push({ lines: points.length, gzip: how.gzip, precision: how.precision });
    return this.#storePoints(points, how.unit);
  }

  /** What can be stored is, and the answer tells why the rest is not. */
  #storePoints(points: readonly Point[], unit: bigint): Scripted {
    let conflict: string | undefined;
    let conflicts = 0;
    let old = 0;
    for (const point of points) {
      // A double that made up times would hide a client that forgets them.
      if (point.time === undefined) throw new Error(`no time: ${point.line}`);
      const ms = Number((point.time * unit) / 1_000_000n);
      const found = this.points.conflict(point);
      if (ms < (this.#options.retainedFrom ?? Number.NEGATIVE_INFINITY)) {
        old += 1;
      } else if (found === undefined) {
        this.points.add(point, ms);
      } else {
        conflict ??= found;
        conflicts += 1;
      }
    }
    const start = "failure writing points to database: partial write: ";
    if (conflict !== undefined) {
      return refusal(422, "unprocessable entity", `${start}${conflict} dropped=${conflicts + old}`);
    }
    if (old === 0) return { status: 204 };
    const words = `dropped ${old} points outside retention policy of duration 72h0m0s - oldest point ${points[0]?.line}`;
    const end = `dropped=${old} for database: 62ea4f9dbf724d07 for retention policy: autogen`;
    return refusal(422, "unprocessable entity", `${start}${words} ${end}`);
  }

  #query(request: IncomingMessage, url: URL, body: Buffer): Scripted {
    if (request.headers["content-type"] !== "application/x-www-form-urlencoded") {
      return { status: 400, body: { error: 'missing required parameter "q"' } };
    }
    if (url.searchParams.get("epoch") !== "ms") {
      return { status: 400, body: { error: "the double answers times only as epoch=ms" } };
    }
    const db = url.searchParams.get("db");
    if (db !== this.bucket) {
      return refusal(404, "not found", `no dbrp mapping found for database "${db}"`);
    }
    try {
      const q = new URLSearchParams(body.toString()).get("q") ?? "";
      return { status: 200, body: { results: executeInfluxQl(q, this.points) } };
    } catch (error) {
      if (error instanceof InfluxQlError) return { status: 400, body: { error: error.message } };
      throw error;
    }
  }
}

const refusal = (status: number, code: string, message: string): Scripted => ({
  status,
  headers: { "x-platform-error-code": code },
  body: { code, message },
});
