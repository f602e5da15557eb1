import { connectAsync } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { createRemoteStore } from "../src/adapters/influx/create-remote-store.ts";
import { FaultProxy } from "./support/fault-proxy.ts";
import { boilerFolders, GatewayProcess } from "./support/gateway-process.ts";
import { Influx2Server } from "./support/influx2-server.ts";
import { InfluxdProcess } from "./support/influxd-process.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";
import { tempFolder } from "./support/temp-folder.ts";

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly journal: { readonly newest: number; readonly decided: number; readonly stored: number };
}
interface Series {
  readonly items: readonly { readonly at: string; readonly value: unknown }[];
  readonly missing: string | null;
}
interface Quarantine {
  readonly items: readonly {
    readonly code: string;
    readonly reason: string;
    readonly payload: string;
  }[];
}

const HEALTH = "/api/health";
const seriesOf = (device: string, points = 1_000) =>
  `/api/devices/${device}/series?signal=temp&from=${new Date(START - 1).toISOString()}&to=${new Date(START + 1e8).toISOString()}&points=${points}`;
const samples = (script: DeviceScript, from: number, count: number) =>
  Array.from({ length: count }, (_, n) =>
    script.tele(START + (from + n) * 1_000, { temp: from + n }),
  );

/** Without what the gateway tells about itself. */
const samplesIn = (server: Influx2Server): number =>
  server.points
    .select(/^boiler$/, { key: "device", value: "b1" })
    .reduce((sum, { rows }) => sum + rows.length, 0);

let influxd: InfluxdProcess;
beforeAll(async () => {
  influxd = await InfluxdProcess.start();
});
afterAll(() => influxd[Symbol.asyncDispose]());

let databases = 0;
async function emptyDatabase(): Promise<string> {
  const database = `outage_${++databases}`;
  await influxd.createDatabase(database);
  return database;
}

