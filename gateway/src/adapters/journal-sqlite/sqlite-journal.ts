import assert from "node:assert";
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Journal, StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import type { Synchronous } from "../sqlite/database.ts";
import {
  closeDatabase,
  makeFolder,
  openDatabase,
  reasonOf,
  syncFolder,
  transaction,
} from "../sqlite/database.ts";
import type { ActiveSegment } from "./active-segment.ts";
import { createdAtOf, openActiveSegment } from "./active-segment.ts";
import type { SegmentInfo } from "./segments.ts";
import {
  listSegments,
  removeSegment,
  SEGMENT_MIGRATIONS,
  segmentPath,
  sweepSideFiles,
} from "./segments.ts";
import { SqliteJournalReader } from "./sqlite-journal-reader.ts";

export interface SqliteJournalOptions {
  readonly directory: string;
  /** Wall clock: dates segments, decides nothing. */
  readonly now: () => EpochMs;
  /** A new segment begins after this many bytes of records. Small enough that a trim frees space soon. */
  readonly segmentBytes?: number;
  /** … or after this long. */
  readonly segmentMs?: DurationMs;
  /** Batch ids that are remembered; more than a client can have under way. */
  readonly rememberedBatches?: number;
  /** `OFF` only for the test that shows the loss. */
  readonly synchronous?: Synchronous;
}

const SEGMENT_BYTES = 256 * 1024 * 1024;
const REMEMBERED_BATCHES = 4_096;

/** Thrown error of anything that SQLite or the file system refuses: JournalUnavailableError with the cause. */
export class SqliteJournal implements Journal, Disposable {
  readonly #options: Required<SqliteJournalOptions>;
  readonly #reader: SqliteJournalReader;
  readonly #consumers = new Map<string, () => Offset>();
  readonly #batches = new Map<string, Offset>();
  readonly #sealed = new Map<Offset, SegmentInfo>();
  #active: ActiveSegment | undefined;
  #newest: Offset = 0;
  #closed = false;

