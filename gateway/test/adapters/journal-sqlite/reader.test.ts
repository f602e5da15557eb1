import { afterAll, describe, expect, it } from "vitest";
import { packRecords } from "../../../src/adapters/journal-sqlite/packed-records.ts";
import { listSegmentFiles } from "../../../src/adapters/journal-sqlite/segments.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { bytes, fill, JournalFolders, recordTexts, textsOf } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

describe("a reader of the journal", () => {
  it("loses nothing that comes in between its look at a segment and the beginning of the next", () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: 60 });
    fill(journal, 2);
    let looks = 0;
    using reader = new SqliteJournalReader(directory, (folder) => {
      looks += 1;
      if (looks === 2) fill(journal, 10);
      return listSegmentFiles(folder);
    });
    expect(textsOf(reader.readSync(1, 100))).toEqual(recordTexts(1, 12));
    expect(listSegmentFiles(directory).length).toBeGreaterThan(2);
  });

  it("that waits at the end loses nothing either", () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: 60 });
    fill(journal, 2);
    let fills = false;
    using reader = new SqliteJournalReader(directory, (folder) => {
      if (fills) fill(journal, 10);
      fills = false;
      return listSegmentFiles(folder);
    });
    expect(reader.readSync(3, 100)).toEqual([]);
    fills = true;
    expect(textsOf(reader.readSync(3, 100))).toEqual(recordTexts(3, 12));
  });

  it("answers a page without a gap when a segment is trimmed under it", () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: 60 });
    fill(journal, 30);
    let trims = false;
    const files = listSegmentFiles(directory);
    using reader = new SqliteJournalReader(directory, (folder) => {
      const listed = listSegmentFiles(folder);
      if (trims) journal.trimSync(files[3]?.first ?? 0);
      trims = false;
      return listed;
    });
    trims = true;
    const page = reader.readSync(1, 100);
    expect(page[0]?.offset).toBe(files[3]?.first);
    expect(textsOf(page)).toEqual(recordTexts(files[3]?.first ?? 0, 30));
  });

  it("ends a page where the next segment was trimmed while it still had the one before open", () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: 60 });
    fill(journal, 30);
    using reader = new SqliteJournalReader(directory);
    expect(textsOf(reader.readSync(1, 1))).toEqual(recordTexts(1, 1));
    const files = listSegmentFiles(directory);
    journal.trimSync(files[3]?.first ?? 0);
    const rest = reader.readSync(2, 100);
    expect(textsOf(rest)).toEqual(recordTexts(2, (files[1]?.first ?? 0) - 1));
    expect(reader.readSync((rest.at(-1)?.offset ?? 0) + 1, 100)[0]?.offset).toBe(files[3]?.first);
  });

  it("reads pages that are smaller and larger than the blocks, from any offset", () => {
    using journal = folders.open({ segmentBytes: 10_000 });
    let offset = 0;
    for (const count of [1, 7, 200, 3, 900, 1, 1, 50]) {
      const records = Array.from({ length: count }, () => bytes(`record ${++offset}`));
      journal.appendPackedSync(packRecords(records), `batch-${offset}`);
    }
    for (const page of [1, 6, 199, 5_000]) {
      let from = 1;
      while (from <= offset) {
        const last = Math.min(offset, from + page - 1);
        expect(textsOf(journal.readSync(from, page))).toEqual(recordTexts(from, last));
        from = last + 1;
      }
    }
    for (const from of [1_163, 4, 211, 212, 1_112, 9, 8, 1]) {
      expect(textsOf(journal.readSync(from, 3))).toEqual(
        recordTexts(from, Math.min(offset, from + 2)),
      );
    }
  });

  it("hands out a page of one block as views, not copies", () => {
    using journal = folders.open();
    journal.appendSync([bytes("one"), bytes("two"), bytes("three")], "batch");
    const [one] = journal.readSync(1, 1);
    const [two, three] = journal.readSync(2, 2);
    expect(two?.bytes.buffer).toBe(one?.bytes.buffer);
    expect(three?.bytes.buffer).toBe(one?.bytes.buffer);
  });
});

describe("an append of packed records", () => {
  it("stores what the records say one by one", () => {
    using journal = folders.open();
    const records = ["", "a", "long one", ""].map(bytes);
    expect(journal.appendPackedSync(packRecords(records), "packed")).toBe(1);
    expect(journal.appendPackedSync(packRecords(records), "packed")).toBe(1);
    expect(textsOf(journal.readSync(1, 10))).toEqual(["", "a", "long one", ""]);
  });

  it("takes lengths and bytes that lie inside larger buffers", () => {
    using journal = folders.open();
    const lengths = Uint32Array.of(9, 1, 2, 9).subarray(1, 3);
    journal.appendPackedSync({ lengths, bytes: bytes("xabcx").subarray(1, 4) }, "inside");
    expect(textsOf(journal.readSync(1, 10))).toEqual(["a", "bc"]);
  });

  it("refuses lengths that do not fit the bytes, and stores nothing", () => {
    using journal = folders.open();
    const lengths = Uint32Array.of(2, 2);
    expect(() => journal.appendPackedSync({ lengths, bytes: bytes("abc") }, "odd")).toThrow(
      "batch odd has 3 bytes, its records have 4",
    );
    expect(journal.newestSync()).toBe(0);
  });
});
