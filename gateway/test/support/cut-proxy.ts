import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { prng } from "./prng.ts";

/**
 * `cut`: the server has done it, the caller sees nothing of the answer. `half`: the caller sees the
 * status and half of the answer. `drop`: the server never hears of it. `refuse`: 503 with Retry-After,
 * the server never hears of it. `stall`: the answer comes after `stallMs`.
 */
export type CutFault = "cut" | "half" | "drop" | "refuse" | "stall";

const FAULTS: readonly CutFault[] = ["cut", "half", "drop", "refuse", "stall"];

export interface CutPlan {
  /** For each fault: its share of the requests (0.3), or which of them, counted from 1 ([1, 3]). */
  readonly faults: Readonly<Partial<Record<CutFault, number | readonly number[]>>>;
  /** Only these requests meet faults and are counted; default POST. */
  readonly methods?: readonly string[];
  readonly path?: RegExp;
  /** The same seed and the same order of requests make the same faults; default 42. */
  readonly seed?: number;
  /** Default "0". */
  readonly retryAfter?: string;
  /** Default 15 s. */
  readonly stallMs?: number;
}

export interface CutEntry {
  readonly fault: CutFault;
  readonly method: string;
  readonly path: string;
}

/** An HTTP server before another one that loses requests and answers as its plan says. */
export class CutProxy implements AsyncDisposable {
  readonly #upstream: URL;
  readonly #server: Server;
  #plan: CutPlan = { faults: {} };
  #random = prng(42);
  #ordinal = 0;
  /** What met a fault, oldest first. */
  readonly met: CutEntry[] = [];
  /** Requests of any kind that reached the proxy. */
  seen = 0;

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream);
    this.#server = createServer((request, response) => {
      // A connection that breaks is what this server is for.
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async start(upstream: string, plan: CutPlan = { faults: {} }): Promise<CutProxy> {
    const proxy = new CutProxy(upstream);
    proxy.follow(plan);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy is closed");
    return `http://127.0.0.1:${address.port}`;
  }

  /** Another plan from now on; counts begin again. */
  follow(plan: CutPlan): void {
    const shares = Object.values(plan.faults).filter((choice) => typeof choice === "number");
    if (shares.reduce((sum, share) => sum + share, 0) > 1 + 1e-9) {
      throw new Error("the shares add up to more than 1");
    }
    this.#plan = plan;
    this.#random = prng(plan.seed ?? 42);
    this.#ordinal = 0;
  }

  count(fault: CutFault): number {
    return this.met.filter((entry) => entry.fault === fault).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.seen += 1;
    const { method = "", url: path = "" } = request;
    const fault = this.#choose(method, path);
    if (fault !== undefined) this.met.push({ fault, method, path });
    const body = await buffer(request);
    if (fault === "drop") {
      request.socket.destroy();
    } else if (fault === "refuse") {
      response.writeHead(503, { "retry-after": this.#plan.retryAfter ?? "0" }).end();
    } else {
      const answer = await forward(this.#upstream, request, body);
      const content = await buffer(answer);
      // All of the answer is here: the server has committed.
      if (fault === "stall") await sleep(this.#plan.stallMs ?? 15_000, undefined, { ref: false });
      if (fault === "cut") {
        request.socket.destroy();
        return;
      }
      const { "transfer-encoding": _, ...headers } = answer.headers;
      if (content.length > 0) headers["content-length"] = String(content.length);
      response.writeHead(answer.statusCode ?? 502, headers);
      if (fault === "half") {
        response.write(content.subarray(0, content.length >> 1), () => request.socket.destroy());
        return;
      }
      response.end(content);
    }
  }

  #choose(method: string, path: string): CutFault | undefined {
    const { faults, methods = ["POST"], path: wanted = /^/ } = this.#plan;
    if (!methods.includes(method) || !wanted.test(path)) return undefined;
    this.#ordinal += 1;
    // Drawn for every request, so that a list does not shift the shares.
    let point = this.#random();
    const listed = FAULTS.find((fault) => {
      const choice = faults[fault];
      return typeof choice === "object" && choice.includes(this.#ordinal);
    });
    if (listed !== undefined) return listed;
    return FAULTS.find((fault) => {
      const share = faults[fault];
      point -= typeof share === "number" ? share : 0;
      return typeof share === "number" && point < 0;
    });
  }
}

async function forward(
  upstream: URL,
  request: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { "transfer-encoding": _, connection: __, ...headers } = request.headers;
  const sent = httpRequest(new URL(request.url ?? "/", upstream), {
    ...(request.method === undefined ? {} : { method: request.method }),
    headers: {
      ...headers,
      host: upstream.host,
      ...(body.length > 0 ? { "content-length": String(body.length) } : {}),
    },
    agent: false,
  });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return answer;
}
