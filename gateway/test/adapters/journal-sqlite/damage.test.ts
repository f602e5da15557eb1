import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it } from "vitest";
import { segmentFilePath } from "../../../src/adapters/journal-sqlite/segments.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { bytes, fill, JournalFolders, recordTexts, textsOf } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

/** Blocks of 1 to 3 000 and 3 001 to 3 100, of which the first is closed and perhaps sealed. */
async function journalOf(sealed: boolean): Promise<string> {
  const directory = folders.next();
  using journal = folders.open({ directory, segmentBytes: 3_000_000 });
  const long = bytes("x".repeat(1_000));
  for (let n = 0; n < 3_000; n += 500) {
    journal.appendSync(new Array<Uint8Array>(500).fill(long), `batch-${n}`);
  }
  journal.appendSync([bytes("next segment")], "next");
  if (sealed) await journal.sealNext();
  return directory;
}

function change(directory: string, sealed: boolean, sql: string): void {
  const db = new DatabaseSync(segmentFilePath(directory, { first: 1, sealed }));
  db.exec(sql);
  db.close();
}

const blockWith = (offset: number): string =>
  `first = (SELECT max(first) FROM block WHERE first <= ${offset})`;

describe.each([
  ["sealed", true],
  ["closed", false],
] as const)("a damaged block of a %s segment", (_, sealed) => {
  it.each([
    ["changed bytes", `UPDATE block SET bytes = zeroblob(length(bytes)) WHERE ${blockWith(2_000)}`],
    ["cut bytes", `UPDATE block SET bytes = substr(bytes, 1, 5) WHERE ${blockWith(2_000)}`],
    ["another count", `UPDATE block SET count = count - 1 WHERE ${blockWith(2_000)}`],
    ["another codec", `UPDATE block SET codec = 9 WHERE ${blockWith(2_000)}`],
    ["lost row", `DELETE FROM block WHERE ${blockWith(2_000)}`],
  ])("is told with file and offset, never handed out: %s", async (_what, sql) => {
    const directory = await journalOf(sealed);
    const path = segmentFilePath(directory, { first: 1, sealed });
    change(directory, sealed, sql);
    using reader = new SqliteJournalReader(directory);
    const read = (): unknown => reader.readSync(1, 3_000);
    expect(read).toThrow(expect.objectContaining({ code: "VZ_JOURNAL_UNAVAILABLE" }));
    expect(read).toThrow(`journal segment ${path} is damaged at offset`);
    expect(read).toThrow(/damaged at offset \d{4}: .*Restore this file from a backup/);
    expect(reader.readSync(1, 500)).toHaveLength(500);
    expect(textsOf(reader.readSync(3_001, 1))).toEqual(["next segment"]);
  });
});

describe("a damaged file", () => {
  it("is named with the offset when SQLite itself cannot read it", async () => {
    const directory = await journalOf(true);
    const path = segmentFilePath(directory, { first: 1, sealed: true });
    const content = readFileSync(path);
    writeFileSync(path, content.fill(0xff, 0, 4_000));
    using reader = new SqliteJournalReader(directory);
    expect(() => reader.readSync(1, 10)).toThrow(
      `journal segment ${path} is damaged at offset 1: file is not a database`,
    );
  });

  it("is done without once it is moved away, as the message says", async () => {
    const directory = await journalOf(true);
    const path = segmentFilePath(directory, { first: 1, sealed: true });
    renameSync(path, `${path}.damaged`);
    using journal = folders.open({ directory });
    expect(textsOf(journal.readSync(1, 10))).toEqual(["next segment"]);
    fill(journal, 1);
    expect(textsOf(journal.readSync(3_002, 1))).toEqual(recordTexts(3_002, 3_002));
  });

  it("is not sealed: its damage would get a fresh checksum", async () => {
    const directory = await journalOf(false);
    change(
      directory,
      false,
      `UPDATE block SET bytes = zeroblob(length(bytes)) WHERE ${blockWith(2_000)}`,
    );
    using journal = folders.open({ directory });
    await expect(journal.sealNext()).rejects.toThrow(/sealing segment 1: .*damaged at offset/);
    expect(journal.segmentsSync()[0]?.sealed).toBe(false);
  });
});