/** Longer than the tests' other waits: the gateway tries again after 1 s, 2 s, 4 s … */
async function eventually<T>(look: () => Promise<T>, found: (seen: T) => boolean): Promise<T> {
  const deadline = performance.now() + 40_000;
  for (;;) {
    const seen = await look();
    if (found(seen)) return seen;
    if (performance.now() > deadline) throw new Error(`never as expected: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("while InfluxDB 1.6.7 is away", () => {
  test("devices are acknowledged, recent samples are read, health says why; then everything arrives once", async () => {
    const database = await emptyDatabase();
    await using proxy = await FaultProxy.start(influxd.url);
    await using app = await RunningApp.start({
      store: { kind: "influx1", url: proxy.url, database },
    });
    const script = new DeviceScript("b1");
    await using device = await TestDevice.connectDeaf(app, "b1");
    await device.send(...samples(script, 0, 100));
    await eventually(
      () => influxd.count(database, "temp"),
      (count) => count === 100,
    );
    expect(await app.get<Health>(HEALTH)).toMatchObject({ status: "ok", reasons: [] });

    await proxy.set({ kind: "refuse" });
    await device.send(...samples(script, 100, 300));
    const away = await eventually(
      () => app.get<Health>(HEALTH),
      (health) => health.status === "degraded",
    );
    expect(away.reasons.join()).toContain("InfluxDB 1");
    expect(away.reasons.join()).toContain(proxy.url);
    expect(away.journal.stored).toBeLessThan(away.journal.newest);
    await app.eventually<Series>(seriesOf("b1"), ({ items }) => items.length === 400);
    expect(await influxd.count(database, "temp")).toBe(100);

    await device.send(...samples(script, 400, 100));
    await proxy.set({ kind: "none" });
    await eventually(
      () => influxd.count(database, "temp"),
      (count) => count === 500,
    );
    await eventually(
      () => app.get<Health>(HEALTH),
      (health) => health.status === "ok",
    );
    expect(await app.get<Quarantine>("/api/quarantine")).toMatchObject({ items: [] });
  });

  test.each([
    ["its answers get lost", { kind: "lose_answer" }],
    ["only half of each request gets through", { kind: "half" }],
    ["it is too busy", { kind: "answer", status: 503, headers: { "retry-after": "1" } }],
  ] as const)("because %s, nothing is lost and nothing is there twice", async (_title, fault) => {
    const database = await emptyDatabase();
    await using proxy = await FaultProxy.start(influxd.url);
    await proxy.set(fault);
    await using app = await RunningApp.start({
      store: { kind: "influx1", url: proxy.url, database },
    });
    await using device = await TestDevice.connectDeaf(app, "b1");
    await device.send(...samples(new DeviceScript("b1"), 0, 400));
    await proxy.hasMet(fault.kind, 2);
    await proxy.set({ kind: "none" });
    await eventually(
      () => influxd.count(database, "temp"),
      (count) => count === 400,
    );
    await eventually(
      () => app.get<Health>(HEALTH),
      (health) => health.status === "ok",
    );
  });

  test("a kill -9 loses nothing: the next start goes on where InfluxDB said yes", async () => {
    const database = await emptyDatabase();
    await using proxy = await FaultProxy.start(influxd.url);
    using folder = tempFolder();
    const env = {
      ...boilerFolders(folder.path),
      VOORZORG_STORE: "influx1",
      VOORZORG_INFLUX_URL: proxy.url,
      VOORZORG_INFLUX_DATABASE: database,
    };
    const script = new DeviceScript("b1");
    const send = async (gateway: GatewayProcess, from: number) => {
      const client = await connectAsync(gateway.addresses.mqtt, {
        clientId: "b1",
        username: "b1",
        reconnectPeriod: 0,
      });
      await Promise.all(
        samples(script, from, 200).map((record) =>
          client.publishAsync("vz1/boiler/b1/tele", Buffer.from(record.payload), { qos: 1 }),
        ),
      );
      await client.endAsync(true);
    };
    const dataDir = `${folder.path}/data`;
    {
      await using gateway = await GatewayProcess.start(env, dataDir);
      await send(gateway, 0);
      await eventually(
        () => influxd.count(database, "temp"),
        (count) => count === 200,
      );
      await proxy.set({ kind: "lose_answer" });
      await send(gateway, 200);
      await proxy.hasMet("lose_answer", 1);
      await gateway.stop("SIGKILL");
    }
    await proxy.set({ kind: "none" });
    await using again = await GatewayProcess.start(env, dataDir);
    await send(again, 400);
    await eventually(
      () => influxd.count(database, "temp"),
      (count) => count === 600,
    );
  });
});

describe("samples older than those that are kept here", () => {
  test("come from InfluxDB; without it the answer holds the recent ones and says what is missing", async () => {
    await using server = await Influx2Server.start();
    const { org, bucket, token } = server;
    await using proxy = await FaultProxy.start(server.url);
    const now = Date.now();
    const store = { kind: "influx2", url: proxy.url, org, bucket, token } as const;
    {
      await using earlier = createRemoteStore(store);
      const at = now - 20 * DAY_MS;
      await earlier.write([{ product: "boiler", device: "b1", at, values: { temp: 41 } }]);
    }
    await using app = await RunningApp.start({ store, config: { clock: "live" } });
    await using device = await TestDevice.connectDeaf(app, "b1");
    await device.send(new DeviceScript("b1").tele(now, { temp: 42 }));
    const path = `/api/devices/b1/series?signal=temp&from=${new Date(now - 21 * DAY_MS).toISOString()}`;
    const whole = await app.eventually<Series>(path, ({ items }) => items?.length === 2);
    expect(whole.items.map((item) => item.value)).toEqual([41, 42]);
    expect(whole.missing).toBeNull();
    await proxy.set({ kind: "refuse" });
    const recent = await app.get<Series>(path);
    expect(recent.items.map((item) => item.value)).toEqual([42]);
    expect(recent.missing).toContain(proxy.url);
  });
});

describe("when InfluxDB refuses", () => {
  test("the token, sending pauses, health asks for a person, and nothing is thrown away", async () => {
    await using server = await Influx2Server.start();
    const { url, org, bucket, token } = server;
    await using app = await RunningApp.start({
      store: { kind: "influx2", url, org, bucket, token },
    });
    const script = new DeviceScript("b1");
    await using device = await TestDevice.connectDeaf(app, "b1");
    await device.send(...samples(script, 0, 50));
    await eventually(
      async () => samplesIn(server),
      (size) => size === 50,
    );

    server.changeToken("of-somebody-else");
    await device.send(...samples(script, 50, 250));
    const { reasons } = await eventually(
      () => app.get<Health>(HEALTH),
      (health) => health.status === "degraded",
    );
    expect(reasons.join()).toContain("401");
    expect(reasons.join()).toContain("influxToken");
    expect(reasons.join()).not.toContain(token);
    expect(samplesIn(server)).toBe(50);
    expect(await app.get<Quarantine>("/api/quarantine")).toMatchObject({ items: [] });
    await app.eventually<Series>(seriesOf("b1"), ({ items }) => items.length === 300);

    server.changeToken(token);
    await eventually(
      async () => samplesIn(server),
      (size) => size === 300,
    );
    await eventually(
      () => app.get<Health>(HEALTH),
      (health) => health.status === "ok",
    );
  });

  test("one sample for its age, this one is in quarantine and all others arrive", async () => {
    const database = `outage_${++databases}`;
    const hours = Math.ceil((Date.now() - START) / 3_600_000) + 24;
    await influxd.createDatabase(database, `${hours}h`);
    await using app = await RunningApp.start({
      store: { kind: "influx1", url: influxd.url, database },
    });
    const script = new DeviceScript("b1");
    await using device = await TestDevice.connectDeaf(app, "b1");
    await device.send(...samples(script, 0, 30));
    const old = script.hist(START - 400 * DAY_MS, { temp: 77, cups: 3 }, START + 30_000);
    await device.send(old, ...samples(script, 30, 30));
    await eventually(
      () => influxd.count(database, "temp"),
      (count) => count === 60,
    );
    const { items } = await eventually(
      () => app.get<Quarantine>("/api/quarantine"),
      (found) => found.items.length > 0,
    );
    expect(items).toHaveLength(1);
    expect(items[0]?.code).toBe("store_rejected");
    expect(items[0]?.reason).toContain("retention policy");
    expect(items[0]?.payload).toContain("77");
    expect(await app.get<Health>(HEALTH)).toMatchObject({ status: "ok" });
  });
});
