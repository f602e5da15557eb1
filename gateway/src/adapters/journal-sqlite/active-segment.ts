import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { Synchronous } from "../sqlite/database.ts";
import { closeDatabase, openDatabase, openReadOnly, schemaVersion } from "../sqlite/database.ts";
import { checksum, RAW } from "./block.ts";
import type { PackedRecords } from "./packed-records.ts";
import { lengthBytes } from "./packed-records.ts";
import { PAGE_BYTES, ROWS_VERSION, SEGMENT_MIGRATIONS } from "./schema.ts";

/** The segment that records are appended to. */
export interface ActiveSegment {
  readonly first: Offset;
  readonly createdAt: EpochMs;
  readonly db: DatabaseSync;
  readonly insert: StatementSync;
  /** Grows with each append; after a restart the size of the file, which is a little more. */
  bytes: number;
}

/** About 16 MiB of write-ahead log between two copies back: keeps most commits at one sync. */
const CHECKPOINT_PAGES = (16 * 1024 * 1024) / PAGE_BYTES;

export function openActiveSegment(
  path: string,
  options: {
    readonly first: Offset;
    readonly now: EpochMs;
    readonly synchronous: Synchronous;
  },
): ActiveSegment {
  const db = openDatabase(path, {
    migrations: SEGMENT_MIGRATIONS,
    synchronous: options.synchronous,
    checkpointPages: CHECKPOINT_PAGES,
    pageBytes: PAGE_BYTES,
  });
  try {
    db.prepare(
      "INSERT INTO segment (created_at) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM segment)",
    ).run(Math.trunc(options.now));
    const isEmpty = db.prepare("SELECT 1 FROM block LIMIT 1").get() === undefined;
    return {
      first: options.first,
      createdAt: Number(db.prepare("SELECT created_at FROM segment").get()?.created_at),
      db,
      insert: db.prepare(
        `INSERT INTO block (first, count, codec, crc, batch_id, lengths, bytes)
         VALUES (?, ?, ${RAW}, ?, ?, ?, ?)`,
      ),
      bytes: isEmpty ? 0 : fileBytes(db),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** One statement, so a transaction of its own: durable when it returns. */
export function insertBlock(
  segment: ActiveSegment,
  first: Offset,
  packed: PackedRecords,
  batchId: string,
): void {
  const { bytes } = packed;
  const lengths = lengthBytes(packed.lengths);
  const crc = checksum(lengths, bytes);
  segment.insert.run(first, packed.lengths.length, crc, batchId, lengths, bytes);
  segment.bytes += lengths.byteLength + bytes.byteLength;
}

/** True for a segment with a row per record: nothing is appended to it any more. */
export function holdsRows(path: string): boolean {
  const db = openReadOnly(path);
  try {
    if (schemaVersion(db) !== ROWS_VERSION) return false;
    return db.prepare("SELECT 1 FROM record LIMIT 1").get() !== undefined;
  } finally {
    db.close();
  }
}

/**
 * Finishes the closing of a segment that a crash or a reader cut short. False while a reader is in
 * the way: then some of it may still be in its write-ahead log only.
 */
export function finishClosing(path: string): boolean {
  const log = `${path}-wal`;
  const hasLog = (): boolean => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0;
  if (!hasLog()) return true;
  const reader = openReadOnly(path);
  const version = schemaVersion(reader);
  reader.close();
  closeDatabase(openDatabase(path, { migrations: SEGMENT_MIGRATIONS.slice(0, version) }), false);
  return !hasLog();
}

function fileBytes(db: DatabaseSync): number {
  const pages = db.prepare("PRAGMA page_count").get()?.page_count;
  const pageBytes = db.prepare("PRAGMA page_size").get()?.page_size;
  return Number(pages) * Number(pageBytes);
}
