import { writeFile } from "node:fs/promises";
import { monotonicMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import type { HotSpot } from "./cpu-profile.ts";
import { profiled } from "./cpu-profile.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { mostConnections, tooFewFiles } from "./open-files.ts";
import type { Stage } from "./scale-pipeline.ts";
import { ScalePipeline, STAGES } from "./scale-pipeline.ts";
import { scaleReport } from "./scale-report.ts";
import { rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";
import { gatewayThroughput } from "./throughput.ts";

const DEVICES = [1_000, 10_000, 100_000];
const RULES = [10, 100, 300];
const USUAL = { devices: 1_000, rules: 20 } as const;
/** Devices that may all be connected to one process. */
const CONNECTED = [1_000, 10_000];
const HOT_SPOTS = 5;
const WARM_UP_SECONDS = 2;

export interface ScalePoint {
  readonly devices: number;
  readonly rules: number;
  /** CPU time per message of each stage. */
  readonly microseconds: Readonly<Record<Stage, number>>;
  /** When each stage has a core: what the slowest lets through. */
  readonly msgPerSecond: number;
  /** When all share one core. */
  readonly msgPerCoreSecond: number;
  readonly slowest: Stage;
  readonly hot: readonly HotSpot[];
}

export const scaleBench = defineBench({
  name: "scale",
  summary: "throughput by number of devices and by number of rules, per stage, with a CPU profile",
  options: {
    seconds: { default: 5, min: 0.5, max: 600, help: "measured time per point" },
    seed: { default: 1, min: 0, max: 1e9, help: "of the load" },
  },
  texts: { report: "file for a page with the charts (HTML)" },
  async run(options, context, texts): Promise<BenchResult> {
    const devices: ScalePoint[] = [];
    for (const count of DEVICES) {
      devices.push(await measure({ ...USUAL, devices: count }, options.seconds, context));
    }
    const rules: ScalePoint[] = [];
    for (const count of RULES) {
      rules.push(await measure({ ...USUAL, rules: count }, options.seconds, context));
    }
    const { connected, leftOut } = await withBroker(options, context);
    for (const line of asciiTable("devices", devices)) context.out(line);
    for (const line of asciiTable("rules", rules)) context.out(line);
    if (texts.report !== undefined) await writeFile(texts.report, page(devices, rules));
    return { figures: { devices, rules, connected, leftOut }, ok: true };
  },
});

const page = (devices: readonly ScalePoint[], rules: readonly ScalePoint[]): string =>
  scaleReport([
    {
      title: `By devices, ${USUAL.rules} rules`,
      axis: "devices",
      points: devices,
      x: (point) => point.devices,
    },
    {
      title: `By rules, ${USUAL.devices} devices`,
      axis: "rules",
      points: rules,
      x: (point) => point.rules,
    },
  ]);

async function measure(
  size: { readonly devices: number; readonly rules: number },
  seconds: number,
  context: BenchContext,
): Promise<ScalePoint> {
  await using dir = await TempDir.create("voorzorg-scale-");
  const cpuMs: Record<Stage, number> = { journal: 0, decide: 0, series: 0 };
  const spent = async (stage: Stage, work: () => void | Promise<void>): Promise<void> => {
    const before = context.cpuMs();
    await work();
    cpuMs[stage] += context.cpuMs() - before;
  };
  using pipeline = new ScalePipeline({ folder: dir.path, devices: size.devices, spent });
  await pipeline.prepare(size.rules);
  for (const stage of STAGES) cpuMs[stage] = 0;
  const { value: messages, hot } = await profiled(async () => {
    const endMs = monotonicMs() + seconds * 1_000;
    let count = 0;
    while (monotonicMs() < endMs) {
      context.signal.throwIfAborted();
      count += await pipeline.step();
    }
    return count;
  }, HOT_SPOTS);
  const point = pointOf(size, cpuMs, messages);
  context.out(
    `${size.devices} devices, ${size.rules} rules: ${point.msgPerSecond} messages/s, ${point.slowest} is the slowest`,
  );
  return { ...point, hot };
}

/** What the CPU times of the stages mean for the rate. */
export function pointOf(
  size: { readonly devices: number; readonly rules: number },
  cpuMs: Readonly<Record<Stage, number>>,
  messages: number,
): Omit<ScalePoint, "hot"> {
  const each = (stage: Stage) => (cpuMs[stage] * 1_000) / messages;
  const slowest = STAGES.reduce((a, b) => (each(b) > each(a) ? b : a));
  const all = STAGES.reduce((sum, stage) => sum + each(stage), 0);
  return {
    ...size,
    microseconds: {
      journal: rounded(each("journal"), 2),
      decide: rounded(each("decide"), 2),
      series: rounded(each("series"), 2),
    },
    msgPerSecond: Math.round(1e6 / each(slowest)),
    msgPerCoreSecond: Math.round(1e6 / all),
    slowest,
  };
}

/** The same through the broker, as far as every device can have its connection. */
async function withBroker(
  { seconds, seed }: Readonly<Record<"seconds" | "seed", number>>,
  context: BenchContext,
) {
  const most = await mostConnections();
  const connected: Readonly<Record<"devices" | "msgPerSecond" | "cpuSecondsPerMillion", number>>[] =
    [];
  const leftOut: string[] = [];
  for (const devices of CONNECTED) {
    if (devices > most) {
      leftOut.push(tooFewFiles(devices, most));
      continue;
    }
    await using dir = await TempDir.create("voorzorg-scale-");
    await using gateway = await GatewayProcess.start({ ...context, dataDir: dir.sub("data") });
    const load = { connections: devices, size: 250, inflight: 4, rate: "max", qos: 1, seed };
    const jsonFile = dir.sub("load.json");
    const run = (length: number) =>
      gatewayThroughput(gateway, { jsonFile, options: { ...load, seconds: length } }, context);
    await run(WARM_UP_SECONDS);
    const { msgPerSecond, cpuSecondsPerMillion: cpu } = await run(seconds);
    connected.push({ devices, msgPerSecond, cpuSecondsPerMillion: rounded(cpu, 1) });
    context.out(`${devices} connected devices: ${msgPerSecond} messages/s`);
    await gateway.stop();
  }
  if (connected.length === 0) throw new BenchError(leftOut.join("\n"));
  return { connected, leftOut };
}

const BAR = 40;

/** A line per point with a bar of its rate. */
export function asciiTable(
  axis: "devices" | "rules",
  points: readonly ScalePoint[],
): readonly string[] {
  const most = Math.max(...points.map(({ msgPerSecond }) => msgPerSecond));
  const head = `${axis.padStart(8)} ${STAGES.map((s) => `${s} µs`.padStart(11)).join("")}  messages/s`;
  const lines = points.map((point) => {
    const stages = STAGES.map((stage) => point.microseconds[stage].toFixed(1).padStart(11)).join(
      "",
    );
    const bar = "#".repeat(Math.max(1, Math.round((point.msgPerSecond / most) * BAR)));
    return `${String(point[axis]).padStart(8)} ${stages}  ${String(point.msgPerSecond).padStart(10)} ${bar}`;
  });
  return [head, ...lines];
}
