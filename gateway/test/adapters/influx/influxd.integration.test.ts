import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRemoteStore } from "../../../src/adapters/influx/create-remote-store.ts";
import { seriesStoreContract } from "../../contracts/series-store.ts";
import type { InfluxdOptions } from "../../support/influxd-process.ts";
import { InfluxdProcess } from "../../support/influxd-process.ts";
import { INFLUX_TRAITS } from "./influx-fixture.ts";
import { influxRefusals } from "./refusals.ts";

const NOVEMBER = Date.UTC(2026, 10, 24, 12);
const ALWAYS = { from: Date.UTC(2000, 0), to: Date.UTC(2090, 0), points: 1_000 } as const;
const row = (n: number, device = "d-1") => ({
  product: "espresso-pro",
  device,
  at: NOVEMBER + n,
  values: { temp: n },
});

let influxd: InfluxdProcess;
beforeAll(async () => {
  influxd = await InfluxdProcess.start();
});
afterAll(() => influxd[Symbol.asyncDispose]());

let databases = 0;
async function emptyStore(duration?: string) {
  const database = `contract_${++databases}`;
  await influxd.createDatabase(database, duration);
  return createRemoteStore({ kind: "influx1", url: influxd.url, database });
}

/** Long enough for the tests' year, too short for what they call old. */
const RETENTION = `${Math.ceil((Date.now() - Date.UTC(2026, 0)) / 3_600_000)}h`;

describe("samples in a real InfluxDB 1.6.7", () => {
  seriesStoreContract(emptyStore, INFLUX_TRAITS);
  influxRefusals({ open: emptyStore, openShort: () => emptyStore(RETENTION) });
});

async function own(options: InfluxdOptions, database = "telemetry") {
  const server = await InfluxdProcess.start(options);
  if (options.auth !== true) await server.createDatabase(database);
  return server;
}

describe("a real InfluxDB 1.6.7 that refuses", () => {
  it("without the database asks for a person and takes no sample for bad", async () => {
    await using store = createRemoteStore({
      kind: "influx1",
      url: influxd.url,
      database: "nowhere",
    });
    const refused = { problem: "denied", message: expect.stringContaining("database not found") };
    await expect(store.write([row(1)])).rejects.toMatchObject(refused);
    await expect(store.read({ device: "d-1", signal: "temp", ...ALWAYS })).rejects.toMatchObject(
      refused,
    );
  });

  it("without the retention policy asks for a person, although it answers like a crash", async () => {
    await influxd.createDatabase("policies");
    await using store = createRemoteStore({
      kind: "influx1",
      url: influxd.url,
      database: "policies",
      retentionPolicy: "for-ever",
    });
    await expect(store.write([row(1)])).rejects.toMatchObject({
      problem: "denied",
      message: expect.stringContaining('retention policy not found: "for-ever"'),
    });
  });

  it("writes and reads in the named retention policy, not in the default one", async () => {
    await influxd.createDatabase("two_policies");
    await influxd.query(
      'CREATE RETENTION POLICY "long" ON "two_policies" DURATION INF REPLICATION 1',
    );
    const parts = { kind: "influx1", url: influxd.url, database: "two_policies" } as const;
    await using long = createRemoteStore({ ...parts, retentionPolicy: "long" });
    await using standard = createRemoteStore(parts);
    await long.write([row(1)]);
    const query = { device: "d-1", signal: "temp", ...ALWAYS };
    expect(await long.read(query)).toEqual([{ at: NOVEMBER + 1, value: 1 }]);
    expect(await standard.read(query)).toEqual([]);
  });

  it("with a wrong password asks for a person, with the right one goes on", async () => {
    await using server = await own({ auth: true });
    await server.query(`CREATE USER "admin" WITH PASSWORD 'p\\'s' WITH ALL PRIVILEGES`);
    await server.query('CREATE DATABASE "telemetry"', { user: "admin", password: "p's" });
    const parts = { kind: "influx1", url: server.url, database: "telemetry" } as const;
    for (const credentials of [{}, { user: "admin", password: "wrong" }]) {
      await using store = createRemoteStore({ ...parts, ...credentials });
      const refused = { problem: "denied", message: expect.stringContaining("influxUser") };
      await expect(store.write([row(1)])).rejects.toMatchObject(refused);
    }
    await using store = createRemoteStore({ ...parts, user: "admin", password: "p's" });
    expect(await store.write([row(1)])).toMatchObject({ written: 1 });
  });

  it("halves requests that are too large for it until they fit", async () => {
    await using server = await own({ maxBodySize: 2_000 });
    await using store = createRemoteStore({
      kind: "influx1",
      url: server.url,
      database: "telemetry",
    });
    const rows = Array.from({ length: 500 }, (_, n) => row(n));
    const huge = { ...row(777), values: { temp: 7, note: "x".repeat(3_000) } };
    const summary = await store.write([...rows, huge]);
    expect(summary.written).toBe(501);
    expect(summary.rejected.map((one) => Object.keys(one.row.values))).toEqual([["note"]]);
    expect(await server.count("telemetry", "temp")).toBe(501);
  });

  it("with a limit on devices rejects those above it and keeps the others", async () => {
    await using server = await own({ maxValuesPerTag: 10 });
    await using store = createRemoteStore({
      kind: "influx1",
      url: server.url,
      database: "telemetry",
    });
    const rows = Array.from({ length: 60 }, (_, n) => row(n, `d-${n % 12}`));
    // It counts what is there already, not what comes in the same request.
    await store.write(rows.slice(0, 10));
    const summary = await store.write(rows);
    expect(summary.rejected).toHaveLength(10);
    expect(summary.rejected[0]?.reason).toContain("max-values-per-tag");
    expect(new Set(summary.rejected.map((one) => one.row.device)).size).toBe(2);
    expect(await server.count("telemetry", "temp")).toBe(50);
  });

  it("down says so, and takes everything when it is back; nothing is there twice", async () => {
    await using server = await own({});
    await using store = createRemoteStore({
      kind: "influx1",
      url: server.url,
      database: "telemetry",
    });
    const rows = Array.from({ length: 7_000 }, (_, n) => row(n));
    await store.write(rows.slice(0, 100));
    await server.stop("SIGKILL");
    for (let round = 0; round < 3; round += 1) {
      await expect(store.write(rows)).rejects.toMatchObject({ problem: "unreachable" });
    }
    await server.resume();
    expect(await store.write(rows)).toMatchObject({ written: 7_000, rejected: [] });
    expect(await server.count("telemetry", "temp")).toBe(7_000);
  });
});
