import type { Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { SeriesRows } from "#pipeline/series-rows.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { SeriesRow } from "#ports/series-store.ts";
import type { SqliteSeries } from "../series-sqlite/sqlite-series.ts";
import { reasonOf } from "../sqlite/database.ts";
import type { SeriesStats } from "./messages.ts";

export const PAGE_RECORDS = 2_000;

/** `more`: there may be another page at once. */
export type StepOutcome = "more" | "idle" | "failed";

/**
 * Writes the samples of the journal to the series store, a page at a time, from its own offset on.
 * What the extraction of rows remembers is stored with that offset, so a restart goes on exactly there.
 */
export class SeriesConsumer {
  readonly #read: (from: Offset, limit: number) => readonly StoredRecord[];
  readonly #series: SqliteSeries;
  #rows: SeriesRows | undefined;
  #consumed: Offset | undefined;
  #written = 0;
  #overwritten = 0;
  #skipped = 0;
  #error = "";

  constructor(
    read: (from: Offset, limit: number) => readonly StoredRecord[],
    series: SqliteSeries,
  ) {
    this.#read = read;
    this.#series = series;
  }

  /** Durably stored up to here; 0 while that is not known, so that nothing is trimmed. */
  get consumed(): Offset {
    return this.#consumed ?? 0;
  }

  get stats(): SeriesStats {
    return {
      consumed: this.consumed,
      written: this.#written,
      overwritten: this.#overwritten,
      skipped: this.#skipped,
      error: this.#error,
    };
  }

  step(): StepOutcome {
    try {
      const more = this.#page();
      this.#error = "";
      return more ? "more" : "idle";
    } catch (error) {
      // The page may be half remembered: the next step starts again from what is stored.
      this.#rows = undefined;
      this.#consumed = undefined;
      this.#error = reasonOf(error);
      return "failed";
    }
  }

  #page(): boolean {
    if (this.#rows === undefined) {
      this.#consumed = this.#series.consumedSync();
      this.#rows = new SeriesRows(this.#series.contextSync());
    }
    const records = this.#read(this.consumed + 1, PAGE_RECORDS);
    const newest = records.at(-1)?.offset;
    if (newest === undefined) return false;
    const rows: SeriesRow[] = [];
    let skipped = 0;
    for (const { bytes } of records) {
      const found = rowsOf(this.#rows, bytes);
      if (found === undefined) skipped += 1;
      else rows.push(...found);
    }
    const summary = this.#series.writeSync(rows, newest, this.#rows.save());
    this.#consumed = newest;
    this.#written += summary.written;
    this.#overwritten += summary.overwritten;
    this.#skipped += skipped;
    return records.length === PAGE_RECORDS;
  }
}

/** Undefined for a record that cannot be read: it must not stop those behind it. */
function rowsOf(rows: SeriesRows, bytes: Uint8Array): readonly SeriesRow[] | undefined {
  try {
    const found = rows.of(decodeRecord(bytes));
    return found.every((row) => Number.isFinite(row.at)) ? found : undefined;
  } catch {
    return undefined;
  }
}
