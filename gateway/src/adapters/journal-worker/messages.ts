import type { MessagePort } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { PackedRecords } from "../journal-sqlite/packed-records.ts";
import type { RetentionLimits } from "../journal-sqlite/segments.ts";
import type { LoopLoad } from "../metrics/loop-watch.ts";
import type { Synchronous } from "../sqlite/database.ts";

/** What the worker is started with. */
export interface JournalWorkerData {
  readonly journalFolder: string;
  readonly startedAt: EpochMs;
  /** `OFF` only for the test that shows the loss. */
  readonly synchronous: Synchronous;
  /** undefined = as in service. */
  readonly segmentBytes?: number | undefined;
  /** Each is told of every commit: the threads that read the journal. */
  readonly committedPorts: readonly MessagePort[];
}

export type JournalRequest =
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
  | { readonly kind: "stats" }
  | { readonly kind: "load" }
  | { readonly kind: "close" };

export type JournalAnswer =
  | { readonly kind: "appended"; readonly offset: Offset; readonly newest: Offset }
  | {
      readonly kind: "records";
      readonly offsets: readonly Offset[];
      readonly records: PackedRecords;
    }
  | { readonly kind: "offset"; readonly offset: Offset }
  | { readonly kind: "stats"; readonly stats: JournalStats }
  | { readonly kind: "load"; readonly load: LoopLoad }
  | { readonly kind: "done" };

export interface Numbered<T> {
  readonly id: number;
  readonly body: T;
}

export type FromWorker =
  | { readonly kind: "ready"; readonly newest: Offset }
  | { readonly kind: "answer"; readonly id: number; readonly answer: JournalAnswer }
  | { readonly kind: "failed"; readonly id: number; readonly message: string };

/** On the ports of the worker's data. */
export interface Committed {
  readonly kind: "committed";
  readonly newest: Offset;
}

/** Counts since the start of the worker, apart from the offset. */
export interface JournalStats {
  readonly newest: Offset;
  readonly commits: number;
  readonly records: number;
  readonly bytes: number;
  readonly failedCommits: number;
  readonly commitSeconds: Histogram;
  /** Segments that were packed. */
  readonly sealed: number;
  /** Why the newest attempt to pack one failed; "" when it did not. */
  readonly sealError: string;
}

export interface Histogram {
  /** Upper bounds in seconds; one more count than bounds, the last for everything above. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
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
