import { GatewayError } from "#domain/errors.ts";
import type { Offset } from "#domain/units.ts";

export interface StoredRecord {
  readonly offset: Offset;
  /** As given to `append`; `decodeRecord` of pipeline/record-codec.ts reads it. */
  readonly bytes: Uint8Array;
}

/**
 * The durable, ordered log that every decision comes from. Every adapter passes
 * test/contracts/journal.ts. `partition` is 0 where there is only one (embedded).
 *
 * - `append` resolved: the records are on stable storage (they survive a power cut), in the order
 *   given, with consecutive offsets; the offset returned is the first one's. The same `batchId`
 *   again answers the offset of the first time and stores nothing.
 * - `append` rejected with JournalUnavailableError: nothing is known; the same batch may be offered again.
 * - `read` answers the records with offset >= from in order, at most `limit`, only durable ones.
 * - `trim` drops records before `before`, never past the offset of a registered consumer.
 */
export interface Journal extends AsyncDisposable {
  append(
    partition: number,
    records: readonly Uint8Array[],
    batchId: string,
  ): Promise<{ readonly offset: Offset }>;
  read(partition: number, from: Offset, limit: number): Promise<readonly StoredRecord[]>;
  /** Offset of the newest durable record, 0 when empty. */
  newest(partition: number): Promise<Offset>;
  trim(partition: number, before: Offset): Promise<void>;
}

export class JournalUnavailableError extends GatewayError {
  readonly code = "VZ_JOURNAL_UNAVAILABLE";
}
