import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { Synchronous } from "../sqlite/database.ts";
import { openDatabase, openReadOnly } from "../sqlite/database.ts";
import { SEGMENT_MIGRATIONS } from "./segments.ts";

/** The segment that records are appended to. */
export interface ActiveSegment {
  readonly first: Offset;
  readonly createdAt: EpochMs;
  readonly db: DatabaseSync;
  readonly insertRecord: StatementSync;
  readonly insertBatch: StatementSync;
  /** Grows with each append; after a restart the size of the file, which is a little more. */
  bytes: number;
}

/** About 16 MiB of write-ahead log between two copies back: keeps most commits at one sync. */
const CHECKPOINT_PAGES = 4_000;

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
  });
  try {
    db.prepare(
      "INSERT INTO segment (created_at) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM segment)",
    ).run(Math.trunc(options.now));
    const isEmpty = db.prepare("SELECT 1 FROM record LIMIT 1").get() === undefined;
    return {
      first: options.first,
      createdAt: createdAt(db),
      db,
      insertRecord: db.prepare("INSERT INTO record (offset, bytes) VALUES (?, ?)"),
      insertBatch: db.prepare("INSERT INTO batch (offset, batch_id) VALUES (?, ?)"),
      bytes: isEmpty ? 0 : fileBytes(db),
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

export function createdAtOf(path: string): EpochMs {
  const db = openReadOnly(path);
  try {
    return createdAt(db);
  } finally {
    db.close();
  }
}

const createdAt = (db: DatabaseSync): EpochMs =>
  Number(db.prepare("SELECT created_at FROM segment").get()?.created_at);

function fileBytes(db: DatabaseSync): number {
  const pages = db.prepare("PRAGMA page_count").get()?.page_count;
  const pageBytes = db.prepare("PRAGMA page_size").get()?.page_size;
  return Number(pages) * Number(pageBytes);
}
