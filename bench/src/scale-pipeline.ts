import { join } from "node:path";
import { wallNowMs } from "@voorzorg/device-sim";
import { SqliteCaseStore } from "../../gateway/src/adapters/cases-sqlite/sqlite-case-store.ts";
import { SqliteJournal } from "../../gateway/src/adapters/journal-sqlite/sqlite-journal.ts";
import { ConsumedFile } from "../../gateway/src/adapters/series-sqlite/consumed-file.ts";
import { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import { SeriesConsumer } from "../../gateway/src/adapters/series-worker/series-consumer.ts";
import { SqliteState } from "../../gateway/src/adapters/state-sqlite/sqlite-state.ts";
import type { JournalRecord } from "../../gateway/src/domain/record.ts";
import { Decider } from "../../gateway/src/pipeline/decide.ts";
import { encodeRecord } from "../../gateway/src/pipeline/record-codec.ts";
import { BenchError } from "./bench.ts";
import { conditionRules, MACHINE, PRODUCT } from "./detect-rules.ts";
import { Daily } from "./detect-signals.ts";

/** What has a thread of its own in the gateway. */
export const STAGES = ["journal", "decide", "series"] as const;
export type Stage = (typeof STAGES)[number];

const BATCH = 2_000;
const PERIOD_MS = 15 * 60_000;
const SEALING_MS = 20;
const BOOT = 1;

/** Machines of the benches, each reporting in turn, and the gateway's stages one after the other in this process. */
export class ScalePipeline implements Disposable {
  readonly #journal: SqliteJournal;
  readonly #cases: SqliteCaseStore;
  readonly #state: SqliteState;
  readonly #series: SqliteSeries;
  readonly #consumed: ConsumedFile;
  readonly #consumer: SeriesConsumer;
  readonly #decider: Decider;
  readonly #machines: readonly { readonly id: string; readonly daily: Daily }[];
  readonly #spent: (stage: Stage, work: () => void | Promise<void>) => Promise<void>;
  readonly #startMs = wallNowMs();
  #sent = 0;
  #batches = 0;

  constructor(options: {
    readonly folder: string;
    readonly devices: number;
    /** Runs the work of a stage and notes what it cost. */
    readonly spent: (stage: Stage, work: () => void | Promise<void>) => Promise<void>;
  }) {
    const { folder, devices, spent } = options;
    this.#spent = spent;
    this.#machines = Array.from({ length: devices }, (_, index) => ({
      id: `machine-${index}`,
      daily: new Daily(index),
    }));
    const now = wallNowMs;
    this.#journal = new SqliteJournal({ directory: join(folder, "journal"), now });
    this.#cases = new SqliteCaseStore({ path: join(folder, "cases.db") });
    this.#state = new SqliteState(join(folder, "state.db"));
    this.#series = new SqliteSeries(join(folder, "series"));
    this.#consumed = new ConsumedFile(join(folder, "series.db"));
    this.#consumer = new SeriesConsumer({
      read: (from, limit) => this.#journal.readSync(from, limit),
      store: { write: (rows) => Promise.resolve(this.#series.writeSync(rows)) },
      file: this.#consumed,
      keepRejected: () => Promise.reject(new BenchError("a sample of the bench was rejected")),
    });
    const read = (from: number, limit: number) => this.#journal.readSync(from, limit);
    const { cases, state } = { cases: this.#cases, state: this.#state };
    this.#decider = new Decider({ read, cases, state, now, build: "bench" });
  }

  /** Puts rules and devices into the journal and lets every device report once. */
  async prepare(rules: number): Promise<void> {
    const appendedAt = this.#startMs;
    const source = { hash: `bench-${rules}`, products: [{ path: "product.yaml", text: PRODUCT }] };
    const text = conditionRules(rules);
    this.#append([
      { kind: "config", appendedAt, clock: "event" },
      { kind: "ruleset", appendedAt, ...source, rules: [{ path: "rules.yaml", text }] },
    ]);
    for (let from = 0; from < this.#machines.length; from += BATCH) {
      this.#append(
        this.#machines.slice(from, from + BATCH).map(({ id }) => ({
          kind: "registry",
          appendedAt,
          change: "put",
          device: {
            id,
            product: MACHINE,
            attrs: {},
            cohort: "",
            owner: "",
            activatedAt: appendedAt,
          },
          by: "bench",
        })),
      );
    }
    await this.#work();
    while (this.#sent < this.#machines.length) await this.step();
  }

  /** The next batch of messages through all stages. Answers how many they were. */
  async step(): Promise<number> {
    const messages = this.#messages();
    await this.#spent("journal", () => this.#append(messages));
    await this.#work();
    return messages.length;
  }

  [Symbol.dispose](): void {
    for (const part of [this.#cases, this.#state, this.#consumed, this.#series, this.#journal]) {
      part[Symbol.dispose]();
    }
  }

  async #work(): Promise<void> {
    await this.#spent("decide", () => {
      for (let caughtUp = false; !caughtUp; ) caughtUp = this.#decide();
    });
    await this.#spent("series", async () => {
      for (;;) {
        const { kind } = await this.#consumer.step();
        if (kind === "failed") throw new BenchError(this.#consumer.stats.error);
        if (kind === "idle") break;
      }
      this.#series.upkeepSync(SEALING_MS);
    });
  }

  /** @throws BenchError when messages are refused: nothing would be measured then. */
  #decide(): boolean {
    const report = this.#decider.step(BATCH);
    const [refused] = report.quarantined;
    if (refused === undefined) return report.caughtUp;
    throw new BenchError(`a message of the bench was refused: ${refused.reason}`);
  }

  #append(records: readonly JournalRecord[]): void {
    this.#batches += 1;
    this.#journal.appendSync(records.map(encodeRecord), `bench-${this.#batches}`);
  }

  #messages(): readonly JournalRecord[] {
    return Array.from({ length: BATCH }, () => {
      const count = this.#machines.length;
      const round = Math.floor(this.#sent / count);
      const machine = this.#machines[this.#sent % count];
      this.#sent += 1;
      const ts = this.#startMs + (round + 1) * PERIOD_MS;
      const m = machine?.daily.valuesAt(round) ?? {};
      return {
        kind: "message",
        appendedAt: ts,
        product: MACHINE,
        device: machine?.id ?? "",
        class: "tele",
        qos: 1,
        payload: Buffer.from(JSON.stringify({ boot: BOOT, seq: round + 1, ts, m })),
      };
    });
  }
}
