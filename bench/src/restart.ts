import { mkdir, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { monotonicMs, Random, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import { RawDevice } from "./devices/raw-device.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { LoadProcess } from "./load-process.ts";
import { residentBytes } from "./memory-probe.ts";
import { appendAll, RESTART_PRODUCT, restartDevice } from "./restart-journal.ts";
import { savedOffset, startParts } from "./restart-parts.ts";
import { median, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";
import { caughtUp } from "./throughput.ts";

const AIM_SECONDS = 5;
/** The first start decides the whole journal. */
const READY_WITHIN_MS = 1_800_000;
const MARK = "bench-restart.json";
const ACKNOWLEDGED_WITHIN_MS = 60_000;
/** Traffic before each kill, so that there is a journal after the newest snapshot. */
const LOAD = { connections: 50, rate: 2_000, seconds: 7 } as const;

type Options = Readonly<Record<"devices" | "messages" | "repeats" | "seed", number>>;

export const restartBench = defineBench({
  name: "restart",
  summary: "kill -9 with the state of a large fleet: seconds until ready, and until a first PUBACK",
  options: {
    devices: { default: 100_000, min: 100, max: 1e6, help: "devices whose state is there" },
    messages: { default: 6, min: 1, max: 1_000, help: "messages of each before" },
    repeats: { default: 3, min: 1, max: 20, help: "kills; the median counts" },
    seed: { default: 1, min: 0, max: 1e9, help: "of ports" },
  },
  texts: { work: "folder in which the prepared state is kept for the next time" },
  async run(options, context, texts): Promise<BenchResult> {
    await using temp = await TempDir.create("voorzorg-restart-");
    const dataDir = join(
      texts.work === undefined ? temp.path : resolve(texts.work),
      `restart-${options.devices}-${options.messages}`,
    );
    await prepare(dataDir, options, context);
    const mqttPort = await freePort(new Random(options.seed));
    const rounds: Awaited<ReturnType<typeof killAndStart>>[] = [];
    for (let round = 1; round <= options.repeats; round += 1) {
      const took = await killAndStart({
        dataDir,
        mqttPort,
        jsonFile: temp.sub("load.json"),
        context,
      });
      rounds.push(took);
      context.out(
        `round ${round} of ${options.repeats}: ready after ${took.secondsToReady} s, a message acknowledged after ${took.secondsToPuback} s, ${took.recordsReplayed} records replayed`,
      );
    }
    const middle = (key: keyof (typeof rounds)[number]) =>
      rounded(median(rounds.map((r) => r[key])), 2);
    const secondsToPuback = middle("secondsToPuback");
    const figures = {
      devices: options.devices,
      secondsToReady: middle("secondsToReady"),
      secondsToPuback,
      cpuSeconds: middle("cpuSeconds"),
      residentMb: middle("residentMb"),
      recordsReplayed: middle("recordsReplayed"),
      parts: await startParts(dataDir, context.cpuMs),
      aimSeconds: AIM_SECONDS,
      aimMet: secondsToPuback <= AIM_SECONDS,
    };
    return { figures, ok: true };
  },
});

/** The state of a fleet, decided by a gateway from a journal that was written beforehand. */
async function prepare(dataDir: string, options: Options, context: BenchContext): Promise<void> {
  if (await stat(join(dataDir, MARK)).catch(() => undefined)) {
    context.out(`using the state in ${dataDir}`);
    return;
  }
  await mkdir(dataDir, { recursive: true });
  context.out(`preparing the state of ${options.devices} devices; --work DIR keeps it`);
  // The first start writes the rules that are in force into the journal.
  await (await GatewayProcess.start({ ...context, dataDir })).stop();
  const fleet = { ...options, everyMs: 60_000, untilMs: wallNowMs() - 60_000 };
  appendAll(dataDir, fleet, (count) => context.out(`${count} records written`));
  context.out("a gateway decides them");
  const gateway = await GatewayProcess.start({
    ...context,
    dataDir,
    readyWithinMs: READY_WITHIN_MS,
  });
  await caughtUp(gateway, context.signal);
  const last = await gateway.status(`/api/devices/${restartDevice(options.devices - 1)}`);
  await gateway.stop();
  if (last !== 200)
    throw new BenchError("the gateway did not take over the devices of the journal");
  await writeFile(join(dataDir, MARK), `${JSON.stringify(options)}\n`);
}

interface Site {
  readonly dataDir: string;
  readonly mqttPort: number;
  readonly jsonFile: string;
  readonly context: BenchContext;
}

async function killAndStart({ dataDir, mqttPort, jsonFile, context }: Site) {
  const start = { ...context, dataDir, mqttPort, readyWithinMs: READY_WITHIN_MS };
  await using before = await GatewayProcess.start(start);
  await using load = new LoadProcess(context, { mqttUrl: before.mqttUrl, jsonFile, options: LOAD });
  await load.result();
  const { newest } = (await before.http.health()).journal;
  await before.kill();
  const recordsReplayed = newest - savedOffset(dataDir);

  const startedMs = monotonicMs();
  await using gateway = await GatewayProcess.start(start);
  const endMs = startedMs + READY_WITHIN_MS;
  while ((await gateway.status("/api/ready")) !== 200) {
    if (monotonicMs() > endMs) throw new BenchError("the gateway does not get ready");
    await sleepMs(10);
  }
  const readyMs = monotonicMs();
  await firstPuback(mqttPort);
  const ackedMs = monotonicMs();
  const figures = {
    secondsToReady: rounded((readyMs - startedMs) / 1_000, 2),
    secondsToPuback: rounded((ackedMs - startedMs) / 1_000, 2),
    cpuSeconds: await cpuSeconds(gateway.pid),
    residentMb: Math.round((await residentBytes(gateway.pid)) / 1e6),
    recordsReplayed,
  };
  await gateway.stop();
  return figures;
}

async function firstPuback(port: number): Promise<void> {
  const device = new RawDevice({
    host: "127.0.0.1",
    port,
    localAddress: undefined,
    product: RESTART_PRODUCT,
    device: restartDevice(0),
    password: undefined,
    boot: wallNowMs() % 2 ** 31,
    random: new Random(1),
  });
  await device.open();
  device.greet();
  const endMs = monotonicMs() + ACKNOWLEDGED_WITHIN_MS;
  while (device.acknowledgedAtMs === 0) {
    if (monotonicMs() > endMs) throw new BenchError("no message of a known device is acknowledged");
    await sleepMs(2);
  }
  device.close();
}
