import { fork, spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { platform } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { afterAll, describe, expect, it } from "vitest";
import type { Offset } from "#domain/units.ts";
import { trimPolicy } from "../../../src/adapters/journal-sqlite/segments.ts";
import type { SqliteJournalOptions } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { SqliteJournal } from "../../../src/adapters/journal-sqlite/sqlite-journal.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { journalContract } from "../../contracts/journal.ts";
import { MemoryJournal } from "../../support/memory-journal.ts";
import { bytes, JournalFolders } from "./journal-folder.ts";

const folders = new JournalFolders();
afterAll(() => folders[Symbol.dispose]());
const nextFolder = (): string => folders.next();
const open = (options: Partial<SqliteJournalOptions> = {}): SqliteJournal => folders.open(options);
const fill = (journal: SqliteJournal, count: number): void => {
  for (let n = 0; n < count; n += 1) journal.appendSync([bytes("record")], `batch-${n}`);
};
const segmentFiles = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.endsWith(".db"));

describe("the journal in SQLite, in small segments", () => {
  journalContract(async () => open({ segmentBytes: 10 }));
});

/** Reads come from sealed segments wherever one has ended. */
class SealingJournal extends SqliteJournal {
  override async append(
    partition: number,
    records: readonly Uint8Array[],
    batchId: string,
  ): Promise<{ readonly offset: Offset }> {
    const appended = await super.append(partition, records, batchId);
    while (await this.sealNext());
    return appended;
  }
}

describe("the journal in SQLite, sealed at once", () => {
  journalContract(
    async () =>
      new SealingJournal({
        directory: nextFolder(),
        now: () => 0,
        segmentBytes: 10,
        synchronous: "OFF",
      }),
  );
});

describe("the journal in memory", () => {
  journalContract(async () => new MemoryJournal());
});

describe("the journal in SQLite", () => {
  it("goes on after the newest record when it is opened again", () => {
    const directory = nextFolder();
    {
      using journal = open({ directory, segmentBytes: 20 });
      fill(journal, 10);
    }
    using again = open({ directory, segmentBytes: 20 });
    expect(again.newestSync()).toBe(10);
    expect(again.appendSync([bytes("x")], "batch-9")).toBe(10);
    expect(again.appendSync([bytes("x")], "batch-new")).toBe(11);
  });

  it("remembers the batches of the segment before the newest over a restart", () => {
    const directory = nextFolder();
    {
      using journal = open({ directory, segmentBytes: 1 });
      fill(journal, 2);
    }
    using again = open({ directory, segmentBytes: 1 });
    expect(again.appendSync([bytes("record")], "batch-0")).toBe(1);
  });

  it("begins a new file after the time limit and names it after its first offset", () => {
    const directory = nextFolder();
    let now = 0;
    using journal = open({ directory, now: () => now, segmentMs: 1_000 });
    fill(journal, 2);
    now = 1_000;
    journal.appendSync([bytes("x")], "late");
    expect(segmentFiles(directory)).toEqual(["00000000000000000001.db", "00000000000000000003.db"]);
  });

  it("lets a reader follow the writer into new segments", () => {
    const directory = nextFolder();
    using journal = open({ directory, segmentBytes: 20 });
    fill(journal, 1);
    using reader = new SqliteJournalReader(directory);
    expect(reader.newest()).toBe(1);
    expect(reader.readSync(2, 10)).toEqual([]);
    for (let n = 0; n < 30; n += 1) {
      const offset = journal.appendSync([bytes("followed")], `follow-${n}`);
      expect(reader.readSync(offset, 10).map((record) => record.offset)).toEqual([offset]);
    }
    expect(reader.readSync(1, 100)).toHaveLength(31);
    expect(reader.newest()).toBe(31);
  });

  it("lets a reader that stands in a trimmed segment go on with the oldest kept record", () => {
    const directory = nextFolder();
    using journal = open({ directory, segmentBytes: 20 });
    fill(journal, 20);
    using reader = new SqliteJournalReader(directory);
    expect(reader.readSync(1, 2)).toHaveLength(2);
    journal.trimSync(15);
    const oldest = journal.segmentsSync()[0]?.first;
    expect(oldest).toBeGreaterThan(1);
    using fresh = new SqliteJournalReader(directory);
    expect(fresh.readSync(1, 100).at(0)?.offset).toBe(oldest);
  });

  it("sweeps side files whose segment is gone", () => {
    const directory = nextFolder();
    {
      using journal = open({ directory });
      fill(journal, 1);
    }
    const orphan = join(directory, "00000000000000000900.db-wal");
    writeFileSync(orphan, "rest");
    using again = open({ directory });
    expect(again.newestSync()).toBe(1);
    expect(existsSync(orphan)).toBe(false);
  });

  it("answers JournalUnavailableError with the cause and goes on once the disk is back", () => {
    const directory = join(nextFolder(), "journal");
    const parent = join(directory, "..");
    writeFileSync(parent, "a file where the folder should be");
    using journal = open({ directory });
    expect(() => journal.appendSync([bytes("a")], "one")).toThrow(
      expect.objectContaining({ code: "VZ_JOURNAL_UNAVAILABLE", cause: expect.anything() }),
    );
    rmSync(parent);
    expect(journal.appendSync([bytes("a")], "one")).toBe(1);
  });
});

