import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { every, monotonicMs, Random, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { InfluxdProcess } from "./influxd-process.ts";
import { OutageFleet } from "./outage-fleet.ts";
import { rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

const DATABASE = "telemetry";
const PRODUCT = "espresso-pro";
const HOUR_MS = 3_600_000;
/** What 2,000 devices send that report once a second. */
const FLEET_PER_SECOND = 2_000;
const MB = 1024 ** 2;
const CATCH_UP_WITHIN_MS = 30 * 60_000;

interface Health {
  readonly status: string;
  readonly reasons: readonly string[];
}

interface Store {
  readonly folder: string;
  readonly ports: { readonly http: number; readonly rpc: number };
  readonly env: BenchContext["env"];
}

/** An hour of a fleet's messages while InfluxDB is away; then it is back and every one is counted in it. */
export const outageBench = defineBench({
  name: "outage",
  summary: "an hour of messages while InfluxDB is away; all of them are in it afterwards",
  options: {
    messages: { default: 360_000, min: 1_000, max: 1e8, help: "7,200,000 = 2,000 a second" },
    devices: { default: 200, min: 1, max: 5_000, help: "that send them" },
    seed: { default: 1, min: 0, max: 1e9, help: "of ports" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-outage-");
    const random = new Random(options.seed);
    const ports = { http: await freePort(random), rpc: await freePort(random) };
    const store: Store = { folder: dir.sub("influx"), ports, env: context.env };
    {
      await using influxd = await InfluxdProcess.start(store);
      await influxd.createDatabase(DATABASE);
      context.out(`${influxd.name} has an empty database and goes away`);
    }
    const dataDir = dir.sub("data");
    await using gateway = await GatewayProcess.start({
      ...context,
      dataDir,
      settings: {
        VOORZORG_CLOCK: "event",
        VOORZORG_STORE: "influx1",
        VOORZORG_INFLUX_URL: `http://127.0.0.1:${ports.http}`,
        VOORZORG_INFLUX_DATABASE: DATABASE,
      },
    });
    using memory = new Memory(gateway.pid);
    const outage = await away(context, { gateway, memory, ...options });
    const journalMb = rounded((await folderBytes(join(dataDir, "journal"))) / MB, 0);
    context.out(`all acknowledged, the journal has ${journalMb} MB; InfluxDB comes back`);
    await using influxd = await InfluxdProcess.start(store);
    const back = await caughtUp(context, { influxd, messages: outage.acked });
    await gateway.stop();
    const lostMessages = outage.acked - back.inStore;
    const figures = {
      ...outage,
      journalMb,
      ...back,
      ...memory.figures(),
      timesTheFleetsRate: rounded(back.catchUpPerSecond / FLEET_PER_SECOND, 1),
      lostMessages,
    };
    return { figures, ok: lostMessages === 0 && outage.readOk && outage.degraded };
  },
});

async function away(
  context: BenchContext,
  parts: {
    readonly gateway: GatewayProcess;
    readonly memory: Memory;
    readonly messages: number;
    readonly devices: number;
  },
) {
  const { gateway, memory } = parts;
  const devices = Math.round(parts.devices);
  const messages = Math.ceil(parts.messages / devices);
  const stepMs = Math.max(1, Math.floor(HOUR_MS / messages));
  const { mqttUrl } = gateway;
  const from = wallNowMs() - HOUR_MS;
  const fleet = new OutageFleet({ mqttUrl, devices, messages, from, stepMs });
  await memory.note("start");
  const startedMs = monotonicMs();
  using _progress = every(10_000, () =>
    context.out(`  ${fleet.acked} acknowledged, ${memory.nowMb} MB of memory`),
  );
  const tenth = devices * messages * 0.1;
  const noted = (async () => {
    while (fleet.acked < tenth) await sleepMs(20);
    await memory.note("tenth");
  })();
  await fleet.run(context.signal);
  await noted;
  const seconds = (monotonicMs() - startedMs) / 1_000;
  await memory.note("loaded");
  const seen = await whileAway(gateway, { from, to: from + messages * stepMs });
  const acked = fleet.acked;
  return {
    acked,
    seconds: rounded(seconds, 1),
    msgPerSecond: Math.round(acked / seconds),
    ...seen,
  };
}

/** Reads answer from what is here, and health says what is wrong. */
async function whileAway(
  gateway: GatewayProcess,
  range: { readonly from: number; readonly to: number },
) {
  const [from, to] = [range.from, range.to].map((at) => new Date(at).toISOString());
  const path = `/api/devices/outage-0/series?signal=boiler_temp&from=${from}&to=${to}&points=500`;
  const endMs = monotonicMs() + CATCH_UP_WITHIN_MS;
  // The local store may still be writing what was just acknowledged.
  for (;;) {
    const { items } = await gateway.json<{ readonly items: readonly unknown[] }>(path);
    const { status, reasons } = await gateway.json<Health>("/api/health");
    const readOk = items.length > 10;
    const degraded = status === "degraded" && reasons.join().includes("InfluxDB");
    if ((readOk && degraded) || monotonicMs() > endMs) return { readOk, degraded };
    await sleepMs(100);
  }
}

async function caughtUp(
  context: BenchContext,
  parts: { readonly influxd: InfluxdProcess; readonly messages: number },
) {
  const { influxd, messages } = parts;
  const startedMs = monotonicMs();
  let inStore = 0;
  let before = { inStore: 0, atMs: startedMs };
  for (;;) {
    context.signal.throwIfAborted();
    inStore = await influxd.count(DATABASE, PRODUCT, "boiler_temp");
    if (inStore >= messages || monotonicMs() - startedMs > CATCH_UP_WITHIN_MS) break;
    const now = monotonicMs();
    if (now - before.atMs > 10_000) {
      const rate = Math.round(((inStore - before.inStore) * 1_000) / (now - before.atMs));
      context.out(`  ${inStore} of ${messages} are in ${influxd.name}, ${rate} a second`);
      before = { inStore, atMs: now };
    }
    // Counting costs the server time that it needs for writing.
    await sleepMs(Math.min(2_000, 100 + messages / 2_000));
  }
  const catchUpSeconds = (monotonicMs() - startedMs) / 1_000;
  return {
    inStore,
    catchUpSeconds: rounded(catchUpSeconds, 1),
    catchUpPerSecond: Math.round(inStore / catchUpSeconds),
  };
}

/** Resident memory of a process, seen every quarter of a second. */
class Memory implements Disposable {
  readonly #pid: number;
  readonly #timer: Disposable;
  readonly #noted = new Map<string, number>();
  #max = 0;
  nowMb = 0;

  constructor(pid: number) {
    this.#pid = pid;
    this.#timer = every(250, () => {
      // The process may be gone by now: the last figure stays.
      this.#look().catch(() => undefined);
    });
  }

  async note(when: string): Promise<void> {
    await this.#look();
    this.#noted.set(when, this.nowMb);
  }

  figures() {
    return { rssMb: { ...Object.fromEntries(this.#noted), max: this.#max } };
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    const status = await readFile(`/proc/${this.#pid}/status`, "utf8");
    const kb = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kb === undefined) throw new BenchError("the memory of the gateway cannot be read");
    this.nowMb = Math.round(Number(kb) / 1024);
    this.#max = Math.max(this.#max, this.nowMb);
  }
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(
    // A segment may be sealed or trimmed between the two looks.
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
