import { cpSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { SealStep } from "../../../src/adapters/journal-sqlite/seal.ts";
import { segmentPath, trimPolicy } from "../../../src/adapters/journal-sqlite/segments.ts";
import type { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { openReadOnly } from "../../../src/adapters/sqlite/database.ts";
import { bytes, filesIn, fill, JournalFolders, recordTexts, textsOf } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());

async function sealAll(journal: SqliteJournal): Promise<void> {
  while (await journal.sealNext());
}

/** Three segments: 1 to 20, 21 to 40 and the one being written. */
function threeSegments(journal: SqliteJournal): void {
  for (let segment = 0; segment < 3; segment += 1) {
    fill(journal, 19);
    journal.appendSync([bytes(`record ${journal.newestSync() + 1}`)], `last-${segment}`);
  }
}
/** With four bytes for the length of each record, of which nine are a byte shorter. */
const SEGMENT = 20 * (9 + 4) - 9;
const FIRST = "00000000000000000001";
const whole = recordTexts(1, 60);
const STEPS: readonly SealStep[] = [
  "created",
  "block",
  "written",
  "synced",
  "renamed",
  "named",
  "removed",
];

describe("sealing", () => {
  it("repacks every closed segment, oldest first, and answers false when none is left", async () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: SEGMENT });
    threeSegments(journal);
    expect(await journal.sealNext()).toBe(true);
    expect(filesIn(directory, ".sealed")).toEqual(["00000000000000000001.sealed"]);
    expect(await journal.sealNext()).toBe(true);
    expect(await journal.sealNext()).toBe(false);
    expect(filesIn(directory, ".db")).toEqual(["00000000000000000041.db"]);
    expect(textsOf(journal.readSync(1, 100))).toEqual(whole);
    using reader = new SqliteJournalReader(directory);
    expect(textsOf(reader.readSync(1, 100))).toEqual(whole);
    expect(textsOf(reader.readSync(37, 6))).toEqual(recordTexts(37, 42));
  });

  it("makes telemetry several times smaller, in blocks that a reader may enter anywhere", async () => {
    using journal = folders.open({ segmentBytes: 3_000_000 });
    const text = (n: number): string =>
      `{"boot":417,"seq":${n},"ts":${1_795_356_199_123 + n * 1000},"m":{"boiler_temp":${(93 + Math.sin(n)).toFixed(1)},"state":"idle"}}`;
    for (let n = 1; n <= 45_000; n += 500) {
      const records = Array.from({ length: 500 }, (_, index) => bytes(text(n + index)));
      journal.appendSync(records, `batch-${n}`);
    }
    const before = journal.segmentsSync()[0]?.bytes ?? 0;
    expect(await journal.sealNext()).toBe(true);
    const sealed = journal.segmentsSync()[0];
    expect(before / (sealed?.bytes ?? before)).toBeGreaterThan(4);
    for (const from of [1, 9_999, 20_500, 3, sealed?.last ?? 0]) {
      expect(textsOf(journal.readSync(from, 2))).toEqual([text(from), text(from + 1)]);
    }
  });

  it("appends and reads between its steps", async () => {
    const steps: SealStep[] = [];
    using journal = folders.open({
      segmentBytes: SEGMENT,
      sealStep: (step) => {
        steps.push(step);
        fill(journal, 1);
        expect(textsOf(journal.readSync(1, 1_000))).toEqual(recordTexts(1, journal.newestSync()));
      },
    });
    threeSegments(journal);
    expect(await journal.sealNext()).toBe(true);
    expect(steps).toEqual(["created", "block", "written", "synced", "renamed", "named", "removed"]);
    expect(textsOf(journal.readSync(1, 1_000))).toEqual(recordTexts(1, 67));
  });

  it("lets a reader go on that has the old file open, and gives the file up afterwards", async () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: SEGMENT });
    threeSegments(journal);
    using reader = new SqliteJournalReader(directory);
    expect(textsOf(reader.readSync(1, 5))).toEqual(recordTexts(1, 5));
    await sealAll(journal);
    expect(textsOf(reader.readSync(6, 5))).toEqual(recordTexts(6, 10));
    expect(textsOf(reader.readSync(11, 100))).toEqual(recordTexts(11, 60));
    expect(textsOf(reader.readSync(1, 100))).toEqual(whole);
  });

  it("is found by a reader that listed the folder before and opens the segment after", async () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: SEGMENT });
    threeSegments(journal);
    using reader = new SqliteJournalReader(directory);
    expect(reader.readSync(60, 1)).toHaveLength(1);
    await sealAll(journal);
    expect(textsOf(reader.readSync(1, 100))).toEqual(whole);
  });

  it("waits for a reader that keeps the write-ahead log, and comes again", async () => {
    const directory = folders.next();
    using journal = folders.open({ directory, segmentBytes: SEGMENT });
    fill(journal, 10);
    const slow = openReadOnly(segmentPath(directory, 1));
    const open = slow.prepare("SELECT first FROM block").iterate();
    open.next();
    fill(journal, 50);
    expect(await journal.sealNext()).toBe(false);
    expect(textsOf(journal.readSync(1, 100))).toEqual(whole);
    open.return?.();
    slow.close();
    expect(await journal.sealNext()).toBe(true);
    expect(textsOf(journal.readSync(1, 100))).toEqual(whole);
  });

  it("keeps the batch ids of the newest segments over a restart", async () => {
    const directory = folders.next();
    {
      using journal = folders.open({ directory, segmentBytes: SEGMENT });
      threeSegments(journal);
      await sealAll(journal);
    }
    using again = folders.open({ directory, segmentBytes: SEGMENT });
    expect(again.appendSync([bytes("again")], "last-1")).toBe(40);
    expect(again.appendSync([bytes("again")], "batch-3")).toBe(3);
    expect(again.newestSync()).toBe(60);
  });

  it("counts with its smaller size when the journal is trimmed, and goes as a whole", async () => {
    const directory = folders.next();
    let now = 1_000;
    using journal = folders.open({ directory, segmentBytes: SEGMENT, now: () => now });
    fill(journal, 20);
    now = 2_000;
    fill(journal, 40);
    const limits = { keepMs: 1e9, keepBytes: 0 };
    await journal.sealNext();
    const segments = journal.segmentsSync();
    expect(segments.map(({ first, last, sealed }) => [first, last, sealed])).toEqual([
      [1, 20, true],
      [21, 40, false],
      [41, 60, false],
    ]);
    expect(segments.map((segment) => segment.closedAt)).toEqual([2_000, 2_000, null]);
    journal.trimSync(trimPolicy(segments, now, limits));
    expect(filesIn(directory, ".sealed")).toEqual([]);
    expect(journal.readSync(1, 1)[0]?.offset).toBe(41);
  });

  it.each(STEPS)(
    "of a segment that is trimmed after the step %s leaves nothing behind",
    async (at) => {
      const directory = folders.next();
      let trims = true;
      using journal = folders.open({
        directory,
        segmentBytes: SEGMENT,
        sealStep: (step) => {
          if (trims && step === at) journal.trimSync(21);
        },
      });
      threeSegments(journal);
      await journal.sealNext();
      trims = false;
      expect(readdirSync(directory).filter((name) => name.startsWith(FIRST))).toEqual([]);
      expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(21, 60));
      expect(await journal.sealNext()).toBe(true);
      expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(21, 60));
    },
  );

  it("of a segment that is trimmed before it has begun is no failure", async () => {
    using journal = folders.open({ segmentBytes: SEGMENT });
    threeSegments(journal);
    const sealing = journal.sealNext();
    journal.trimSync(21);
    expect(await sealing).toBe(false);
    expect(await journal.sealNext()).toBe(true);
  });

  it.each(["created", "block", "written", "synced"] as const)(
    "ends quietly when the journal is closed after the step %s, and is done at the next start",
    async (at) => {
      const directory = folders.next();
      const journal = folders.open({
        directory,
        segmentBytes: SEGMENT,
        sealStep: (step) => {
          if (step === at) journal[Symbol.dispose]();
        },
      });
      threeSegments(journal);
      expect(await journal.sealNext()).toBe(false);
      expect(filesIn(directory, ".sealed")).toEqual([]);
      using again = folders.open({ directory, segmentBytes: SEGMENT });
      expect(again.newestSync()).toBe(60);
      expect(filesIn(directory, ".tmp")).toEqual([]);
      await sealAll(again);
      expect(textsOf(again.readSync(1, 100))).toEqual(whole);
    },
  );

  it("goes on with a journal of sealed segments only", async () => {
    const source = folders.next();
    {
      using journal = folders.open({ directory: source, segmentBytes: SEGMENT });
      threeSegments(journal);
      await sealAll(journal);
    }
    const directory = folders.next();
    cpSync(source, directory, { recursive: true, filter: (name) => !name.includes(".db") });
    using journal = folders.open({ directory });
    expect(journal.newestSync()).toBe(40);
    fill(journal, 1);
    expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(1, 41));
  });
});

