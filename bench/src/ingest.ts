import { monotonicMs, Random } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { defineBench } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { SHIPPED_RULES, writeRules } from "./limit-rules.ts";
import type { LoadSettings } from "./load-process.ts";
import { LoadProcess } from "./load-process.ts";
import { MosquittoProcess } from "./mosquitto-process.ts";
import { MosquittoSubscriber } from "./mosquitto-subscriber.ts";
import { median, rounded } from "./statistics.ts";
import { TempDir } from "./temp-dir.ts";
import { gatewayThroughput } from "./throughput.ts";

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
    const load = (seconds: number) => settingsOf(options, dir.sub("load.json"), seconds);
    const ours = (seconds = options.seconds) => gatewayThroughput(gateway, load(seconds), context);
    const subscriber =
      options.subscribers === 0
        ? undefined
        : stack.use(
            await MosquittoSubscriber.start({ port, countFile: dir.sub("delivered"), env }),
          );
    const theirs = (seconds = options.seconds) =>
      peerThroughput({ peer, subscriber }, load(seconds), context);

    context.out(`warming up, ${WARM_UP_SECONDS} s each`);
    await ours(WARM_UP_SECONDS);
    await theirs(WARM_UP_SECONDS);

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
async function peerThroughput(
  { peer, subscriber }: { peer: MosquittoProcess; subscriber: MosquittoSubscriber | undefined },
  load: Omit<LoadSettings, "mqttUrl">,
  context: BenchContext,
): Promise<Figure> {
  const cpuBefore = await cpuSeconds(peer.pid);
  const before = subscriber?.count ?? 0;
  await using running = new LoadProcess(context, { ...load, mqttUrl: peer.mqttUrl });
  const result = await running.result();
  const drainedMs = monotonicMs();
  await subscriber?.took(result.acked, before);
  const catchUpSeconds = (monotonicMs() - drainedMs) / 1_000;
  return {
    msgPerSecond: Math.round(result.acked / (result.seconds + catchUpSeconds)),
    cpuSecondsPerMillion: (((await cpuSeconds(peer.pid)) - cpuBefore) / result.acked) * 1e6,
    catchUpSeconds,
  };
}

type LoadOptions = Readonly<
  Record<"connections" | "seconds" | "size" | "inflight" | "seed", number>
>;

/** The same load for both, apart from its length. */
const settingsOf = (
  { connections, size, inflight, seed }: LoadOptions,
  jsonFile: string,
  seconds: number,
): Omit<LoadSettings, "mqttUrl"> => ({
  jsonFile,
  options: { connections, size, inflight, seed, seconds, rate: "max", qos: 1 },
});
