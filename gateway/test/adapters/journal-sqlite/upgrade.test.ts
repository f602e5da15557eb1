import { cpSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { SEGMENT_MIGRATIONS } from "../../../src/adapters/journal-sqlite/schema.ts";
import { segmentPath } from "../../../src/adapters/journal-sqlite/segments.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import {
  bytes,
  filesIn,
  fill,
  JournalFolders,
  recordTexts,
  textsOf,
  writeVersion1,
} from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

describe("a journal of the build with a row per record", () => {
  it("is read whole by this build, and by a reader before the writer has started", () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 10);
    writeVersion1(directory, 11, 15);
    using reader = new SqliteJournalReader(directory);
    expect(textsOf(reader.readSync(1, 100))).toEqual(recordTexts(1, 15));
    expect(textsOf(reader.readSync(9, 4))).toEqual(recordTexts(9, 12));
    expect(reader.newest()).toBe(15);
    using journal = folders.open({ directory });
    expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(1, 15));
  });

  it("goes on in a new segment, and its old files stay as they were", () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 10);
    {
      using journal = folders.open({ directory });
      expect(journal.newestSync()).toBe(10);
      fill(journal, 5);
      expect(textsOf(journal.readSync(8, 100))).toEqual(recordTexts(8, 15));
      expect(filesIn(directory, ".db")).toEqual([
        "00000000000000000001.db",
        "00000000000000000011.db",
      ]);
    }
    using again = folders.open({ directory });
    fill(again, 1);
    expect(textsOf(again.readSync(1, 100))).toEqual(recordTexts(1, 16));
    expect(filesIn(directory, ".db")).toHaveLength(2);
    const old = new DatabaseSync(segmentPath(directory, 1), { readOnly: true });
    expect(old.prepare("SELECT count(*) AS records FROM record").get()?.records).toBe(10);
    old.close();
  });

  it("knows the batches that were offered before the upgrade", () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 10);
    writeVersion1(directory, 11, 14);
    using journal = folders.open({ directory });
    expect(journal.appendSync([bytes("again")], "batch-13")).toBe(13);
    expect(journal.appendSync([bytes("again")], "batch-5")).toBe(5);
    expect(journal.newestSync()).toBe(14);
  });

  it("that was never written to is gone on with in place", () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 0);
    using journal = folders.open({ directory });
    fill(journal, 2);
    expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(1, 2));
    expect(filesIn(directory, ".db")).toEqual(["00000000000000000001.db"]);
  });

  it("that was killed keeps what is only in its write-ahead log", () => {
    const running = folders.next();
    writeVersion1(running, 1, 10);
    const db = openDatabase(segmentPath(running, 1), {
      migrations: SEGMENT_MIGRATIONS.slice(0, 1),
    });
    db.prepare("INSERT INTO record (offset, bytes) VALUES (?, ?)").run(11, bytes("record 11"));
    const directory = folders.next();
    cpSync(running, directory, { recursive: true });
    db.close();
    using journal = folders.open({ directory });
    fill(journal, 1);
    expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(1, 12));
  });

  it("is sealed like any other", async () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 3_000);
    {
      using journal = folders.open({ directory });
      fill(journal, 1);
      expect(await journal.sealNext()).toBe(true);
      expect(textsOf(journal.readSync(1, 10_000))).toEqual(recordTexts(1, 3_001));
      expect(journal.segmentsSync()[0]).toMatchObject({ first: 1, last: 3_000, sealed: true });
    }
    using again = folders.open({ directory });
    expect(again.appendSync([bytes("again")], "batch-2999")).toBe(2_999);
  });

  it("is never migrated in place while it holds records", () => {
    const directory = folders.next();
    writeVersion1(directory, 1, 1);
    const path = segmentPath(directory, 1);
    expect(() => openDatabase(path, { migrations: SEGMENT_MIGRATIONS })).toThrow("CHECK");
    using journal = folders.open({ directory });
    expect(textsOf(journal.readSync(1, 10))).toEqual(recordTexts(1, 1));
  });
});

describe("a journal of a newer build", () => {
  it.each([false, true])("is refused, not misread (sealed: %s)", async (sealed) => {
    const directory = folders.next();
    {
      using journal = folders.open({ directory, segmentBytes: 1 });
      fill(journal, 2);
      if (sealed) await journal.sealNext();
    }
    const name = filesIn(directory, sealed ? ".sealed" : ".db").at(-1);
    const db = new DatabaseSync(`${directory}/${name}`);
    db.exec(`PRAGMA user_version = ${SEGMENT_MIGRATIONS.length + 1}`);
    db.close();
    using reader = new SqliteJournalReader(directory);
    expect(() => reader.readSync(1, 10)).toThrow(/schema version 3, this build knows 2/);
    using journal = folders.open({ directory });
    expect(() => journal.newestSync()).toThrow(/schema version 3, this build knows 2/);
  });
});
