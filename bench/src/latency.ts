import { mkdir } from "node:fs/promises";
import type { GatewayHttp } from "@voorzorg/device-sim";
import { monotonicMs, noAckLog, sleepMs, untilQuiet } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { Boiler } from "./boiler.ts";
import { BOILER, writeFixture } from "./fixture.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { LoadProcess } from "./load-process.ts";
import { quantile, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";
import { gatewayThroughput } from "./throughput.ts";

const ARRIVES_WITHIN_MS = 30_000;
const CONNECT_AT_ONCE = 20;
const HALF_OF_THE_MOST = -1;
/** Short, but longer than the first seconds in which code is compiled. */
const MEASURE_SECONDS = 8;
const WARM_UP_SECONDS = 3;
/** The background must be at its pace before anything is measured. */
const BACKGROUND_SETTLES_MS = 2_000;
const AIM_MS = { case: 50, command: 100 } as const;

export const latencyBench = defineBench({
  name: "latency",
  summary:
    "from a reading that breaks an instant rule to the case in the event stream and the command at the device",
  options: {
    devices: { default: 400, min: 10, max: 20_000, help: "boilers, one fault each" },
    rate: { default: 20, min: 0.1, max: 10_000, help: "faults per second" },
    background: {
      default: HALF_OF_THE_MOST,
      min: HALF_OF_THE_MOST,
      max: 1e6,
      help: "messages per second of other devices; -1 = half of the most, which is measured first",
    },
    connections: { default: 200, min: 1, max: 5_000, help: "other devices" },
    size: { default: 250, min: 100, max: 65_536, help: "bytes of their payloads" },
    inflight: {
      default: 1,
      min: 1,
      max: 1_000,
      help: "unacknowledged messages of each; 1 = as devices that wait before they send again",
    },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-latency-");
    const dataDir = dir.sub("data");
    await mkdir(dataDir);
    const fixture = await writeFixture(dir.path);
    await using gateway = await GatewayProcess.start({ ...context, ...fixture, dataDir });
    await using watch = new CaseWatch(gateway.http);
    const commandAtMs = new Map<string, number>();
    const boilers = Array.from(
      { length: Math.round(options.devices) },
      (_, index) =>
        new Boiler({
          id: `boiler-${String(index + 1).padStart(5, "0")}`,
          mqttUrl: gateway.mqttUrl,
          acks: noAckLog,
          onCommand: (id) => commandAtMs.set(id, monotonicMs()),
        }),
    );
    const others = { gateway, options, jsonFile: dir.sub("load.json"), context };
    const rate = await backgroundRate(others);
    context.out(`connecting ${boilers.length} devices`);
    await connectAll(boilers, context.signal);
    await untilQuiet(gateway.http);
    await using background = await startBackground(others, rate);
    const sentAtMs = await breakInTurn(boilers, 1_000 / options.rate, context.signal);
    await watch.until(boilers.length, () => commandAtMs.size);
    const achieved = (await background?.stop())?.msgPerSecond ?? 0;

    const deviceOf = new Map((await gateway.http.cases()).map((item) => [item.id, item.device]));
    const seenAtMs = new Map<string, number>();
    for (const [id, atMs] of watch.seenAtMs) {
      const device = deviceOf.get(id);
      if (device !== undefined) seenAtMs.set(device, atMs);
    }
    await Promise.all(boilers.map((boiler) => boiler.close()));
    await gateway.stop();
    const readingToCaseMs = spread(sentAtMs, seenAtMs);
    const readingToCommandMs = spread(sentAtMs, commandAtMs);
    const aimMet = readingToCaseMs.p99 <= AIM_MS.case && readingToCommandMs.p99 <= AIM_MS.command;
    const figures = {
      readingToCaseMs,
      readingToCommandMs,
      backgroundMsgPerSecond: achieved,
      backgroundAskedPerSecond: rate,
      aimP99Ms: AIM_MS,
      aimMet,
    };
    return { figures, ok: true };
  },
});

function spread(from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>) {
  const tookMs = [...from].map(([device, sentMs]) => {
    const arrivedMs = to.get(device);
    if (arrivedMs === undefined) throw new BenchError(`nothing arrived for ${device}`);
    return arrivedMs - sentMs;
  });
  return { p50: rounded(quantile(tookMs, 0.5), 2), p99: rounded(quantile(tookMs, 0.99), 2) };
}

async function connectAll(boilers: readonly Boiler[], signal: AbortSignal): Promise<void> {
  const waiting = [...boilers];
  const connector = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      await next.connect(signal);
      next.report();
      await next.settled();
    }
  };
  await Promise.all(Array.from({ length: CONNECT_AT_ONCE }, connector));
  signal.throwIfAborted();
}

