import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { InfluxPoints } from "./influx-points.ts";
import type { Scripted, SeenWrite } from "./influx2-bucket.ts";
import { Influx2Bucket, refusal } from "./influx2-bucket.ts";
import { executeInfluxQl, InfluxQlError } from "./influxql-double.ts";

export interface Influx2Options {
  /** Points before this are beyond the bucket's retention. */
  readonly retainedFrom?: number;
  /** Bytes of a body, unpacked. */
  readonly maxBodySize?: number;
}

/**
 * InfluxDB 2's health, write, query and bucket API as documented, in this process; strict where the
 * server is. One organisation, one token, a first bucket.
 */
export class Influx2Server implements AsyncDisposable {
  readonly org = "voorzorg";
  readonly bucket = "telemetry";
  readonly #maxBodySize: number;
  readonly #buckets = new Map<string, Influx2Bucket>();
  readonly #first: Influx2Bucket;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  readonly #script: Scripted[] = [];
  #token = "a-token-of-the-double";
  #url = "";

  private constructor(options: Influx2Options) {
    this.#maxBodySize = options.maxBodySize ?? Number.POSITIVE_INFINITY;
    this.#first = new Influx2Bucket(options.retainedFrom);
    this.#buckets.set(this.bucket, this.#first);
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

  /** Of the first bucket. */
  get points(): InfluxPoints {
    return this.#first.points;
  }

  get writes(): readonly SeenWrite[] {
    return this.#first.writes;
  }

  /** Names, the first one's included. */
  get buckets(): readonly string[] {
    return [...this.#buckets.keys()];
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
    if (!this.#server.listening) return;
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
    switch (route) {
      case "POST /api/v2/write":
        return await this.#write(request, url, body);
      case "POST /query":
        return this.#query(request, url, body);
      case "GET /api/v2/orgs":
        return { status: 200, body: { orgs: [{ id: "0123456789abcdef", name: this.org }] } };
      case "POST /api/v2/buckets":
        return this.#createBucket(JSON.parse(body.toString()) as NewBucket);
      default:
        return this.#deleteBucket(route);
    }
  }

  async #write(request: IncomingMessage, url: URL, body: Buffer): Promise<Scripted> {
    const { searchParams } = url;
    const org = searchParams.get("org");
    if (org !== this.org) {
      return refusal(404, "not found", `organization name "${org}" not found`);
    }
    const name = searchParams.get("bucket");
    const bucket = this.#buckets.get(name ?? "");
    if (bucket === undefined) return refusal(404, "not found", `bucket "${name}" not found`);
    const gzip = request.headers["content-encoding"] === "gzip";
    let text: Buffer;
    try {
      text = gzip ? await promisify(gunzip)(body) : body;
    } catch {
      return refusal(400, "invalid", "gzipped HTTP body contains an invalid header");
    }
    if (text.length > this.#maxBodySize) {
      const words = "unable to read data: points batch is too large";
      return refusal(413, "request too large", words);
    }
    return bucket.store(text, { precision: searchParams.get("precision") ?? "ns", gzip });
  }

  #query(request: IncomingMessage, url: URL, body: Buffer): Scripted {
    const [type] = (request.headers["content-type"] ?? "").split(";");
    if (type !== "application/x-www-form-urlencoded") {
      return { status: 400, body: { error: 'missing required parameter "q"' } };
    }
    if (url.searchParams.get("epoch") !== "ms") {
      return { status: 400, body: { error: "the double answers times only as epoch=ms" } };
    }
    const db = url.searchParams.get("db");
    const bucket = this.#buckets.get(db ?? "");
    if (bucket === undefined) {
      return refusal(404, "not found", `no dbrp mapping found for database "${db}"`);
    }
    try {
      const q = new URLSearchParams(body.toString()).get("q") ?? "";
      return { status: 200, body: { results: executeInfluxQl(q, bucket.points) } };
    } catch (error) {
      if (error instanceof InfluxQlError) return { status: 400, body: { error: error.message } };
      throw error;
    }
  }

  #createBucket({ name, retentionRules }: NewBucket): Scripted {
    if (this.#buckets.has(name)) {
      return refusal(422, "conflict", `bucket with name ${name} already exists`);
    }
    const seconds = retentionRules[0]?.everySeconds ?? 0;
    const from = seconds === 0 ? undefined : Date.now() - seconds * 1_000;
    this.#buckets.set(name, new Influx2Bucket(from));
    return { status: 201, body: { id: Buffer.from(name).toString("hex"), name } };
  }

  #deleteBucket(route: string): Scripted {
    const id = /^DELETE \/api\/v2\/buckets\/([0-9a-f]+)$/.exec(route)?.[1];
    const name = Buffer.from(id ?? "", "hex").toString();
    return this.#buckets.delete(name) ? { status: 204 } : refusal(404, "not found", "not found");
  }
}

interface NewBucket {
  readonly name: string;
  readonly retentionRules: readonly { readonly everySeconds: number }[];
}
