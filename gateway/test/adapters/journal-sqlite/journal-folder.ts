import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SEGMENT_MIGRATIONS } from "../../../src/adapters/journal-sqlite/schema.ts";
import { segmentPath } from "../../../src/adapters/journal-sqlite/segments.ts";
import type { SqliteJournalOptions } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { closeDatabase, openDatabase, transaction } from "../../../src/adapters/sqlite/database.ts";
import type { StoredRecord } from "../../../src/ports/journal.ts";
import { tempFolder } from "../../support/temp-folder.ts";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const textsOf = (records: readonly StoredRecord[]): readonly string[] =>
  records.map((record) => new TextDecoder().decode(record.bytes));

/** Journal directories of one test file. */
export class JournalFolders implements Disposable {
  readonly #folder = tempFolder();
  #count = 0;

  next(): string {
    this.#count += 1;
    return join(this.#folder.path, `journal #${this.#count}, 100%`);
  }

  open(options: Partial<SqliteJournalOptions> = {}): SqliteJournal {
    // No test here cuts the power, and syncs are most of its time.
    return new SqliteJournal({
      directory: this.next(),
      now: () => 0,
      synchronous: "OFF",
      ...options,
    });
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

/** Appends batches of one record: `record 1`, `record 2` … by their offset. */
export function fill(journal: SqliteJournal, count: number): void {
  for (let n = 0; n < count; n += 1) {
    const offset = journal.newestSync() + 1;
    journal.appendSync([bytes(`record ${offset}`)], `batch-${offset}`);
  }
}

export const recordTexts = (first: number, last: number): readonly string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `record ${first + index}`);

export const filesIn = (directory: string, end: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.endsWith(end));

/** A segment as the build before blocks wrote it: a row per record, batches of two. */
export function writeVersion1(directory: string, first: number, last: number): void {
  mkdirSync(directory, { recursive: true });
  const db = openDatabase(segmentPath(directory, first), {
    migrations: SEGMENT_MIGRATIONS.slice(0, 1),
    synchronous: "OFF",
  });
  db.prepare("INSERT INTO segment (created_at) VALUES (?)").run(first * 1_000);
  const record = db.prepare("INSERT INTO record (offset, bytes) VALUES (?, ?)");
  const batch = db.prepare("INSERT INTO batch (offset, batch_id) VALUES (?, ?)");
  transaction(db, () => {
    for (let offset = first; offset <= last; offset += 1) {
      record.run(offset, bytes(`record ${offset}`));
      if ((offset - first) % 2 === 0) batch.run(offset, `batch-${offset}`);
    }
  });
  closeDatabase(db);
}
