import { setTimeout as delay } from "node:timers/promises";
import { CheckedSocket } from "./mqtt-client.ts";
import { frameOf, rest, text, u8, u16 } from "./mqtt-drafts.ts";
import { PRODUCT, secretOf } from "./mqtt-sessions.ts";

/** A device that behaves is answered within this, whatever the others do. */
const CANARY_LIMIT_MS = 2_000;
const EVERY_MS = 50;
const ID = "canary";

export interface CanaryFigures {
  readonly messages: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

/** A well-behaved device beside the fuzzer: it publishes one message after the other and waits for each answer. */
export class Canary implements AsyncDisposable {
  readonly #client: CheckedSocket;
  readonly #latencies: number[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #finding: string | undefined;

  constructor(port: number) {
    this.#client = new CheckedSocket(port, undefined);
  }

  /** What went wrong; undefined = nothing so far. */
  get finding(): string | undefined {
    return this.#finding ?? this.#client.wrong;
  }

  figures(): CanaryFigures {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number): number =>
      Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
    return { messages: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
  }

  start(): void {
    this.#client.socket.write(
      frameOf({
        first: 0x10,
        fields: [text("MQTT"), u8(4), u8(0xc2), u16(60), text(ID), text(ID), text(secretOf(ID))],
      }),
    );
    this.#running = this.#sing();
  }

  async #sing(): Promise<void> {
    for (let id = 1; !this.#stopping.signal.aborted; id = (id % 60_000) + 1) {
      const answered = Promise.withResolvers<void>();
      this.#client.onPuback = answered.resolve;
      const sent = performance.now();
      const fields = [text(`vz1/${PRODUCT}/${ID}/tele`), u16(id), rest(Buffer.from("{}"))];
      this.#client.socket.write(frameOf({ first: 0x32, fields }));
      const late = delay(CANARY_LIMIT_MS, "late", { ref: false });
      const outcome = await Promise.race([answered.promise, this.#client.closed, late]);
      if (outcome === "late" || this.#client.isClosed) {
        const what = outcome === "late" ? `no PUBACK within ${CANARY_LIMIT_MS} ms` : "cut off";
        this.#finding = `the canary: ${what} (${this.#client.failure ?? "no error"})`;
        return;
      }
      this.#latencies.push(performance.now() - sent);
      await delay(EVERY_MS, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
    }
  }

  /** Stays connected and says nothing more. */
  async quiet(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    this.#client.socket.destroy();
    await this.#running;
  }
}