describe("a sealing that breaks off", () => {
  it.each(STEPS)("with the process after the step %s loses nothing", async (at) => {
    const directory = folders.next();
    const left = folders.next();
    using journal = folders.open({
      directory,
      segmentBytes: SEGMENT,
      sealStep: (step) => {
        if (step === at) cpSync(directory, left, { recursive: true });
      },
    });
    threeSegments(journal);
    expect(await journal.sealNext()).toBe(true);
    using reader = new SqliteJournalReader(left);
    expect(textsOf(reader.readSync(1, 100))).toEqual(whole);
    using again = folders.open({ directory: left, segmentBytes: SEGMENT });
    expect(again.appendSync([bytes("again")], "batch-2")).toBe(2);
    expect(filesIn(left, ".tmp")).toEqual([]);
    for (const name of filesIn(left, ".sealed")) {
      expect(existsSync(join(left, name.replace(".sealed", ".db")))).toBe(false);
    }
    await sealAll(again);
    expect(filesIn(left, ".sealed")).toHaveLength(2);
    expect(textsOf(again.readSync(1, 100))).toEqual(whole);
  });

  it.each(STEPS)("with an error after the step %s says so and can be tried again", async (at) => {
    const directory = folders.next();
    let fails = true;
    using journal = folders.open({
      directory,
      segmentBytes: SEGMENT,
      sealStep: (step) => {
        if (fails && step === at) throw new Error("the disk is full");
      },
    });
    threeSegments(journal);
    await expect(journal.sealNext()).rejects.toThrow(/failed sealing segment 1: the disk is full/);
    expect(textsOf(journal.readSync(1, 100))).toEqual(whole);
    fails = false;
    await sealAll(journal);
    expect(filesIn(directory, ".sealed")).toHaveLength(2);
    expect(filesIn(directory, ".tmp")).toEqual([]);
    fill(journal, 1);
    expect(textsOf(journal.readSync(1, 100))).toEqual(recordTexts(1, 61));
  });

  it("in the middle of its file is swept at the next start", () => {
    const directory = folders.next();
    {
      using journal = folders.open({ directory, segmentBytes: SEGMENT });
      threeSegments(journal);
    }
    writeFileSync(join(directory, "00000000000000000001.sealed.tmp"), "half a page");
    using again = folders.open({ directory, segmentBytes: SEGMENT });
    expect(again.newestSync()).toBe(60);
    expect(filesIn(directory, ".tmp")).toEqual([]);
  });
});
