import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

/** What happens to requests until another fault is set. */
export type Fault =
  | { readonly kind: "none" }
  /** Nobody listens on the port. */
  | { readonly kind: "refuse" }
  /** The request is read and never answered. */
  | { readonly kind: "hang" }
  | { readonly kind: "slow"; readonly ms: number }
  /** The server takes the request; its answer never arrives. */
  | { readonly kind: "lose_answer" }
  /** The server takes the first half of the lines; then the connection breaks. */
  | { readonly kind: "half" }
  /** The credentials are of somebody whom the server does not know. */
  | { readonly kind: "wrong_token" }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

/**
 * An HTTP server in front of another one, with faults that a test switches on and off. Its address
 * stays the same, also while nobody listens there.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #target: URL;
  #server: Server | undefined;
  #port = 0;
  #fault: Fault = { kind: "none" };
  /** Requests that met each kind of fault. */
  readonly met = new Map<Fault["kind"], number>();

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async set(fault: Fault): Promise<void> {
    this.#fault = fault;
    if (fault.kind === "refuse") await this.#close();
    else if (this.#server === undefined) await this.#listen();
  }

  /** Resolved when so many requests have met the kind of fault since the proxy was started. */
  async hasMet(kind: Fault["kind"], times: number, withinMs = 20_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while ((this.met.get(kind) ?? 0) < times) {
      if (performance.now() > deadline) throw new Error(`fewer than ${times} requests met ${kind}`);
      await sleep(10);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => {
      // A connection that breaks is what is tested.
      this.#serve(request, response).catch(() => response.destroy());
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    this.#port = address.port;
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const fault = this.#fault;
    this.met.set(fault.kind, (this.met.get(fault.kind) ?? 0) + 1);
    switch (fault.kind) {
      case "refuse":
        response.destroy();
        return;
      case "hang":
        return;
      case "none":
        return await this.#forward(request, body, response);
      case "slow":
        await sleep(fault.ms);
        return await this.#forward(request, body, response);
      case "wrong_token":
        request.headers.authorization = "Token of-nobody";
        return await this.#forward(request, body, response);
      case "lose_answer":
        await this.#forward(request, body, undefined);
        response.destroy();
        return;
      case "half":
        await this.#forward(request, await firstHalf(request, body), undefined);
        response.destroy();
        return;
      case "answer":
        response.writeHead(fault.status, fault.headers).end(fault.body);
    }
  }

  async #forward(
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse | undefined,
  ): Promise<void> {
    const { "transfer-encoding": _chunked, ...kept } = request.headers;
    const headers = { ...kept, "content-length": body.length };
    const forwarded = httpRequest(new URL(request.url ?? "/", this.#target), {
      method: request.method,
      headers,
    });
    forwarded.end(body);
    const [answer] = (await once(forwarded, "response")) as [IncomingMessage];
    const answered = await buffer(answer);
    response?.writeHead(answer.statusCode ?? 502, answer.headers).end(answered);
  }
}

/** Unpacked, if it was packed: half of a gzip stream is nothing. */
async function firstHalf(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const packed = request.headers["content-encoding"] === "gzip";
  const text = (packed ? await promisify(gunzip)(body) : body).toString();
  delete request.headers["content-encoding"];
  const lines = text.split("\n");
  return Buffer.from(lines.slice(0, Math.ceil(lines.length / 2)).join("\n"));
}