  constructor(options: SqliteJournalOptions) {
    this.#options = {
      segmentBytes: SEGMENT_BYTES,
      segmentMs: DAY_MS,
      rememberedBatches: REMEMBERED_BATCHES,
      synchronous: "FULL",
      ...options,
    };
    this.#reader = new SqliteJournalReader(options.directory);
  }

  /** Durable when it returns. The offset is that of the first record. */
  appendSync(records: readonly Uint8Array[], batchId: string): Offset {
    assert(records.length > 0, `batch ${batchId} has no record`);
    return this.#guarded(`appending batch ${batchId}`, () => {
      const active = this.#segment();
      const known = this.#batches.get(batchId);
      if (known !== undefined) return known;
      const segment = this.#isFull(active) ? this.#roll(active) : active;
      const first = this.#newest + 1;
      let bytes = 0;
      transaction(segment.db, () => {
        let offset = first;
        for (const record of records) {
          segment.insertRecord.run(offset, record);
          bytes += record.byteLength;
          offset += 1;
        }
        segment.insertBatch.run(first, batchId);
      });
      segment.bytes += bytes;
      this.#newest = first + records.length - 1;
      this.#remember(batchId, first);
      return first;
    });
  }

  readSync(from: Offset, limit: number): readonly StoredRecord[] {
    return this.#reader.readSync(from, limit);
  }

  newestSync(): Offset {
    return this.#guarded("looking up the newest offset", () => {
      this.#segment();
      return this.#newest;
    });
  }

  /** `consumed` answers the offset up to which the consumer needs nothing any more. */
  registerConsumer(name: string, consumed: () => Offset): void {
    this.#consumers.set(name, consumed);
  }

  /** Drops whole segments only, so records shortly before `before` may stay. */
  trimSync(before: Offset): void {
    this.#guarded(`trimming before offset ${before}`, () => {
      const active = this.#segment();
      let limit = before;
      for (const consumed of this.#consumers.values()) limit = Math.min(limit, consumed() + 1);
      const firsts = listSegments(this.#options.directory);
      let removed = 0;
      for (const [index, first] of firsts.entries()) {
        const next = firsts[index + 1];
        if (next === undefined || first === active.first || next > limit) break;
        removeSegment(this.#options.directory, first);
        this.#sealed.delete(first);
        removed += 1;
      }
      if (removed === 0) return;
      this.#reader[Symbol.dispose]();
      syncFolder(this.#options.directory);
    });
  }

  /** Oldest first; input of `trimPolicy`. */
  segmentsSync(): readonly SegmentInfo[] {
    return this.#guarded("listing segments", () => {
      const { directory } = this.#options;
      const active = this.#segment();
      const firsts = listSegments(directory);
      return firsts.map((first, index) => {
        const next = firsts[index + 1];
        const path = segmentPath(directory, first);
        if (next === undefined || first === active.first) {
          return { first, last: this.#newest, bytes: statSync(path).size, sealedAt: null };
        }
        const info = this.#sealed.get(first) ?? {
          first,
          last: next - 1,
          bytes: statSync(path).size,
          sealedAt:
            next === active.first ? active.createdAt : createdAtOf(segmentPath(directory, next)),
        };
        this.#sealed.set(first, info);
        return info;
      });
    });
  }

  async append(
    partition: number,
    records: readonly Uint8Array[],
    batchId: string,
  ): Promise<{ readonly offset: Offset }> {
    assertEmbedded(partition);
    return { offset: this.appendSync(records, batchId) };
  }

  async read(partition: number, from: Offset, limit: number): Promise<readonly StoredRecord[]> {
    assertEmbedded(partition);
    return this.readSync(from, limit);
  }

  async newest(partition: number): Promise<Offset> {
    assertEmbedded(partition);
    return this.newestSync();
  }

  async trim(partition: number, before: Offset): Promise<void> {
    assertEmbedded(partition);
    this.trimSync(before);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader[Symbol.dispose]();
    const active = this.#active;
    this.#active = undefined;
    if (active !== undefined) closeDatabase(active.db);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  #isFull(segment: ActiveSegment): boolean {
    if (this.#newest < segment.first) return false;
    return (
      segment.bytes >= this.#options.segmentBytes ||
      this.#options.now() - segment.createdAt >= this.#options.segmentMs
    );
  }

  #roll(full: ActiveSegment): ActiveSegment {
    const next = this.#create(this.#newest + 1);
    this.#active = next;
    closeDatabase(full.db);
    return next;
  }

  /** The segment being written; opened on first use and again after a failed write. */
  #segment(): ActiveSegment {
    assert(!this.#closed, "the journal is closed");
    this.#active ??= this.#recover();
    return this.#active;
  }

  #recover(): ActiveSegment {
    const { directory } = this.#options;
    makeFolder(directory);
    sweepSideFiles(directory);
    const firsts = listSegments(directory);
    const segment = this.#create(firsts.at(-1) ?? 1);
    const newest = segment.db.prepare("SELECT max(offset) AS newest FROM record").get()?.newest;
    this.#newest = typeof newest === "number" ? newest : segment.first - 1;
    this.#batches.clear();
    const previous = firsts.at(-2);
    if (previous !== undefined) this.#rememberPrevious(segmentPath(directory, previous));
    this.#rememberStored(segment.db);
    return segment;
  }

  #create(first: Offset): ActiveSegment {
    return openActiveSegment(segmentPath(this.#options.directory, first), {
      first,
      now: this.#options.now(),
      synchronous: this.#options.synchronous,
    });
  }

  /** Also finishes the closing of a segment that a crash cut short. */
  #rememberPrevious(path: string): void {
    const db = openDatabase(path, { migrations: SEGMENT_MIGRATIONS });
    try {
      this.#rememberStored(db);
    } finally {
      closeDatabase(db);
    }
  }

  #rememberStored(db: DatabaseSync): void {
    const rows = db
      .prepare("SELECT offset, batch_id FROM batch ORDER BY offset DESC LIMIT ?")
      .all(this.#options.rememberedBatches);
    for (const row of rows.reverse()) this.#remember(String(row.batch_id), Number(row.offset));
  }

  #remember(batchId: string, first: Offset): void {
    this.#batches.set(batchId, first);
    if (this.#batches.size <= this.#options.rememberedBatches) return;
    for (const oldest of this.#batches.keys()) {
      this.#batches.delete(oldest);
      break;
    }
  }

  /** After a failed write nothing in memory is believed: the segment is opened and read again. */
  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      const active = this.#active;
      this.#active = undefined;
      try {
        active?.db.close();
      } catch {
        // Already closed by the failure; the first error is the one that tells.
      }
      throw new JournalUnavailableError(
        `journal ${this.#options.directory} failed ${what}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

function assertEmbedded(partition: number): void {
  assert(partition === 0, `partition ${partition}: an embedded journal has partition 0 only`);
}