describe("a writer that is killed", () => {
  it("leaves every acknowledged record readable, in order and once", async () => {
    const directory = nextFolder();
    const writer = fork(join(import.meta.dirname, "append-forever.ts"), [directory], {
      stdio: ["ignore", "pipe", "inherit", "ipc"],
    });
    let acknowledged = 0;
    for await (const line of createInterface({ input: writer.stdout ?? Readable.from([]) })) {
      acknowledged = Number(line);
      if (acknowledged >= 300 && !writer.killed) writer.kill("SIGKILL");
    }
    expect(acknowledged).toBeGreaterThanOrEqual(300);
    using journal = open({ directory, segmentBytes: 400 });
    expect(journal.newestSync()).toBeGreaterThanOrEqual(acknowledged);
    const records = journal.readSync(1, 1_000_000);
    const texts = records.map((record) => new TextDecoder().decode(record.bytes));
    expect(texts).toEqual(texts.map((_, index) => `record ${index + 1}`));
    expect(journal.appendSync([bytes("next")], "next")).toBe(texts.length + 1);
  });
});

describe("a full disk", () => {
  // A limit on the size of files stands in for it: every write beyond fails.
  it.skipIf(platform() === "win32")(
    "refuses appends by name and loses nothing acknowledged",
    () => {
      const directory = nextFolder();
      const script = join(import.meta.dirname, "append-until-full.ts");
      const shell = `trap '' XFSZ; ulimit -f 600; exec "$0" "$1" "$2"`;
      const ran = spawnSync("sh", ["-c", shell, process.execPath, script, directory], {
        encoding: "utf8",
      });
      const { acknowledged, ...refusals } = JSON.parse(ran.stdout);
      expect(refusals).toEqual({
        first: "VZ_JOURNAL_UNAVAILABLE",
        again: "VZ_JOURNAL_UNAVAILABLE",
      });
      expect(acknowledged).toBeGreaterThan(10);
      using journal = open({ directory });
      expect(journal.newestSync()).toBe(acknowledged);
      expect(journal.readSync(1, 1_000_000)).toHaveLength(acknowledged);
      expect(journal.appendSync([bytes("room again")], "refused-one")).toBe(acknowledged + 1);
    },
  );
});

describe("the trim policy", () => {
  const segments = [
    { first: 1, last: 10, bytes: 100, closedAt: 1_000 },
    { first: 11, last: 20, bytes: 100, closedAt: 2_000 },
    { first: 21, last: 25, bytes: 50, closedAt: null },
  ];

  it("keeps everything within both limits", () => {
    expect(trimPolicy(segments, 2_500, { keepMs: 5_000, keepBytes: 1_000 })).toBe(1);
  });

  it("drops segments that ended too long ago", () => {
    expect(trimPolicy(segments, 7_000, { keepMs: 5_500, keepBytes: 1_000 })).toBe(11);
  });

  it("drops the oldest segments beyond the space", () => {
    expect(trimPolicy(segments, 2_500, { keepMs: 5_000, keepBytes: 160 })).toBe(11);
  });

  it("never drops the segment being written", () => {
    expect(trimPolicy(segments, 1e9, { keepMs: 0, keepBytes: 0 })).toBe(21);
  });
});
