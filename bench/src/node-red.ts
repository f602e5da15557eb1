import { resolve } from "node:path";
import { monotonicMs, Random, sleepMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { InfluxdProcess } from "./influxd-process.ts";
import { SHIPPED_RULES, writeRules } from "./limit-rules.ts";
import { LoadProcess } from "./load-process.ts";
import type { Writes } from "./node-red/flow.ts";
import { installNodeRed, NODE_RED_NAME, NodeRedProcess } from "./node-red/node-red-process.ts";
import { median, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";
import { gatewayThroughput } from "./throughput.ts";

const AIM_RATIO = 25;
const WARM_UP_SECONDS = 2;
const CATCH_UP_WITHIN_MS = 600_000;
const STALLED_MS = 30_000;
const MEASUREMENT = "espresso-pro";
const FIELD = "boiler_temp";

type Options = Readonly<
  Record<"connections" | "seconds" | "repeats" | "size" | "rules" | "seed", number>
>;

interface Figure {
  readonly msgPerSecond: number;
  readonly cpuSecondsPerMillion: number;
}

export const nodeRedBench = defineBench({
  name: "nodered",
  summary: "messages per second through rules and into InfluxDB, beside the same work in Node-RED",
  options: {
    connections: { default: 50, min: 1, max: 2_000, help: "devices that publish at once" },
    seconds: { default: 8, min: 1, max: 600, help: "length of one run" },
    repeats: { default: 3, min: 1, max: 50, help: "runs of each, in turns; medians count" },
    size: { default: 250, min: 100, max: 65_536, help: "bytes of a payload, some 8 readings" },
    rules: { default: 20, min: SHIPPED_RULES, max: 300, help: "rules, and limits in the function" },
    seed: { default: 1, min: 0, max: 1e9, help: "of ports" },
  },
  texts: {
    work: "folder in which Node-RED is kept for the next time",
    store: "of the gateway: influx1 (the same InfluxDB, as is the default) or embedded",
  },
  async run(options, context, texts): Promise<BenchResult> {
    await using stack = new AsyncDisposableStack();
    const dir = stack.use(await TempDir.create("voorzorg-nodered-"));
    const folder = texts.work === undefined ? dir.sub("node-red") : resolve(texts.work, "node-red");
    await installNodeRed(folder, context);
    const random = new Random(options.seed);
    const ports = { http: await freePort(random), rpc: await freePort(random) };
    const { env } = context;
    const shared = { context, options, jsonFile: dir.sub("load.json") };
    const influxd = stack.use(
      await InfluxdProcess.start({ folder: dir.sub("influx"), ports, env }),
    );
    const store = readStore(texts.store);
    await influxd.createDatabase("voorzorg");
    const startPeer = async (writes: Writes): Promise<Peer> => {
      await influxd.createDatabase(writes);
      const nodeRed = await NodeRedProcess.start(
        {
          folder,
          userDir: dir.sub(writes),
          httpPort: await freePort(random),
          mqttPort: await freePort(random),
          influxPort: influxd.port,
          database: writes,
          limits: options.rules,
          writes,
        },
        context,
      );
      return { ...shared, nodeRed: stack.use(nodeRed), influxd, database: writes };
    };
    const each = await startPeer("each");
    const batch = await startPeer("batch");
    const rulesDir = await writeRules(dir.sub("rules"), options.rules - SHIPPED_RULES);
    const settings: Record<string, string> =
      store === "embedded"
        ? {}
        : {
            VOORZORG_STORE: "influx1",
            VOORZORG_INFLUX_URL: influxd.url,
            VOORZORG_INFLUX_DATABASE: "voorzorg",
          };
    const gateway = stack.use(
      await GatewayProcess.start({ ...context, dataDir: dir.sub("data"), rulesDir, settings }),
    );
    const rounds = await inTurns({ ...shared, gateway }, each, batch);
    await gateway.stop();
    return { figures: { ...summary(rounds), store, influxdb: influxd.name }, ok: true };
  },
});

function readStore(text: string | undefined): "embedded" | "influx1" {
  if (text === undefined || text === "influx1") return "influx1";
  if (text === "embedded") return "embedded";
  throw new BenchError(`--store is "${text}"; it must be influx1 or embedded`);
}

interface Ours {
  readonly context: BenchContext;
  readonly options: Options;
  readonly jsonFile: string;
  readonly gateway: GatewayProcess;
}

interface Peer {
  readonly context: BenchContext;
  readonly options: Options;
  readonly jsonFile: string;
  readonly nodeRed: NodeRedProcess;
  readonly influxd: InfluxdProcess;
  readonly database: string;
}

const loadOptions = ({ connections, size, seed }: Options, seconds: number) => ({
  connections,
  size,
  seed,
  seconds,
  rate: "max",
  qos: 1,
});

async function inTurns(ours: Ours, each: Peer, batch: Peer) {
  const { context, options } = ours;
  const { seconds } = options;
  context.out(`warming up, ${WARM_UP_SECONDS} s each`);
  await measureGateway(ours, WARM_UP_SECONDS);
  for (const peer of [each, batch]) await measureNodeRed(peer, WARM_UP_SECONDS);
  const rounds: { readonly gateway: Figure; readonly each: Figure; readonly batch: Figure }[] = [];
  const repeats = Math.round(options.repeats);
  for (let round = 1; round <= repeats; round += 1) {
    const figures = {
      gateway: await measureGateway(ours, seconds),
      each: await measureNodeRed(each, seconds),
      batch: await measureNodeRed(batch, seconds),
    };
    rounds.push(figures);
    context.out(
      `round ${round} of ${repeats}, messages/s: gateway ${figures.gateway.msgPerSecond}, Node-RED ${figures.each.msgPerSecond}, with writes gathered by own code ${figures.batch.msgPerSecond}`,
    );
  }
  return rounds;
}

function measureGateway({ context, options, jsonFile, gateway }: Ours, seconds: number) {
  return gatewayThroughput(gateway, { jsonFile, options: loadOptions(options, seconds) }, context);
}

/** It acknowledges before it works: the clock runs until every acknowledged message is a point in InfluxDB. */
async function measureNodeRed(peer: Peer, seconds: number): Promise<Figure> {
  const { context, options, jsonFile, nodeRed, influxd, database } = peer;
  const stored = () => influxd.count(database, MEASUREMENT, FIELD);
  const before = await stored();
  const cpuBefore = await cpuSeconds(nodeRed.pid);
  const load = { mqttUrl: nodeRed.mqttUrl, jsonFile, options: loadOptions(options, seconds) };
  await using running = new LoadProcess(context, load);
  const result = await running.result();
  const drainedMs = monotonicMs();
  await untilStored(before + result.acked, stored, context.signal);
  const total = result.seconds + (monotonicMs() - drainedMs) / 1_000;
  const cpu = (await cpuSeconds(nodeRed.pid)) - cpuBefore;
  return {
    msgPerSecond: Math.round(result.acked / total),
    cpuSecondsPerMillion: (cpu / result.acked) * 1e6,
  };
}

async function untilStored(wanted: number, stored: () => Promise<number>, signal: AbortSignal) {
  const endMs = monotonicMs() + CATCH_UP_WITHIN_MS;
  let count = await stored();
  let movedMs = monotonicMs();
  while (count < wanted) {
    signal.throwIfAborted();
    await sleepMs(100);
    const now = await stored();
    if (now > count) movedMs = monotonicMs();
    count = now;
    if (monotonicMs() > endMs || monotonicMs() - movedMs > STALLED_MS) {
      throw new BenchError(
        `Node-RED has stored ${count} of ${wanted} acknowledged messages and does not go on`,
      );
    }
  }
}

function summary(rounds: Awaited<ReturnType<typeof inTurns>>) {
  const middle = (who: "gateway" | "each" | "batch", key: keyof Figure) =>
    median(rounds.map((round) => round[who][key]));
  const rate = (who: "gateway" | "each" | "batch") => Math.round(middle(who, "msgPerSecond"));
  const cpu = (who: "gateway" | "each" | "batch") =>
    rounded(middle(who, "cpuSecondsPerMillion"), 1);
  const ratio = rounded(rate("gateway") / rate("each"), 1);
  return {
    msgPerSecond: rate("gateway"),
    peer: NODE_RED_NAME,
    peerMsgPerSecond: rate("each"),
    ratio,
    batchedPeerMsgPerSecond: rate("batch"),
    batchedRatio: rounded(rate("gateway") / rate("batch"), 1),
    aimRatio: AIM_RATIO,
    aimMet: ratio >= AIM_RATIO,
    cpuSecondsPerMillion: cpu("gateway"),
    peerCpuSecondsPerMillion: cpu("each"),
    batchedPeerCpuSecondsPerMillion: cpu("batch"),
  };
}
