import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import type { BrokerReport } from "./broker-messages.ts";
import { BrokerProcess } from "./broker-process.ts";
import type { CanaryFigures } from "./canary.ts";
import { Canary } from "./canary.ts";
import type { MemoryUse } from "./memory.ts";
import { growth, hasLeaked } from "./memory.ts";
import { CheckedSocket, manyAddresses } from "./mqtt-client.ts";
import type { FuzzSession } from "./mqtt-sessions.ts";
import { makeSession } from "./mqtt-sessions.ts";
import { Rng } from "./rng.ts";
import type { FuzzFailure } from "./run-target.ts";

export interface MqttFuzzRun {
  readonly seed: number;
  readonly packets: number;
  /** Index of the first session. */
  readonly from?: number;
  readonly progress?: (line: string) => void;
}

export interface MqttFuzzSummary {
  readonly target: "mqtt";
  readonly seed: number;
  readonly packets: number;
  readonly sessions: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly durable: number;
  readonly acknowledged: number;
  readonly canary: CanaryFigures;
  readonly grown: MemoryUse;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly failure: FuzzFailure | undefined;
  readonly ok: boolean;
}

const CONCURRENT = 64;
const PROGRESS_MS = 5_000;
/** Who has half-closed its connection is let go within this, also behind everybody else's bytes. */
const CLOSE_MS = 15_000;
const LINGER_MS = 400;
const ANSWERS_MS = 30;
const QUIET_MS = 10_000;
/** Sessions that are kept to look at when the broker ends: one of them did it. */
const SUSPECTS = 2 * CONCURRENT;
const WARM = 0.25;

/** Many connections at once against a broker in its own process, with one device among them that must not notice. */
export async function fuzzMqtt(run: MqttFuzzRun): Promise<MqttFuzzSummary> {
  await using broker = await BrokerProcess.start();
  await using canary = new Canary(broker.port);
  canary.start();
  const fuzzer = new MqttFuzzer(run, broker, canary);
  return await fuzzer.run();
}

class MqttFuzzer {
  readonly #run: MqttFuzzRun;
  readonly #broker: BrokerProcess;
  readonly #canary: Canary;
  readonly #started = performance.now();
  readonly #suspects: { readonly index: number; readonly session: FuzzSession }[] = [];
  #next: number;
  #packets = 0;
  #sessions = 0;
  #acknowledged = 0;
  #addresses = false;
  #failure: FuzzFailure | undefined;
  #warm: BrokerReport | undefined;
  #warming: Promise<void> | undefined;

  constructor(run: MqttFuzzRun, broker: BrokerProcess, canary: Canary) {
    this.#run = run;
    this.#broker = broker;
    this.#canary = canary;
    this.#next = run.from ?? 0;
  }

