import { once } from "node:events";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sleepMs } from "@voorzorg/device-sim";

/** Long enough that a kill can fall between sending and the answer. */
const ANSWERS_AFTER_MS = 5;

interface Body {
  readonly type: string;
  readonly data: { readonly id: string; readonly device: string; readonly revision: number };
}

/** Takes every webhook and remembers under which ids each message came. */
export class WebhookReceiver implements AsyncDisposable {
  readonly #server: Server;
  readonly #idsOf = new Map<string, Set<string>>();
  readonly #keysOf = new Map<string, Set<string>>();
  readonly #opened = new Set<string>();
  #received = 0;

  private constructor(onReceived: () => void) {
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("error", () => undefined);
      request.on("end", () => {
        this.#take(String(request.headers["webhook-id"]), Buffer.concat(parts).toString("utf8"));
        onReceived();
        void sleepMs(ANSWERS_AFTER_MS).then(() => response.writeHead(204).end());
      });
    });
  }

  static async start(onReceived: () => void): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(onReceived);
    await once(receiver.#server.listen(0, "127.0.0.1"), "listening");
    return receiver;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  /** Deliveries, repeats included. */
  get received(): number {
    return this.#received;
  }

  /** Messages that came under more than one id, and ids that came with more than one message. */
  get confused(): number {
    const several = (sets: ReadonlyMap<string, ReadonlySet<string>>): number =>
      [...sets.values()].filter((set) => set.size > 1).length;
    return several(this.#idsOf) + several(this.#keysOf);
  }

  /** Cases whose opening was told. */
  get opened(): ReadonlySet<string> {
    return this.#opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(id: string, text: string): void {
    this.#received += 1;
    const { type, data } = JSON.parse(text) as Body;
    // One opening per case; a case may be told about again under a later revision.
    const key =
      type === "case.opened" ? `${type}/${data.id}` : `${type}/${data.id}/${data.revision}`;
    add(this.#idsOf, key, id);
    add(this.#keysOf, id, key);
    if (type === "case.opened") this.#opened.add(data.id);
  }
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([value]));
  else set.add(value);
}
