import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import { SqliteJournalReader } from "../../../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import type { StorageClientOptions } from "../../../src/adapters/storage-worker/client.ts";
import { StorageClient } from "../../../src/adapters/storage-worker/client.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let folders = 0;
const nextFolder = (): string => join(folder.path, `data-${++folders}`);

const start = (
  directory = nextFolder(),
  over: Partial<StorageClientOptions> = {},
): Promise<StorageClient> =>
  StorageClient.start({
    journalFolder: join(directory, "journal"),
    seriesFolder: join(directory, "series"),
    now: () => at,
    ...over,
  });

const at = Date.UTC(2026, 10, 24, 12);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const pump = `
id: pump
title: Pump
version: 1
expectedPeriod: 1s
signals:
  pressure: { kind: gauge, title: Pressure, unit: bar, range: [0, 10], period: 1s }
events: {}
settings: {}
commands: {}
features: {}
`;
const ruleset: JournalRecord = {
  kind: "ruleset",
  appendedAt: at,
  hash: "h",
  products: [{ path: "pump.yaml", text: pump }],
  rules: [],
};
const reading = (n: number, pressure: number): JournalRecord => ({
  kind: "message",
  appendedAt: at,
  product: "pump",
  device: "p-1",
  class: "tele",
  qos: 1,
  payload: bytes(JSON.stringify({ seq: n, ts: at + n, m: { pressure } })),
});
const pressures = { device: "p-1", signal: "pressure", from: at, to: at + 1e6, points: 5_000 };

describe("the journal behind the storage worker", () => {
  const quiet = { seriesFolder: null };

  it("acknowledges single records in order and joins them into few commits", async () => {
    await using client = await start(undefined, quiet);
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
      await using client = await start(directory, { ...quiet, committedPort: port2 });
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
    const client = await start(undefined, quiet);
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await expect(client.submit(bytes("late"))).rejects.toMatchObject(unavailable);
    await expect(client.read(0, 1, 1)).rejects.toMatchObject(unavailable);
  });

  it("refuses everything that waits while its folder is gone, and goes on once it is back", async () => {
    const directory = nextFolder();
    const journal = join(directory, "journal");
    let now = at;
    await using client = await start(directory, { ...quiet, now: () => now });
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
    for (const name of ["journal", "series"]) {
      const files = readdirSync(join(directory, name));
      expect(files.filter((file) => !file.endsWith(".db"))).toEqual([]);
    }
  });
});

describe("samples behind the storage worker", () => {
  it("are written from the journal and read back", async () => {
    await using client = await start();
    await client.submit(encodeRecord(ruleset));
    for (let n = 0; n < 3; n += 1) void client.submit(encodeRecord(reading(n, n + 0.5)));
    await client.seriesCaughtUp();
    expect(await client.readSeries(pressures)).toEqual([
      { at, value: 0.5 },
      { at: at + 1, value: 1.5 },
      { at: at + 2, value: 2.5 },
    ]);
    expect((await client.stats()).series).toMatchObject({
      consumed: 4,
      written: 3,
      overwritten: 0,
      skipped: 0,
      error: "",
    });
  });

  it("go on after a restart with the products in force, and pass unreadable records", async () => {
    const directory = nextFolder();
    {
      await using client = await start(directory);
      await client.submit(encodeRecord(ruleset));
      await client.seriesCaughtUp();
    }
    await using client = await start(directory);
    await client.submit(bytes("no record at all"));
    await client.submit(encodeRecord(reading(1, 4)));
    await client.submit(encodeRecord(reading(1, 5)));
    expect(await client.seriesCaughtUp()).toBe(4);
    expect(await client.readSeries(pressures)).toEqual([{ at: at + 1, value: 5 }]);
    expect((await client.stats()).series).toMatchObject({ written: 1, overwritten: 1, skipped: 1 });
  });

  it("are written page by page while appends go on, without being asked", async () => {
    await using client = await start();
    await client.submit(encodeRecord(ruleset));
    const readings = Array.from({ length: 4_500 }, (_, n) => encodeRecord(reading(n, n % 10)));
    await Promise.all(readings.map((record) => client.submit(record)));
    await client.seriesCaughtUp();
    expect((await client.stats()).series.written).toBe(4_500);
    const chart = await client.readSeries({ ...pressures, points: 100 });
    expect(chart.length).toBeLessThanOrEqual(100);
    expect(chart.length).toBeGreaterThan(25);
  });

  it("that are not stored yet keep their records from being trimmed", async () => {
    const directory = nextFolder();
    await using client = await start(directory);
    let consumed = 0;
    client.registerConsumer("deciding", () => consumed);
    await client.submit(encodeRecord(ruleset));
    await client.seriesCaughtUp();
    await client.enforceRetention({ keepMs: 0, keepBytes: 0 });
    expect(await client.read(0, 1, 1)).toHaveLength(1);
    consumed = 1;
    await client.trim(0, 2);
    expect(await client.newest(0)).toBe(1);
  });

  it("can be left to another store", async () => {
    const directory = nextFolder();
    await using client = await start(directory, { seriesFolder: null });
    await client.submit(encodeRecord(ruleset));
    expect(existsSync(join(directory, "series"))).toBe(false);
    await expect(client.readSeries(pressures)).rejects.toMatchObject({
      code: "VZ_SERIES_UNAVAILABLE",
    });
  });
});
