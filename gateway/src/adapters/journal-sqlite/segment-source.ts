import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import {
  isUnfinished,
  openImmutable,
  openReadOnly,
  reasonOf,
  refuseNewer,
  schemaVersion,
} from "../sqlite/database.ts";
import type { Block } from "./block.ts";
import { BLOCK_COLUMNS, blockOf, takeRecords } from "./block.ts";
import { ROWS_VERSION, SEGMENT_MIGRATIONS } from "./schema.ts";
import type { SegmentFile } from "./segments.ts";
import { segmentFilePath } from "./segments.ts";

export interface ReadRange {
  readonly from: Offset;
  /** Most records in the list afterwards. */
  readonly limit: number;
  /** No further block is loaded once this much was read. */
  readonly bytes?: number;
}

export interface StoredBatch {
  readonly batchId: string;
  readonly first: Offset;
}

/** One open segment file, of whatever version, for reading. */
export interface SegmentSource extends Disposable {
  readonly file: SegmentFile;
  readonly createdAt: EpochMs;
  /** Adds the records from `range.from` on; without a gap behind the segment's first offset, or it throws. */
  readInto(records: StoredRecord[], range: ReadRange): void;
  /** `first - 1` when empty. */
  newest(): Offset;
  /** Newest first. */
  batches(limit: number): readonly StoredBatch[];
}

/** Undefined while the writer has created the file but not yet its tables. */
export function openSource(directory: string, file: SegmentFile): SegmentSource | undefined {
  const path = segmentFilePath(directory, file);
  return named(path, file.first, () => {
    const db = file.sealed ? openImmutable(path) : openReadOnly(path);
    try {
      const version = schemaVersion(db);
      if (version === 0) {
        db.close();
        return undefined;
      }
      refuseNewer(path, version, SEGMENT_MIGRATIONS.length);
      const opened = { path, file, db, createdAt: createdAtIn(db) };
      return version === ROWS_VERSION ? new RowSource(opened) : new BlockSource(opened);
    } catch (error) {
      if (db.isOpen) db.close();
      if (isUnfinished(error)) return undefined;
      throw error;
    }
  });
}

interface Opened {
  readonly path: string;
  readonly file: SegmentFile;
  readonly db: DatabaseSync;
  readonly createdAt: EpochMs;
}

const createdAtIn = (db: DatabaseSync): EpochMs =>
  Number(db.prepare("SELECT created_at FROM segment").get()?.created_at ?? 0);

class BlockSource implements SegmentSource {
  readonly file: SegmentFile;
  readonly createdAt: EpochMs;
  readonly #opened: Opened;
  readonly #select: StatementSync;
  readonly #seek: StatementSync;
  readonly #newest: StatementSync;
  /** The block read last: pages that are smaller than blocks read and check it once. */
  #block: Block | undefined;

  constructor(opened: Opened) {
    const { db } = opened;
    this.#opened = opened;
    this.file = opened.file;
    this.createdAt = opened.createdAt;
    this.#seek = db.prepare("SELECT max(first) AS first FROM block WHERE first <= ?");
    this.#select = db.prepare(`SELECT ${BLOCK_COLUMNS} FROM block WHERE first >= ? ORDER BY first`);
    this.#select.setReturnArrays(true);
    this.#newest = db.prepare("SELECT first, count FROM block ORDER BY first DESC LIMIT 1");
  }

  readInto(records: StoredRecord[], range: ReadRange): void {
    let next = Math.max(range.from, this.file.first);
    const takeFrom = (block: Block): void => {
      const before = records.length;
      takeRecords(records, block, { from: next, limit: range.limit });
      next += records.length - before;
    };
    if (this.#block !== undefined && holds(this.#block, next)) takeFrom(this.#block);
    if (records.length >= range.limit) return;
    named(this.#opened.path, next, () => {
      let taken = 0;
      const rows: Iterable<unknown> = this.#select.iterate(this.#firstOfBlockWith(next));
      for (const row of rows) {
        const block = this.#checked(row, next);
        if (block === undefined) continue;
        this.#block = block;
        takeFrom(block);
        taken += block.bytes.byteLength;
        if (records.length >= range.limit || taken >= (range.bytes ?? taken + 1)) break;
      }
    });
  }

  newest(): Offset {
    const row = this.#newest.get();
    return row === undefined ? this.file.first - 1 : Number(row.first) + Number(row.count) - 1;
  }

