import { join } from "node:path";
import type { JournalRecord } from "#domain/record.ts";
import { Decider } from "#pipeline/decide.ts";
import { decodeRecord, encodeRecord } from "#pipeline/record-codec.ts";
import { SeriesRows } from "#pipeline/series-rows.ts";
import { openAuth } from "../../src/adapters/auth/auth.ts";
import { SqliteCaseStore } from "../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { openDeviceCredentials } from "../../src/adapters/credentials/device-credentials.ts";
import { SqliteJournal } from "../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { ConsumedFile } from "../../src/adapters/series-sqlite/consumed-file.ts";
import { SqliteSeries } from "../../src/adapters/series-sqlite/sqlite-series.ts";
import { SqliteState } from "../../src/adapters/state-sqlite/sqlite-state.ts";
import { ManualClock } from "./manual-clock.ts";
import { START } from "./records.ts";

const BATCH_RECORDS = 50;
const BUILD = "0.0.0-test";

/** The files of a gateway, written in this process and in its order, without broker, threads and HTTP. */
export class DataFolder implements Disposable {
  readonly path: string;
  readonly journal: SqliteJournal;
  readonly #state: SqliteState;
  readonly #cases: SqliteCaseStore;
  readonly #series: SqliteSeries;
  readonly #consumed: ConsumedFile;
  readonly #rows: SeriesRows;
  readonly #decider: Decider;
  #batch = 0;

  constructor(path: string, options: { readonly segmentBytes?: number } = {}) {
    this.path = path;
    this.journal = new SqliteJournal({
      directory: join(path, "journal"),
      now: () => START,
      segmentBytes: options.segmentBytes ?? 16_384,
    });
    this.#state = new SqliteState(join(path, "state.db"));
    this.#cases = new SqliteCaseStore({ path: join(path, "cases.db") });
    this.#series = new SqliteSeries(join(path, "series"));
    this.#consumed = new ConsumedFile(join(path, "series", "meta.db"));
    this.#rows = new SeriesRows(this.#consumed.load().context);
    this.#decider = new Decider({
      read: (from, limit) => this.journal.readSync(from, limit),
      cases: this.#cases,
      state: this.#state,
      now: () => START,
      build: BUILD,
    });
  }

  /** Secrets of a device and of the admin, as the first start makes them. */
  async secrets(): Promise<void> {
    const clock = new ManualClock(START);
    await openAuth({ dir: this.path, clock });
    await using credentials = await openDeviceCredentials({
      folder: this.path,
      open: false,
      clock,
    });
    await credentials.issue("b1");
  }

  /** Durable in the journal. */
  append(records: readonly JournalRecord[]): void {
    for (let at = 0; at < records.length; at += BATCH_RECORDS) {
      this.#batch += 1;
      const batch = records.slice(at, at + BATCH_RECORDS).map(encodeRecord);
      this.journal.appendSync(batch, `${START}-${this.path}-${this.#batch}`);
    }
  }

  /** Decided up to the newest record. */
  decideSync(): void {
    while (!this.#decider.step(BATCH_RECORDS).caughtUp);
  }

  /** Decided and stored up to the newest record. */
  async decide(): Promise<void> {
    this.decideSync();
    const records = this.journal.readSync(this.#consumed.load().consumed + 1, 1_000_000);
    await this.#series.write(records.flatMap(({ bytes }) => this.#rows.of(decodeRecord(bytes))));
    const newest = records.at(-1);
    if (newest !== undefined) this.#consumed.save(newest.offset, this.#rows.save());
  }

  /** The decision state is saved: what comes after it is decided again at the next start. */
  snapshot(): void {
    this.#decider.snapshot();
  }

  [Symbol.dispose](): void {
    this.#consumed[Symbol.dispose]();
    this.#series[Symbol.dispose]();
    this.#cases[Symbol.dispose]();
    this.#state[Symbol.dispose]();
    this.journal[Symbol.dispose]();
  }
}
