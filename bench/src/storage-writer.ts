import type { SqliteSeries } from "../../gateway/src/adapters/series-sqlite/sqlite-series.ts";
import type { SeriesRow } from "../../gateway/src/ports/series-store.ts";

const PAGE_ROWS = 2_000;
/** What the series worker spends between two pages while it has nothing better to do. */
const UPKEEP_MS = 50;

/** Counts what goes into a store and how long that took. */
export class StorageWriter {
  readonly #store: SqliteSeries;
  #waiting: SeriesRow[] = [];
  rows = 0;
  values = 0;
  overwritten = 0;
  writeMs = 0;
  upkeepMs = 0;

  constructor(store: SqliteSeries) {
    this.#store = store;
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
    const startedAt = performance.now();
    const { written, overwritten } = this.#store.writeSync(rows);
    const writtenAt = performance.now();
    this.#store.upkeepSync(UPKEEP_MS);
    this.upkeepMs += performance.now() - writtenAt;
    this.writeMs += writtenAt - startedAt;
    this.rows += rows.length;
    this.values += written;
    this.overwritten += overwritten;
  }

  /** Everything sealed that is old enough. */
  settle(): void {
    const startedAt = performance.now();
    while (this.#store.upkeepSync(1_000));
    this.upkeepMs += performance.now() - startedAt;
  }
}
