import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DeskHttp } from "../../../gateway/src/adapters/desk-http/desk-fetch.ts";
import { mapDone } from "../../../gateway/src/adapters/desk-http/outcome.ts";
import type { Clock } from "../../../gateway/src/ports/clock.ts";
import type { Ticket } from "../../../gateway/src/ports/desk.ts";
import type { BenchContext } from "../bench.ts";
import type { BenchDeskLink } from "./bench-desk.ts";

const PROGRAM = fileURLToPath(new URL("../programs/desk-server.ts", import.meta.url));

export interface ServerFigures {
  readonly tickets: number;
  readonly references: number;
  readonly calls: number;
  readonly mostInAMinute: number;
  readonly mostOutOfOrder: number;
}

/** A help desk in a process of its own. */
export class DeskServer implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: string) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start({ node }: BenchContext): Promise<DeskServer> {
    const child = spawn(node, [PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    return new DeskServer(child, port);
  }

  async figures(): Promise<ServerFigures> {
    const answer = await fetch(`${this.url}/figures`);
    return (await answer.json()) as ServerFigures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await gone;
  }
}

/** Through the same HTTP as every connector, with its time-outs and its limit. */
export function httpLink(url: string, clock: Clock, requestsPerMinute: number): BenchDeskLink {
  const http = new DeskHttp({
    ...{ name: "bench", url, headers: {}, secrets: [], clock, requestsPerMinute },
  });
  return {
    find: async (reference) =>
      mapDone(
        await http.send({ method: "GET", path: "/tickets", query: { reference } }),
        ({ body }) => (body as { items: readonly Ticket[] }).items,
      ),
    create: async (ticket) =>
      mapDone(
        await http.send({ method: "POST", path: "/tickets", json: ticket }),
        ({ body }) => body as { id: string },
      ),
    read: async (id) =>
      mapDone(
        await http.send({ method: "GET", path: `/tickets/${id}` }),
        ({ body }) => body as Ticket,
      ),
    changes: async () => mapDone(await http.send({ method: "GET", path: "/changes" }), () => null),
  };
}
