import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LoadResult } from "@voorzorg/device-sim";
import { monotonicMs, Random, sleepMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { SHIPPED_RULES, writeRules } from "./limit-rules.ts";
import { MosquittoProcess } from "./mosquitto-process.ts";
import { MosquittoSubscriber } from "./mosquitto-subscriber.ts";
import { OutputTail } from "./output-tail.ts";
import { median, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";

/** A gateway that has acknowledged but not decided has only postponed the work. */
const CATCH_UP_WITHIN_MS = 300_000;
const WARM_UP_SECONDS = 2;

interface Figure {
  readonly msgPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly catchUpSeconds: number;
}

export const ingestBench = defineBench({
  name: "ingest",
  summary: "messages per second, QoS 1, full path, beside mosquitto with a subscriber",
  options: {
    connections: { default: 200, min: 1, max: 5_000, help: "devices that publish at once" },
    seconds: { default: 8, min: 1, max: 600, help: "length of one run" },
    repeats: { default: 3, min: 1, max: 50, help: "runs of each, in turns; medians count" },
    size: { default: 250, min: 100, max: 65_536, help: "bytes of a payload, some 8 readings" },
    inflight: { default: 16, min: 1, max: 1_000, help: "unacknowledged messages per device" },
    rules: { default: 20, min: SHIPPED_RULES, max: 300, help: "rules of the product" },
    subscribers: { default: 1, min: 0, max: 1, help: "of mosquitto, QoS 1 on everything" },
    seed: { default: 1, min: 0, max: 1e9, help: "of ports and jitter" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-ingest-");
    const random = new Random(options.seed);
    const { env } = context;
    const port = await freePort(random);
    await using stack = new AsyncDisposableStack();
    const peer = stack.use(await MosquittoProcess.start({ directory: dir.path, port, env }));
    const rulesDir = await writeRules(dir.sub("rules"), options.rules - SHIPPED_RULES);
    const gateway = stack.use(
      await GatewayProcess.start({ ...context, dataDir: dir.sub("data"), rulesDir }),
    );
    const loader = new Loader(context, options, dir);
    const ours = () => measureGateway(loader, gateway);
    const subscriber =
      options.subscribers === 0
        ? undefined
        : stack.use(
            await MosquittoSubscriber.start({ port, countFile: dir.sub("delivered"), env }),
          );
    const theirs = () => measurePeer(loader, peer, subscriber);

    context.out(`warming up, ${WARM_UP_SECONDS} s each`);
    await loader.run(gateway.mqttUrl, WARM_UP_SECONDS);
    await caughtUp(gateway);
    await loader.run(peer.mqttUrl, WARM_UP_SECONDS);

    const figures: Figure[] = [];
    const peers: Figure[] = [];
    const repeats = Math.round(options.repeats);
    for (let round = 1; round <= repeats; round += 1) {
      // In turns and the other way round each time, so that a machine that gets slower is fair.
      if (round % 2 === 0) peers.push(await theirs());
      const figure = await ours();
      figures.push(figure);
      if (round % 2 === 1) peers.push(await theirs());
      context.out(
        `round ${round} of ${repeats}: gateway ${figure.msgPerSecond} messages/s (${rounded(figure.catchUpSeconds, 1)} s of it to catch up), ${peer.name} ${peers.at(-1)?.msgPerSecond} messages/s`,
      );
    }
    await gateway.stop();
    const name = `${peer.name}, ${subscriber === undefined ? "no subscriber" : "one QoS 1 subscriber"}`;
    return { figures: summary(figures, peers, name), ok: true };
  },
});

function summary(figures: readonly Figure[], peers: readonly Figure[], peer: string) {
  const middle = (of: readonly Figure[], key: keyof Figure) => median(of.map((one) => one[key]));
  const msgPerSecond = Math.round(middle(figures, "msgPerSecond"));
  const peerMsgPerSecond = Math.round(middle(peers, "msgPerSecond"));
  return {
    msgPerSecond,
    peer,
    peerMsgPerSecond,
    ratio: rounded(msgPerSecond / peerMsgPerSecond, 3),
    cpuSecondsPerMillion: rounded(middle(figures, "cpuSecondsPerMillion"), 1),
    peerCpuSecondsPerMillion: rounded(middle(peers, "cpuSecondsPerMillion"), 1),
    catchUpSeconds: rounded(middle(figures, "catchUpSeconds"), 1),
  };
}

/** Counts until everything acknowledged is also delivered. */
async function measurePeer(
  loader: Loader,
  peer: MosquittoProcess,
  subscriber: MosquittoSubscriber | undefined,
): Promise<Figure> {
  const cpuBefore = await cpuSeconds(peer.pid);
  const before = subscriber?.count ?? 0;
  const result = await loader.run(peer.mqttUrl);
  const drainedMs = monotonicMs();
  await subscriber?.took(result.acked, before);
  const catchUpSeconds = (monotonicMs() - drainedMs) / 1_000;
  return {
    msgPerSecond: Math.round(result.acked / (result.seconds + catchUpSeconds)),
    cpuSecondsPerMillion: (((await cpuSeconds(peer.pid)) - cpuBefore) / result.acked) * 1e6,
    catchUpSeconds,
  };
}

/** Counts until everything acknowledged is also decided and stored. */
async function measureGateway(loader: Loader, gateway: GatewayProcess): Promise<Figure> {
  const cpuBefore = await cpuSeconds(gateway.pid);
  const result = await loader.run(gateway.mqttUrl);
  const drainedMs = monotonicMs();
  await caughtUp(gateway);
  const catchUpSeconds = (monotonicMs() - drainedMs) / 1_000;
  const seconds = result.seconds + catchUpSeconds;
  const cpu = (await cpuSeconds(gateway.pid)) - cpuBefore;
  return {
    msgPerSecond: Math.round(result.acked / seconds),
    cpuSecondsPerMillion: (cpu / result.acked) * 1e6,
    catchUpSeconds,
  };
}

async function caughtUp(gateway: GatewayProcess): Promise<void> {
  const endMs = monotonicMs() + CATCH_UP_WITHIN_MS;
  for (;;) {
    const { decided, newest, stored } = (await gateway.http.health()).journal;
    if (decided >= newest && stored >= newest) return;
    if (monotonicMs() > endMs) {
      throw new BenchError(
        `${CATCH_UP_WITHIN_MS} ms after the load the gateway had decided ${decided} and stored ${stored} of ${newest} records`,
      );
    }
    await sleepMs(20);
  }
}

async function exitCode(child: ChildProcess, signal: AbortSignal): Promise<number | null> {
  try {
    const [code] = (await once(child, "exit")) as [number | null];
    return code;
  } catch (error) {
    // Aborting kills the child and reports it as an error of its own.
    signal.throwIfAborted();
    throw error;
  }
}

type LoadOptions = Readonly<
  Record<"connections" | "seconds" | "size" | "inflight" | "seed", number>
>;

/** The generator in a process of its own: its CPU time is nobody else's. */
class Loader {
  readonly #context: BenchContext;
  readonly #options: LoadOptions;
  readonly #dir: TempDir;

  constructor(context: BenchContext, options: LoadOptions, dir: TempDir) {
    this.#context = context;
    this.#options = options;
    this.#dir = dir;
  }

  async run(mqttUrl: string, seconds = this.#options.seconds): Promise<LoadResult> {
    const { node, root, env, signal } = this.#context;
    signal.throwIfAborted();
    const jsonFile = this.#dir.sub("load.json");
    const { connections, size, inflight, seed } = this.#options;
    const settings = { connections, size, inflight, seed, seconds, rate: "max", qos: 1 };
    const argv = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const child = spawn(
      node,
      [
        join(root, "device-sim/src/main.ts"),
        "load",
        ...argv,
        "--mqtt",
        mqttUrl,
        "--json",
        jsonFile,
      ],
      { cwd: root, env: { ...env }, stdio: ["ignore", "pipe", "pipe"], signal },
    );
    const tail = new OutputTail(child);
    const code = await exitCode(child, signal);
    if (code !== 0) {
      throw new BenchError(
        `the load on ${mqttUrl} ended with ${code}; its last output:\n${tail.text}`,
      );
    }
    return JSON.parse(await readFile(jsonFile, "utf8")) as LoadResult;
  }
}
