import type { DurationMs, Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { SeriesRows } from "#pipeline/series-rows.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { SeriesRejection, SeriesRow, SeriesStore } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { ConsumedFile } from "../series-sqlite/consumed-file.ts";
import { reasonOf } from "../sqlite/database.ts";
import type { ConsumerFailure, ConsumerStats } from "./messages.ts";

/** Records of one page: enough to share the two disk syncs that it costs, few enough to hold in memory. */
export const PAGE_RECORDS = 4_000;

/** `more`: there may be another page at once. */
export type StepOutcome =
  | { readonly kind: "more" | "idle" }
  | {
      readonly kind: "failed";
      readonly failure: ConsumerFailure;
      readonly retryAfterMs: DurationMs | undefined;
    };

export interface SeriesConsumerDeps {
  readonly read: (from: Offset, limit: number) => readonly StoredRecord[];
  readonly store: Pick<SeriesStore, "write">;
  readonly file: Pick<ConsumedFile, "load" | "save">;
  /** Resolved when the rows are where a person finds them. */
  readonly keepRejected: (rejected: readonly SeriesRejection[]) => Promise<void>;
}

/**
 * Writes the samples of the journal to one store, a page at a time, from its own offset on. Rows are
 * durable in the store before the offset is saved, so a crash between them only offers rows again.
 * What the extraction of rows remembers is saved with the offset, so a restart goes on exactly there.
 */
export class SeriesConsumer {
  readonly #deps: SeriesConsumerDeps;
  #rows: SeriesRows | undefined;
  #consumed: Offset | undefined;
  #written = 0;
  #overwritten = 0;
  #rejected = 0;
  #skipped = 0;
  #denied = 0;
  #unreachable = 0;
  #error = "";

  constructor(deps: SeriesConsumerDeps) {
    this.#deps = deps;
  }

  /** Durably stored up to here; 0 while that is not known, so that nothing is trimmed. */
  get consumed(): Offset {
    return this.#consumed ?? 0;
  }

  get stats(): ConsumerStats {
    return {
      consumed: this.consumed,
      written: this.#written,
      overwritten: this.#overwritten,
      rejected: this.#rejected,
      skipped: this.#skipped,
      failures: { denied: this.#denied, unreachable: this.#unreachable },
      error: this.#error,
    };
  }

  /** Never rejects. */
  async step(): Promise<StepOutcome> {
    try {
      const more = await this.#page();
      this.#error = "";
      return { kind: more ? "more" : "idle" };
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #page(): Promise<boolean> {
    const { read, store, file, keepRejected } = this.#deps;
    if (this.#rows === undefined) {
      const saved = file.load();
      this.#rows = new SeriesRows(saved.context);
      this.#consumed = saved.consumed;
    }
    const records = read(this.consumed + 1, PAGE_RECORDS);
    const newest = records.at(-1)?.offset;
    if (newest === undefined) return false;
    const rows: SeriesRow[] = [];
    let skipped = 0;
    for (const { bytes } of records) {
      const found = rowsOf(this.#rows, bytes);
      if (found === undefined) skipped += 1;
      else for (const row of found) rows.push(row);
    }
    const summary = rows.length === 0 ? NOTHING : await store.write(rows);
    if (summary.rejected.length > 0) await keepRejected(summary.rejected);
    file.save(newest, this.#rows.save());
    this.#consumed = newest;
    this.#written += summary.written;
    this.#overwritten += summary.overwritten;
    this.#rejected += summary.rejected.length;
    this.#skipped += skipped;
    return records.length === PAGE_RECORDS;
  }

  #failed(error: unknown): StepOutcome {
    // The page may be half remembered: the next step starts again from what is saved.
    this.#rows = undefined;
    this.#error = reasonOf(error);
    const known = error instanceof SeriesUnavailableError;
    const problem = known ? error.problem : "unreachable";
    if (problem === "denied") this.#denied += 1;
    else this.#unreachable += 1;
    return {
      kind: "failed",
      failure: { problem, message: this.#error },
      retryAfterMs: known ? error.retryAfterMs : undefined,
    };
  }
}

const NOTHING = { written: 0, overwritten: 0, rejected: [] } as const;

/** Undefined for a record that cannot be read: it must not stop those behind it. */
function rowsOf(rows: SeriesRows, bytes: Uint8Array): readonly SeriesRow[] | undefined {
  try {
    const found = rows.of(decodeRecord(bytes));
    return found.every((row) => Number.isFinite(row.at)) ? found : undefined;
  } catch {
    return undefined;
  }
}
