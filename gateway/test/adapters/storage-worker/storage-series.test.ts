import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { at, bytes, start } from "./storage-fixture.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let folders = 0;
const nextFolder = (): string => join(folder.path, `data-${++folders}`);

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

describe("samples behind the storage worker", () => {
  it("are written from the journal and read back", async () => {
    await using client = await start(nextFolder());
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
    await using client = await start(nextFolder());
    await client.submit(encodeRecord(ruleset));
    const readings = Array.from({ length: 4_500 }, (_, n) => encodeRecord(reading(n, n % 10)));
    await Promise.all(readings.map((record) => client.submit(record)));
    await client.seriesCaughtUp();
    expect((await client.stats()).series.written).toBe(4_500);
    const chart = await client.readSeries({ ...pressures, points: 100 });
    expect(chart.length).toBeLessThanOrEqual(100);
    expect(chart.length).toBeGreaterThan(25);
  });

  it("are out of the journal before it is trimmed, and other consumers are waited for too", async () => {
    let now = at;
    await using client = await start(nextFolder(), { now: () => now });
    let decided = 0;
    client.registerConsumer("deciding", () => decided);
    await client.submit(encodeRecord(ruleset));
    now += 25 * 3_600_000;
    await client.submit(encodeRecord(reading(1, 4)));
    await client.seriesCaughtUp();
    await client.enforceRetention({ keepMs: 0, keepBytes: 0 });
    expect((await client.read(0, 1, 1))[0]?.offset).toBe(1);
    decided = 2;
    await client.enforceRetention({ keepMs: 0, keepBytes: 0 });
    expect((await client.read(0, 1, 1))[0]?.offset).toBe(2);
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
