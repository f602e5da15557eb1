import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { DecisionPoints } from "#pipeline/points/decision-points.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { SqliteJournalReader } from "../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { InfluxdProcess } from "./support/influxd-process.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";

const DATABASE = "telemetry";
const MEASUREMENTS = [
  "vz.alert",
  "vz.alert_span",
  "vz.case",
  "vz.case_open",
  "vz.device",
  "vz.fleet",
  "vz.gateway",
  "vz.rule",
  "vz.thread",
  "vz.use",
  "vz.value",
];
/** The queries of the section on points, over the time of this test and its device. */
const EXAMPLES = (
  /## Points of the service[\s\S]*?```sql\n([\s\S]*?)```/.exec(
    readFileSync(new URL("../../docs/series.md", import.meta.url), "utf8"),
  )?.[1] ?? ""
)
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("--"))
  .map((line) => line.replace(/;$/, "").replace("coffee-0042", "b1"));
const inTestTime = (query: string): string =>
  query.includes("vz.gateway")
    ? query
    : query.replace(
        /time > now\(\) - \w+/,
        `time >= ${START}ms AND time < ${START + 30 * DAY_MS}ms`,
      );
const DEVICES = ["b1", "b2", "b3", "b4"];
const NEVER_USED = "b4";

let influxd: InfluxdProcess;
let dataDir: string;
const scripts = new Map(DEVICES.map((id) => [id, new DeviceScript(id)]));

const scriptOf = (id: string): DeviceScript => scripts.get(id) as DeviceScript;
const open = (): Promise<RunningApp> =>
  RunningApp.start({ dataDir, store: { kind: "influx1", url: influxd.url, database: DATABASE } });

/** A morning of each device: all but one make some cups. */
async function day(app: RunningApp, n: number): Promise<void> {
  for (const id of DEVICES) {
    await using device = await TestDevice.connect(app, id);
    const script = scriptOf(id);
    const at = START + n * DAY_MS + 8 * HOUR_MS;
    await device.send(script.status(at, "online"));
    for (let minute = 0; minute < 5; minute += 1) {
      const cups = id === NEVER_USED ? 0 : 10 * n + minute;
      await device.send(script.tele(at + minute * MINUTE_MS, { temp: 90, state: "on", cups }));
    }
  }
}

/** One device overheats; a step is proved and it is solved. */
async function overheat(app: RunningApp, id: string, at: EpochMs): Promise<void> {
  await using device = await TestDevice.connect(app, id);
  const script = scriptOf(id);
  const minute = (n: number) => at + n * MINUTE_MS;
  const known = device.commands.length;
  await device.send(script.status(at, "online"));
  for (let n = 0; n < 5; n += 1)
    await device.send(script.tele(minute(n), { temp: 150, state: "on" }));
  const command = await device.command(known);
  await device.send(script.result(minute(5), command.id, "succeeded"));
  for (let n = 6; n < 15; n += 1) await device.send(script.tele(minute(n), { temp: 80 }));
}

interface PlainPoint {
  readonly measurement: string;
  readonly tags: string;
  readonly at: EpochMs;
}

const plain = (points: readonly PlainPoint[]): readonly string[] =>
  points.map(({ measurement, tags, at }) => `${measurement} ${tags} ${at}`).sort();

const tagText = (tags: Readonly<Record<string, string>>): string =>
  Object.keys(tags)
    .sort()
    .map((key) => `${key}=${tags[key]}`)
    .join(",");

/** What the journal says that must have been told. */
function decided(): readonly string[] {
  using journal = new SqliteJournalReader(join(dataDir, "journal"));
  const engine = new Engine([], { alerts: true, cases: true });
  const points = new DecisionPoints();
  const told = journal.readSync(1, 1_000_000).flatMap(({ offset, bytes }) => {
    const record: JournalRecord = decodeRecord(bytes);
    const effects = engine.apply(offset, record);
    return effects === undefined ? [] : points.of(effects);
  });
  return plain(told.map(({ measurement, tags, at }) => ({ measurement, tags: tagText(tags), at })));
}

async function stored(): Promise<readonly string[]> {
  const points: PlainPoint[] = [];
  for (const [measurement, field] of [
    ["vz.alert", "active"],
    ["vz.alert_span", "end_ms"],
    ["vz.case", "n"],
  ] as const) {
    const series = await influxd.query(`SELECT "${field}" FROM "${measurement}" GROUP BY *`, {
      db: DATABASE,
    });
    for (const one of series) {
      const { tags } = one as { tags?: Readonly<Record<string, string>> };
      for (const [at] of one.values) {
        points.push({ measurement, tags: tagText(tags ?? {}), at: Number(at) });
      }
    }
  }
  return plain(points);
}

async function counts(): Promise<Readonly<Record<string, number>>> {
  const found: Record<string, number> = {};
  for (const measurement of MEASUREMENTS) {
    const series = await influxd.query(`SELECT count(*) FROM "${measurement}"`, { db: DATABASE });
    found[measurement] = Math.max(0, ...(series[0]?.values[0] ?? []).slice(1).map(Number));
  }
  return found;
}

async function daysOfUse(): Promise<number> {
  const [series] = await influxd.query('SELECT count("used") FROM "vz.use"', { db: DATABASE });
  return Number(series?.values[0]?.[1]);
}

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "voorzorg-points-"));
  influxd = await InfluxdProcess.start();
  await influxd.createDatabase(DATABASE);
});
afterAll(async () => {
  await influxd[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("what the service tells a real InfluxDB 1.6.7 about itself", { timeout: 120_000 }, () => {
  test("fills every measurement, and every documented query answers", async () => {
    await using app = await open();
    for (let n = 0; n < 12; n += 1) await day(app, n);
    await overheat(app, "b1", START + 12 * DAY_MS + 8 * HOUR_MS);
    await expect
      .poll(counts, { timeout: 60_000, interval: 500 })
      .toEqual(Object.fromEntries(MEASUREMENTS.map((name) => [name, expect.toSatisfy(isSome)])));
    await expect.poll(stored, { timeout: 20_000, interval: 500 }).toEqual(decided());
    expect(EXAMPLES.length).toBeGreaterThan(6);
    for (const query of EXAMPLES) {
      const series = await influxd.query(inTestTime(query), { db: DATABASE });
      const values = series.flatMap((one) => one.values.flatMap((row) => row.slice(1)));
      expect(
        values.some((value) => value !== null),
        query,
      ).toBe(true);
    }
  });

  test("away while cases are opened and the gateway restarts, it misses nothing and has nothing twice", async () => {
    const before = (await stored()).length;
    {
      await using app = await open();
      await influxd.stop();
      await day(app, 14);
      await overheat(app, "b2", START + 15 * DAY_MS);
    }
    await using again = await open();
    await overheat(again, "b3", START + 15 * DAY_MS + HOUR_MS);
    await influxd.resume();
    await expect.poll(stored, { timeout: 60_000, interval: 500 }).toEqual(decided());
    expect((await stored()).length).toBeGreaterThan(before);
    // The whole days of each device that were over six hours ago, and the first, partial one of those used on it.
    const days = 13 * DEVICES.length + DEVICES.length - 1;
    await expect.poll(daysOfUse, { timeout: 30_000, interval: 500 }).toBe(days);
  });
});

const isSome = (count: number): boolean => count > 0;
