import type { MessagePort } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { SeriesPoint, SeriesStore } from "#ports/series-store.ts";
import type { RetentionLimits } from "../journal-sqlite/segments.ts";
import type { Synchronous } from "../sqlite/database.ts";

/** What the worker is started with. */
export interface StorageWorkerData {
  readonly journalFolder: string;
  /** null: samples go to another store and the journal is all that is kept here. */
  readonly seriesFolder: string | null;
  readonly startedAt: EpochMs;
  /** `OFF` only for the test that shows the loss. */
  readonly synchronous: Synchronous;
  /** Told of every commit, e.g. the deciding thread. */
  readonly committedPort: MessagePort | null;
}

/** Records as one buffer that changes its owner instead of being copied. */
export interface PackedRecords {
  readonly lengths: Uint32Array;
  readonly bytes: Uint8Array;
}

export type SeriesQuery = Parameters<SeriesStore["read"]>[0];

export type StorageRequest =
  | {
      readonly kind: "append";
      readonly batchId: string;
      readonly records: PackedRecords;
      readonly at: EpochMs;
    }
  | { readonly kind: "read"; readonly from: Offset; readonly limit: number }
  | { readonly kind: "newest" }
  | { readonly kind: "trim"; readonly before: Offset }
  | {
      readonly kind: "enforce";
      readonly limits: RetentionLimits;
      /** What the consumers outside the worker have done with. */
      readonly consumed: Offset;
      readonly at: EpochMs;
    }
  | { readonly kind: "series"; readonly query: SeriesQuery }
  | { readonly kind: "retain"; readonly before: EpochMs }
  | { readonly kind: "catch_up" }
  | { readonly kind: "stats" }
  | { readonly kind: "close" };

export type StorageAnswer =
  | { readonly kind: "appended"; readonly offset: Offset; readonly newest: Offset }
  | {
      readonly kind: "records";
      readonly offsets: readonly Offset[];
      readonly records: PackedRecords;
    }
  | { readonly kind: "offset"; readonly offset: Offset }
  | { readonly kind: "points"; readonly points: readonly SeriesPoint[] }
  | { readonly kind: "stats"; readonly stats: StorageStats }
  | { readonly kind: "done" };

export interface Numbered<T> {
  readonly id: number;
  readonly body: T;
}

export type FromWorker =
  | { readonly kind: "ready"; readonly newest: Offset }
  | { readonly kind: "answer"; readonly id: number; readonly answer: StorageAnswer }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly code: string;
      readonly message: string;
    };

/** On the port of the worker's data. */
export interface Committed {
  readonly kind: "committed";
  readonly newest: Offset;
}

/** Counts since the start of the worker, apart from the offsets. */
export interface StorageStats {
  readonly newest: Offset;
  readonly commits: number;
  readonly records: number;
  readonly bytes: number;
  readonly failedCommits: number;
  readonly commitSeconds: Histogram;
  readonly series: SeriesStats;
}

export interface SeriesStats {
  readonly consumed: Offset;
  readonly written: number;
  readonly overwritten: number;
  /** Records that gave no rows because reading them failed. */
  readonly skipped: number;
  /** Why the newest page could not be stored; "" when it could. */
  readonly error: string;
}

export interface Histogram {
  /** Upper bounds in seconds; one more count than bounds, the last for everything above. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

export function packRecords(records: readonly Uint8Array[]): PackedRecords {
  const lengths = new Uint32Array(records.length);
  let total = 0;
  for (const [index, record] of records.entries()) {
    lengths[index] = record.byteLength;
    total += record.byteLength;
  }
  const bytes = new Uint8Array(total);
  let start = 0;
  for (const record of records) {
    bytes.set(record, start);
    start += record.byteLength;
  }
  return { lengths, bytes };
}

/** Views on the packed bytes. */
export function unpackRecords(packed: PackedRecords): readonly Uint8Array[] {
  const records: Uint8Array[] = [];
  let start = 0;
  for (const length of packed.lengths) {
    records.push(packed.bytes.subarray(start, start + length));
    start += length;
  }
  return records;
}

export const transfersOf = (packed: PackedRecords): readonly ArrayBuffer[] =>
  [packed.lengths.buffer, packed.bytes.buffer].filter((buffer) => buffer instanceof ArrayBuffer);