  batches(limit: number): readonly StoredBatch[] {
    const { db } = this.#opened;
    const of = (table: string, first: string): readonly StoredBatch[] =>
      batchesIn(
        db,
        `SELECT ${first} AS first, batch_id FROM ${table} WHERE batch_id IS NOT NULL ORDER BY ${first} DESC LIMIT ?`,
        limit,
      );
    return this.file.sealed ? of("batch", "offset") : of("block", "first");
  }

  [Symbol.dispose](): void {
    this.#block = undefined;
    this.#opened.db.close();
  }

  /** Behind the cached block nothing needs to be looked up, and the newest block is not read again. */
  #firstOfBlockWith(offset: Offset): Offset {
    const cached = this.#block;
    if (cached !== undefined && cached.first + cached.count === offset) return offset;
    const first = this.#seek.get(offset)?.first;
    return typeof first === "number" ? first : offset;
  }

  /** Undefined for a block that ends before `next`, as the newest one does for a reader at the end. */
  #checked(row: unknown, next: Offset): Block | undefined {
    const block = blockIn(row, this.#opened.path, next);
    if (block.first > next) {
      throw damaged(this.#opened.path, next, `its next block begins at offset ${block.first}`);
    }
    if (holds(block, next)) return block;
    this.#block = block;
    return undefined;
  }
}

/** Version 1. */
class RowSource implements SegmentSource {
  readonly file: SegmentFile;
  readonly createdAt: EpochMs;
  readonly #opened: Opened;
  readonly #select: StatementSync;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.file = opened.file;
    this.createdAt = opened.createdAt;
    this.#select = opened.db.prepare(
      "SELECT offset, bytes FROM record WHERE offset >= ? ORDER BY offset LIMIT ?",
    );
    this.#select.setReturnArrays(true);
  }

  readInto(records: StoredRecord[], range: ReadRange): void {
    let next = Math.max(range.from, this.file.first);
    named(this.#opened.path, next, () => {
      let taken = 0;
      const rows: Iterable<unknown> = this.#select.iterate(next, range.limit - records.length);
      for (const row of rows) {
        if (!Array.isArray(row)) continue;
        const [offset, bytes] = row;
        if (offset !== next || !(bytes instanceof Uint8Array)) {
          throw damaged(this.#opened.path, next, `its next record is ${String(offset)}`);
        }
        records.push({ offset, bytes });
        next += 1;
        taken += bytes.byteLength;
        if (taken >= (range.bytes ?? taken + 1)) break;
      }
    });
  }

  newest(): Offset {
    const row = this.#opened.db.prepare("SELECT max(offset) AS newest FROM record").get();
    return typeof row?.newest === "number" ? row.newest : this.file.first - 1;
  }

  batches(limit: number): readonly StoredBatch[] {
    return batchesIn(
      this.#opened.db,
      "SELECT offset AS first, batch_id FROM batch ORDER BY offset DESC LIMIT ?",
      limit,
    );
  }

  [Symbol.dispose](): void {
    this.#opened.db.close();
  }
}

const holds = (block: Block, offset: Offset): boolean =>
  block.first <= offset && offset < block.first + block.count;

function batchesIn(db: DatabaseSync, select: string, limit: number): readonly StoredBatch[] {
  const rows = db.prepare(select).all(limit);
  return rows.map((row) => ({ batchId: String(row.batch_id), first: Number(row.first) }));
}

function blockIn(row: unknown, path: string, next: Offset): Block {
  try {
    return blockOf(row);
  } catch (error) {
    const what = `the block with it is not as it was written: ${reasonOf(error)}`;
    throw damaged(path, next, what, error);
  }
}

function damaged(
  path: string,
  offset: Offset,
  what: string,
  cause?: unknown,
): JournalUnavailableError {
  return new JournalUnavailableError(
    `journal segment ${path} is damaged at offset ${offset}: ${what}. Restore this file from a backup; moving it away goes on without its records`,
    { cause },
  );
}

const CORRUPT = 11;
const NOT_A_DATABASE = 26;

/** What SQLite says of a damaged file names no file. */
function named<T>(path: string, offset: Offset, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error)) throw error;
    const primary = Number(error.errcode) & 0xff;
    if (primary !== CORRUPT && primary !== NOT_A_DATABASE) throw error;
    throw damaged(path, offset, error.message, error);
  }
}