/** When each device's fault was sent, just before its packet was written. */
async function breakInTurn(boilers: readonly Boiler[], everyMs: number, signal: AbortSignal) {
  const sentAtMs = new Map<string, number>();
  const startMs = monotonicMs();
  for (const [index, boiler] of boilers.entries()) {
    const waitMs = startMs + index * everyMs - monotonicMs();
    if (waitMs > 0) await sleepMs(waitMs);
    signal.throwIfAborted();
    sentAtMs.set(boiler.id, monotonicMs());
    if (!boiler.break()) throw new BenchError(`${boiler.id} could not send its fault`);
  }
  return sentAtMs;
}

interface Others {
  readonly gateway: GatewayProcess;
  readonly options: Readonly<Record<"background" | "connections" | "size" | "inflight", number>>;
  readonly jsonFile: string;
  readonly context: BenchContext;
}

/** The most is measured with traffic of the same shape: bursts cost less per message. */
const loadOptions = ({ options: { connections, size, inflight } }: Others) => ({
  connections,
  size,
  inflight,
  qos: 1,
});

/** Messages per second that other devices will send. */
async function backgroundRate(others: Others): Promise<number> {
  const { gateway, options, jsonFile, context } = others;
  if (options.background !== HALF_OF_THE_MOST) return options.background;
  const most = (seconds: number) => {
    const load = { jsonFile, options: { ...loadOptions(others), rate: "max", seconds } };
    return gatewayThroughput(gateway, load, context);
  };
  context.out("measuring the most that the gateway takes");
  await most(WARM_UP_SECONDS);
  const { msgPerSecond } = await most(MEASURE_SECONDS);
  const rate = Math.round(msgPerSecond / 2);
  context.out(`${msgPerSecond} messages/s; others send ${rate} while latencies are measured`);
  return rate;
}

async function startBackground(others: Others, rate: number): Promise<LoadProcess | undefined> {
  if (rate === 0) return undefined;
  const { gateway, jsonFile, context } = others;
  const options = { ...loadOptions(others), rate, seconds: 86_400 };
  const load = new LoadProcess(context, { mqttUrl: gateway.mqttUrl, jsonFile, options });
  await sleepMs(BACKGROUND_SETTLES_MS);
  return load;
}

/** Notes when each case first shows in the event stream that the console lives from. */
class CaseWatch implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>;
  readonly seenAtMs = new Map<string, number>();

  constructor(http: GatewayHttp) {
    this.#reading = this.#read(http);
    this.#reading.catch(() => undefined);
  }

  /** Resolves when `count` cases and commands have arrived. @throws BenchError when they do not in time. */
  async until(count: number, commands: () => number): Promise<void> {
    const endMs = monotonicMs() + ARRIVES_WITHIN_MS;
    while (this.seenAtMs.size < count || commands() < count) {
      if (monotonicMs() > endMs) {
        throw new BenchError(
          `after ${ARRIVES_WITHIN_MS} ms ${this.seenAtMs.size} cases and ${commands()} commands of ${count} had arrived (rule ${BOILER.rule})`,
        );
      }
      await Promise.race([sleepMs(20), this.#reading]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    // What it died of was thrown in until() or no longer matters.
    await this.#reading.catch(() => undefined);
  }

  async #read(http: GatewayHttp): Promise<void> {
    for await (const change of http.changes(this.#stop.signal)) {
      if (change.kind === "case" && !this.seenAtMs.has(change.id)) {
        this.seenAtMs.set(change.id, monotonicMs());
      }
    }
  }
}
