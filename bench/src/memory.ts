import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random, sleepMs, untilQuiet } from "@voorzorg/device-sim";
import { AedesProcess } from "./aedes-process.ts";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { DeviceProcesses } from "./devices/device-processes.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import type { ProcessMemory } from "./memory-probe.ts";
import { probe, probeEnvironment, residentBytes } from "./memory-probe.ts";
import { MosquittoProcess } from "./mosquitto-process.ts";
import { mostConnections, tooFewFiles } from "./open-files.ts";
import { rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

const SIZES = "10000,20000,50000";
const AT_ONCE = 100;
const OPENS_WITHIN_MS = 300_000;
/** More than these must be allowed in the gateway's configuration. */
const DEFAULT_CONNECTIONS = 20_000;
/** Buffers and timers of the handshake are let go of by then. */
const SETTLE_MS = 3_000;
const AIM_BYTES = 25 * 1_024;

/** Resident bytes per connection, and of them what the garbage collector knows of. */
interface Cost {
  readonly bytesPerConnection: number;
  readonly heapBytesPerConnection?: number;
}

export const memoryBench = defineBench({
  name: "memory",
  summary:
    "bytes per idle connected device beside bare aedes and mosquitto, and of state per device",
  options: {
    seed: { default: 1, min: 0, max: 1e9, help: "of ports" },
  },
  texts: {
    sizes: `numbers of connections (${SIZES}); what the machine does not allow is left out`,
  },
  async run(options, context, texts): Promise<BenchResult> {
    const most = await mostConnections();
    const sizes = readSizes(texts.sizes ?? SIZES);
    const possible = sizes.filter((size) => size <= most);
    const leftOut = sizes.filter((size) => size > most).map((size) => tooFewFiles(size, most));
    for (const reason of leftOut) context.out(`left out: ${reason}`);
    if (possible.length === 0) throw new BenchError(leftOut.join("\n"));
    const rows: Awaited<ReturnType<typeof measure>>[] = [];
    for (const size of possible) rows.push(await measure(size, options.seed, context));
    const worst = Math.max(...rows.map((row) => row.gateway.bytesPerConnection));
    const figures = { aimBytesPerConnection: AIM_BYTES, aimMet: worst <= AIM_BYTES, rows, leftOut };
    return { figures, ok: true };
  },
});

/** @throws BenchError that names what is no number of connections. */
export function readSizes(text: string): readonly number[] {
  return text.split(",").map((part) => {
    const size = Number(part);
    if (Number.isInteger(size) && size >= 100 && size <= 1e6) return size;
    throw new BenchError(
      `--sizes has "${part}"; it must be numbers of connections from 100 to 1000000 with commas`,
    );
  });
}

async function measure(size: number, seed: number, context: BenchContext) {
  await using dir = await TempDir.create("voorzorg-memory-");
  const random = new Random(seed);
  const file = dir.sub("memory.json");
  const env = { ...context.env, ...probeEnvironment(file) };

  const gateway = await measureGateway({ size, seed, dir: dir.path, file, context });
  let peer: { readonly name: string; readonly cost: Cost };
  {
    await using aedes = await AedesProcess.start({ ...context, env });
    const read = () => probe(() => aedes.signal("SIGUSR2"), file);
    const target = { mqttUrl: aedes.mqttUrl, pid: aedes.pid, size, seed };
    peer = { name: aedes.name, cost: (await idleCost(target, context, read)).cost };
  }
  const port = await freePort(random);
  await using mosquitto = await MosquittoProcess.start({
    directory: dir.path,
    port,
    env: context.env,
  });
  const target = { mqttUrl: mosquitto.mqttUrl, pid: mosquitto.pid, size, seed };
  const inC = await idleCost(target, context, undefined);

  const row = {
    connections: size,
    gateway: gateway.cost,
    peer: peer.name,
    peerCost: peer.cost,
    ratio: rounded(gateway.cost.bytesPerConnection / peer.cost.bytesPerConnection, 2),
    second: mosquitto.name,
    secondBytesPerConnection: inC.cost.bytesPerConnection,
    stateInMemoryPerDevice: gateway.stateInMemoryPerDevice,
    stateOnDiskPerDevice: gateway.stateOnDiskPerDevice,
    gatewayResidentMb: gateway.residentMb,
  };
  context.out(
    `${size} connections: gateway ${row.gateway.bytesPerConnection} bytes each, ${peer.name} ${peer.cost.bytesPerConnection}, ${mosquitto.name} ${inC.cost.bytesPerConnection}; state ${row.stateInMemoryPerDevice} bytes per device in memory`,
  );
  return row;
}

interface Target {
  readonly mqttUrl: string;
  readonly pid: number;
  readonly size: number;
  readonly seed: number;
}

/** Connects everything and says what that cost; the devices stay for `then`. */
async function idleCost<T>(
  target: Target,
  context: BenchContext,
  read: (() => Promise<ProcessMemory>) | undefined,
  then?: (devices: DeviceProcesses) => Promise<T>,
) {
  const { mqttUrl, pid, size, seed } = target;
  const look = async () => {
    await sleepMs(SETTLE_MS);
    const memory = await read?.();
    return { memory, rss: await residentBytes(pid) };
  };
  const before = await look();
  const ids = Array.from(
    { length: size },
    (_, index) => `idle-${String(index + 1).padStart(6, "0")}`,
  );
  await using devices = new DeviceProcesses(
    {
      mqttUrl,
      product: "espresso-pro",
      devices: ids.map((id) => ({ id, password: undefined })),
      atOnce: AT_ONCE,
      seed,
    },
    context,
  );
  await devices.until(
    ({ connected }) => connected === size,
    OPENS_WITHIN_MS,
    `connecting to ${mqttUrl}`,
  );
  const after = await look();
  const heap = heapOf(after.memory) - heapOf(before.memory);
  const cost: Cost = {
    bytesPerConnection: Math.round((after.rss - before.rss) / size),
    ...(read === undefined ? {} : { heapBytesPerConnection: Math.round(heap / size) }),
  };
  return { cost, after, result: await then?.(devices) };
}

const heapOf = (memory: ProcessMemory | undefined): number =>
  memory === undefined
    ? 0
    : [memory.main, ...memory.threads].reduce((sum, t) => sum + t.heapUsed + t.external, 0);

interface GatewayCase {
  readonly size: number;
  readonly seed: number;
  readonly dir: string;
  readonly file: string;
  readonly context: BenchContext;
}

async function measureGateway({ size, seed, dir, file, context }: GatewayCase) {
  const dataDir = join(dir, "data");
  await mkdir(dataDir);
  const config = join(dir, "gateway.yaml");
  const more = size > DEFAULT_CONNECTIONS ? `maxConnections: ${size + 1_000}\n` : "";
  await writeFile(config, more);
  await using gateway = await GatewayProcess.start({
    ...context,
    env: { ...context.env, ...probeEnvironment(file) },
    settings: { VOORZORG_CONFIG: config },
    dataDir,
  });
  const read = () => probe(() => gateway.signal("SIGUSR2"), file);
  const target = { mqttUrl: gateway.mqttUrl, pid: gateway.pid, size, seed };
  const { cost, after, result } = await idleCost(target, context, read, async (devices) => {
    // With its first message a device is registered, and all its rules begin to remember.
    devices.tell({ kind: "greet" });
    await devices.until((s) => s.acknowledged === size, OPENS_WITHIN_MS, "first messages");
    await untilQuiet(gateway.http, OPENS_WITHIN_MS);
    await sleepMs(SETTLE_MS * 2);
    return { memory: await read(), rss: await residentBytes(gateway.pid) };
  });
  if (result === undefined) throw new BenchError("the devices were not told to send");
  const files = ["state.db", "state.db-wal"].map((name) => stat(join(dataDir, name)));
  const state = (await Promise.all(files)).reduce((sum, { size: bytes }) => sum + bytes, 0);
  await gateway.kill();
  return {
    cost,
    stateInMemoryPerDevice: Math.round((heapOf(result.memory) - heapOf(after.memory)) / size),
    stateOnDiskPerDevice: Math.round(state / size),
    residentMb: Math.round(result.rss / 1e6),
  };
}