  async run(): Promise<MqttFuzzSummary> {
    this.#addresses = await manyAddresses(this.#broker.port);
    const telling = this.#tell();
    await Promise.all(Array.from({ length: CONCURRENT }, () => this.#feed()));
    telling.abort();
    await this.#warming;
    await this.#canary.quiet();
    const last = this.#broker.crash === undefined ? await this.#settled() : undefined;
    this.#judge(last);
    return this.#summary(last);
  }

  async #feed(): Promise<void> {
    while (this.#packets < this.#run.packets && this.#failure === undefined) {
      const index = this.#next;
      this.#next += 1;
      const rng = new Rng(this.#run.seed, index);
      const session = makeSession(rng);
      this.#packets += session.packets;
      this.#sessions += 1;
      this.#suspects.push({ index, session });
      this.#suspects.splice(0, this.#suspects.length - SUSPECTS);
      if (this.#packets > this.#run.packets * WARM) {
        this.#warming ??= this.#broker.report().then(
          (report) => {
            this.#warm = report;
          },
          () => undefined,
        );
      }
      await this.#session(index, session, rng);
    }
  }

  async #session(index: number, session: FuzzSession, rng: Rng): Promise<void> {
    const address = `127.0.${rng.below(100)}.${rng.between(2, 250)}`;
    const client = new CheckedSocket(this.#broker.port, this.#addresses ? address : undefined);
    for (const chunk of session.chunks) {
      if (client.isClosed) {
        break;
      }
      client.socket.write(chunk);
      await nextTurn();
    }
    if (session.end === "end") {
      // What is behind a packet that never ends is not answered.
      await Promise.race([client.ping(), client.closed, delay(LINGER_MS)]);
      // PUBACKs wait for the journal, PINGRESP does not.
      await Promise.race([client.closed, delay(ANSWERS_MS)]);
      client.socket.end();
    } else if (session.end === "linger") {
      await Promise.race([client.closed, delay(LINGER_MS)]);
    }
    if (session.end !== "end") {
      client.socket.destroy();
    }
    const late = new AbortController();
    const inTime = await Promise.race([
      client.closed.then(() => true),
      delay(CLOSE_MS, false, { signal: late.signal }).catch(() => true),
    ]);
    late.abort();
    client.socket.destroy();
    this.#acknowledged += client.pubacks;
    if (!inTime) {
      this.#fail(index, `session ${index} was not closed within ${CLOSE_MS} ms of its end`);
    }
    if (client.wrong !== undefined) {
      this.#fail(index, client.wrong);
    }
    const finding = this.#broker.crash ?? this.#canary.finding;
    if (finding !== undefined) {
      this.#fail(index, finding);
    }
  }

  #fail(index: number, reason: string): void {
    const lines = this.#suspects.map(
      (suspect) =>
        `session ${suspect.index} ${suspect.session.end} ${suspect.session.chunks.map((chunk) => chunk.toString("hex")).join(" ")}`,
    );
    this.#failure ??= { index, reason, input: lines.join("\n") };
  }

  #tell(): AbortController {
    const stop = new AbortController();
    const tell = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        await delay(PROGRESS_MS, undefined, { signal: stop.signal });
        const rate = Math.round((this.#packets / (performance.now() - this.#started)) * 1_000);
        const { worstMs } = this.#canary.figures();
        this.#run.progress?.(
          `mqtt: ${this.#packets} of ${this.#run.packets} packets in ${this.#sessions} sessions, ${rate}/s, canary at most ${worstMs} ms`,
        );
      }
    };
    // Only the abort ends it with an error.
    tell().catch(() => undefined);
    return stop;
  }

  /** When everybody has gone, the broker holds nothing but the canary. */
  async #settled(): Promise<BrokerReport> {
    const end = performance.now() + QUIET_MS;
    for (;;) {
      const report = await this.#broker.report();
      const quiet = report.connections === 1 && report.unackedBytes === 0;
      if (quiet || performance.now() > end) {
        return report;
      }
      await delay(100);
    }
  }

  #judge(last: BrokerReport | undefined): void {
    const at = this.#next - 1;
    if (last === undefined) {
      return;
    }
    for (const fault of last.faults) {
      this.#fail(at, fault);
    }
    if (last.connections !== 1 || last.unackedBytes !== 0) {
      this.#fail(
        at,
        `afterwards ${last.connections} connections and ${last.unackedBytes} bytes are left; expected the canary's only`,
      );
    }
    if (this.#acknowledged > last.durable) {
      this.#fail(at, `${this.#acknowledged} acknowledged, only ${last.durable} durable`);
    }
    const finding = this.#canary.finding;
    if (finding !== undefined) {
      this.#fail(at, finding);
    }
  }

  #summary(last: BrokerReport | undefined): MqttFuzzSummary {
    const seconds = (performance.now() - this.#started) / 1_000;
    const grown =
      last === undefined || this.#warm === undefined
        ? { heapMiB: 0, rssMiB: 0 }
        : growth(this.#warm.memory, last.memory);
    return {
      target: "mqtt",
      seed: this.#run.seed,
      packets: this.#packets,
      sessions: this.#sessions,
      seconds: Math.round(seconds * 10) / 10,
      perSecond: Math.round(this.#packets / seconds),
      durable: last?.durable ?? 0,
      acknowledged: this.#acknowledged,
      canary: this.#canary.figures(),
      grown,
      outcomes: last?.counts ?? {},
      failure: this.#failure,
      ok: this.#failure === undefined && !hasLeaked(grown),
    };
  }
}
