import assert from "node:assert";
import { statSync } from "node:fs";
import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Journal, StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import type { Synchronous } from "../sqlite/database.ts";
import { closeDatabase, makeFolder, reasonOf, syncFolder } from "../sqlite/database.ts";
import type { ActiveSegment } from "./active-segment.ts";
import { insertBlock, openActiveSegment } from "./active-segment.ts";
import type { PackedRecords } from "./packed-records.ts";
import { packRecords } from "./packed-records.ts";
import { recover } from "./recovery.ts";
import { RememberedBatches } from "./remembered-batches.ts";
import type { SealStep } from "./seal.ts";
import { Sealing } from "./seal.ts";
import type { SegmentFile, SegmentInfo } from "./segments.ts";
import {
  listSegmentFiles,
  removeSegment,
  segmentFilePath,
  segmentPath,
  sweep,
} from "./segments.ts";
import { openPresent, SqliteJournalReader } from "./sqlite-journal-reader.ts";

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
  /** Told of each step of a sealing; a test breaks off there. */
  readonly sealStep?: (step: SealStep) => void;
}

const SEGMENT_BYTES = 256 * 1024 * 1024;
const REMEMBERED_BATCHES = 4_096;

/** Thrown error of anything that SQLite or the file system refuses: JournalUnavailableError with the cause. */
export class SqliteJournal implements Journal, Disposable {
  readonly #options: Required<SqliteJournalOptions>;
  readonly #reader: SqliteJournalReader;
  readonly #consumers = new Map<string, () => Offset>();
  readonly #batches: RememberedBatches;
  readonly #closedInfos = new Map<string, SegmentInfo>();
  readonly #sealing: Sealing;
  #active: ActiveSegment | undefined;
  #newest: Offset = 0;
  #isSwept = false;
  #closed = false;

  constructor(options: SqliteJournalOptions) {
    this.#options = {
      segmentBytes: SEGMENT_BYTES,
      segmentMs: DAY_MS,
      rememberedBatches: REMEMBERED_BATCHES,
      synchronous: "FULL",
      sealStep: () => undefined,
      ...options,
    };
    this.#reader = new SqliteJournalReader(options.directory);
    this.#batches = new RememberedBatches(this.#options.rememberedBatches);
    this.#sealing = new Sealing({
      directory: options.directory,
      rememberedBatches: this.#options.rememberedBatches,
      isClosed: () => this.#closed,
      onStep: this.#options.sealStep,
    });
  }

  /** Durable when it returns. The offset is that of the first record. */
  appendSync(records: readonly Uint8Array[], batchId: string): Offset {
    return this.appendPackedSync(packRecords(records), batchId);
  }

  /** As `appendSync`, of records that are packed already: costs the same for one and for thousands. */
  appendPackedSync(packed: PackedRecords, batchId: string): Offset {
    const count = packed.lengths.length;
    assert(count > 0, `batch ${batchId} has no record`);
    const length = packed.lengths.reduce((sum, one) => sum + one, 0);
    assert(
      length === packed.bytes.byteLength,
      `batch ${batchId} has ${packed.bytes.byteLength} bytes, its records have ${length}`,
    );
    return this.#guarded(`appending batch ${batchId}`, () => {
      const active = this.#segment();
      const known = this.#batches.offsetOf(batchId);
      if (known !== undefined) return known;
      const segment = this.#isFull(active) ? this.#roll(active) : active;
      const first = this.#newest + 1;
      insertBlock(segment, first, packed, batchId);
      this.#newest = first + count - 1;
      this.#batches.add(batchId, first);
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

  /** First offset of the segment being written; 0 while none is open. */
  get activeFirst(): Offset {
    return this.#active?.first ?? 0;
  }

  /** `consumed` answers the offset up to which the consumer needs nothing any more. */
  registerConsumer(name: string, consumed: () => Offset): void {
    this.#consumers.set(name, consumed);
  }

  /** Drops whole segments only, so records shortly before `before` may stay. */
  trimSync(before: Offset): void {
    this.#guarded(`trimming before offset ${before}`, () => {
      const { directory } = this.#options;
      const active = this.#segment();
      let limit = before;
      for (const consumed of this.#consumers.values()) limit = Math.min(limit, consumed() + 1);
      const files = listSegmentFiles(directory);
      let removed = 0;
      for (const [index, { first }] of files.entries()) {
        const next = files[index + 1];
        if (next === undefined || first === active.first || next.first > limit) break;
        removeSegment(directory, first);
        removed += 1;
      }
      if (removed === 0) return;
      this.#closedInfos.clear();
      this.#reader[Symbol.dispose]();
      syncFolder(directory);
    });
  }

  /** Oldest first; input of `trimPolicy`. */
  segmentsSync(): readonly SegmentInfo[] {
    return this.#guarded("listing segments", () => {
      const { directory } = this.#options;
      const active = this.#segment();
      const files = listSegmentFiles(directory);
      return files.map((file, index) => {
        const next = files[index + 1];
        const path = segmentFilePath(directory, file);
        if (next === undefined || file.first === active.first) {
          const bytes = statSync(path).size;
          return { ...file, last: this.#newest, bytes, closedAt: null };
        }
        const info = this.#closedInfos.get(path) ?? {
          ...file,
          last: next.first - 1,
          bytes: statSync(path).size,
          closedAt: next.first === active.first ? active.createdAt : this.#createdAt(next),
        };
        this.#closedInfos.set(path, info);
        return info;
      });
    });
  }

  /**
   * Repacks the oldest closed segment that is not sealed yet; false when there is none. Appends go on
   * between its short steps. Broken off by the end of the journal; a failure leaves the segment as it was.
   */
  async sealNext(): Promise<boolean> {
    const active = this.#guarded("sealing a segment", () => this.#segment());
    return this.#sealing.next(active.first);
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
    await this.#sealing.settled();
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
    // An append waits for no reader; the sealing finishes what is left.
    closeDatabase(full.db, false);
    return next;
  }

  /** The segment being written; opened on first use and again after a failed write. */
  #segment(): ActiveSegment {
    assert(!this.#closed, "the journal is closed");
    this.#active ??= this.#recover();
    return this.#active;
  }

  #recover(): ActiveSegment {
    const { directory, rememberedBatches } = this.#options;
    makeFolder(directory);
    // Later there may be a sealing under way, whose file is no rest of a crash.
    if (!this.#isSwept) sweep(directory);
    this.#isSwept = true;
    const { first, newest, batches } = recover(directory, rememberedBatches);
    const segment = this.#create(first);
    this.#newest = newest;
    this.#batches.replace(batches);
    return segment;
  }

  #create(first: Offset): ActiveSegment {
    return openActiveSegment(segmentPath(this.#options.directory, first), {
      first,
      now: this.#options.now(),
      synchronous: this.#options.synchronous,
    });
  }

  #createdAt({ first }: SegmentFile): EpochMs {
    using source = openPresent(this.#options.directory, first);
    return source?.createdAt ?? 0;
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
