import { monotonicMs } from "@voorzorg/device-sim";
import type { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import type { SeriesRow } from "../../gateway/src/ports/series-store.ts";

const PAGE_ROWS = 2_000;
/** What the series worker spends between two pages while it has nothing better to do. */
const UPKEEP_MS = 50;

/** Counts what goes into a store and how long that took. */
export class StorageWriter {
  readonly #store: SqliteSeries;
  readonly #cpuMs: () => number;
  #waiting: SeriesRow[] = [];
  rows = 0;
  values = 0;
  overwritten = 0;
  writeMs = 0;
  upkeepMs = 0;
  writeCpuMs = 0;
  upkeepCpuMs = 0;

  constructor(store: SqliteSeries, cpuMs: () => number) {
    this.#store = store;
    this.#cpuMs = cpuMs;
  }

  add(rows: readonly SeriesRow[]): void {
    for (const row of rows) {
      this.#waiting.push(row);
      if (this.#waiting.length >= PAGE_ROWS) this.flush();
    }
  }

  flush(): void {
    const rows = this.#waiting;
    this.#waiting = [];
    const startedAt = monotonicMs();
    const cpu = this.#cpuMs();
    const { written, overwritten } = this.#store.writeSync(rows);
    this.writeMs += monotonicMs() - startedAt;
    this.writeCpuMs += this.#cpuMs() - cpu;
    this.rows += rows.length;
    this.values += written;
    this.overwritten += overwritten;
    this.#upkeep(UPKEEP_MS);
  }

  /** Everything sealed that is old enough. */
  settle(): void {
    while (this.#upkeep(1_000));
  }

  #upkeep(budgetMs: number): boolean {
    const startedAt = monotonicMs();
    const cpu = this.#cpuMs();
    const more = this.#store.upkeepSync(budgetMs);
    this.upkeepMs += monotonicMs() - startedAt;
    this.upkeepCpuMs += this.#cpuMs() - cpu;
    return more;
  }
}
