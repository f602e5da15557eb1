import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "vitest";
import { integrityProblems } from "../../../src/adapters/backup-sqlite/offsets.ts";
import { segmentPath } from "../../../src/adapters/journal-sqlite/segments.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { fill, JournalFolders, recordTexts, textsOf } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

/** As a kill -9 leaves a file that was being created: with a rollback journal that only a writer may play back. */
function leaveUnfinished(path: string, scratch: string): void {
  const from = join(scratch, "begun.db");
  const db = new DatabaseSync(from);
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; CREATE TABLE t (x)");
  db.exec("BEGIN IMMEDIATE");
  const insert = db.prepare("INSERT INTO t VALUES (?)");
  // More than the cache holds, so that pages and journal are on the disk.
  for (let n = 0; n < 2_000; n += 1) insert.run("x".repeat(500));
  for (const suffix of ["", "-journal"]) copyFileSync(`${from}${suffix}`, `${path}${suffix}`);
  db.close();
}

it("a segment whose creation a crash cut short is empty for readers and no damage", () => {
  const directory = folders.next();
  {
    using journal = folders.open({ directory });
    fill(journal, 3);
  }
  const path = segmentPath(directory, 4);
  leaveUnfinished(path, directory);
  using reader = new SqliteJournalReader(directory);
  expect(textsOf(reader.readSync(1, 100))).toEqual(recordTexts(1, 3));
  expect(integrityProblems(path)).toEqual([]);
});
