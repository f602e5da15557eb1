import { readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { at, bytes, start } from "./journal-fixture.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let folders = 0;
const nextFolder = (): string => join(folder.path, `data-${++folders}`);

describe("the journal behind the journal worker", () => {
  it("acknowledges single records in order and joins them into few commits", async () => {
    await using client = await start(nextFolder());
    const records = Array.from({ length: 1_000 }, (_, n) => bytes(`record ${n}`));
    const offsets = await Promise.all(records.map((record) => client.submit(record)));
    expect(offsets).toEqual(records.map((_, n) => n + 1));
    const stored = await client.read(0, 1, 2_000);
    expect(stored.map((record) => new TextDecoder().decode(record.bytes))).toEqual(
      records.map((_, n) => `record ${n}`),
    );
    const stats = await client.stats();
    expect(stats).toMatchObject({ newest: 1_000, records: 1_000, failedCommits: 0 });
    expect(stats.commits).toBeLessThan(20);
    expect(stats.commitSeconds.counts.reduce((sum, count) => sum + count)).toBe(stats.commits);
    expect(client.newestKnown).toBe(1_000);
  });

  it("tells another thread of each commit, which then reads what was committed", async () => {
    const directory = nextFolder();
    const { port1, port2 } = new MessageChannel();
    const told: number[] = [];
    using reader = new SqliteJournalReader(join(directory, "journal"));
    port1.on("message", ({ newest }) => {
      told.push(newest);
      expect(reader.newest()).toBeGreaterThanOrEqual(newest);
    });
    {
      await using client = await start(directory, { committedPorts: [port2] });
      await client.append(0, [bytes("a"), bytes("b")], "one");
      await client.submit(bytes("c"));
      await new Promise((resolve) => setImmediate(resolve));
    }
    port1.close();
    expect(told).toEqual([2, 3]);
    expect(reader.readSync(1, 10)).toHaveLength(3);
  });

  it("says why it cannot start, and refuses by name once it is closed", async () => {
    const directory = nextFolder();
    writeFileSync(directory, "a file where the folder should be");
    const unavailable = { code: "VZ_JOURNAL_UNAVAILABLE" };
    await expect(start(directory)).rejects.toMatchObject(unavailable);
    const client = await start(nextFolder());
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await expect(client.submit(bytes("late"))).rejects.toMatchObject(unavailable);
    await expect(client.read(0, 1, 1)).rejects.toMatchObject(unavailable);
  });

  it("refuses everything that waits while its folder is gone, and goes on once it is back", async () => {
    const directory = nextFolder();
    const journal = join(directory, "journal");
    let now = at;
    await using client = await start(directory, { now: () => now });
    await client.submit(bytes("before"));
    renameSync(journal, `${journal}-away`);
    writeFileSync(journal, "a file where the folder should be");
    now += 25 * 3_600_000;
    const waiting = [client.submit(bytes("a")), client.append(0, [bytes("b")], "own")];
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ reason: { code: "VZ_JOURNAL_UNAVAILABLE" } });
    }
    rmSync(journal);
    renameSync(`${journal}-away`, journal);
    expect(await client.append(0, [bytes("b")], "own")).toEqual({ offset: 2 });
    expect(await client.stats()).toMatchObject({ failedCommits: 1, newest: 2 });
  });

  it("finishes what was submitted before it closes, and leaves no write-ahead log", async () => {
    const directory = nextFolder();
    const client = await start(directory);
    const pending = [1, 2, 3].map((n) => client.submit(bytes(`record ${n}`)));
    await client[Symbol.asyncDispose]();
    expect(await Promise.all(pending)).toEqual([1, 2, 3]);
    const files = readdirSync(join(directory, "journal"));
    expect(files.filter((file) => !file.endsWith(".db"))).toEqual([]);
  });

  it("keeps what a consumer has not read when it trims", async () => {
    let now = at;
    await using client = await start(nextFolder(), { now: () => now });
    let decided = 0;
    client.registerConsumer("deciding", () => decided);
    await client.submit(bytes("old"));
    now += 25 * 3_600_000;
    await client.submit(bytes("new"));
    await client.enforceRetention({ keepMs: 0, keepBytes: 0 });
    expect((await client.read(0, 1, 1))[0]?.offset).toBe(1);
    decided = 2;
    await client.enforceRetention({ keepMs: 0, keepBytes: 0 });
    expect((await client.read(0, 1, 1))[0]?.offset).toBe(2);
  });
});

it("an ended segment is compressed beside the appends, and is read as before", async () => {
  const directory = nextFolder();
  await using client = await start(directory, { segmentBytes: 1_000 });
  const texts = Array.from(
    { length: 200 },
    (_, n) => `record ${n} of a journal that repeats itself`,
  );
  for (const text of texts) await client.submit(bytes(text));
  await expect.poll(async () => (await client.stats()).sealed).toBeGreaterThan(3);
  expect((await client.stats()).sealError).toBe("");
  const files = readdirSync(join(directory, "journal"));
  expect(files.some((file) => file.endsWith(".sealed"))).toBe(true);
  const stored = await client.read(0, 1, 1_000);
  expect(stored.map((record) => new TextDecoder().decode(record.bytes))).toEqual(texts);
});
