import { mkdir, writeFile } from "node:fs/promises";
import type { AckLog } from "@voorzorg/device-sim";
import { openAckLog, Random, readAckLog, runLoad, untilQuiet } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { CrashFleet } from "./crash-fleet.ts";
import { PhaseWatch } from "./crash-phases.ts";
import { assertWhole, missingSamples, sealedSegments } from "./crash-proof.ts";
import type { Fixture } from "./fixture.ts";
import { writeFixture } from "./fixture.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { Historian } from "./historian.ts";
import { compareCases, JournalPlaces, lostMessages } from "./proof.ts";
import { TempDir } from "./temp-dir.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const QUIET_WITHIN_MS = 120_000;
/** Each catches up with the past for a while and then is done. */
const ROUNDS_PER_HISTORIAN = 12;
/** A gateway that is killed while it starts is killed so often in a row. */
const START_KILLS = 2;

type Options = Readonly<Record<"rounds" | "rate" | "connections" | "boilers" | "seed", number>>;

export const crashBench = defineBench({
  name: "crash",
  summary:
    "kill -9 at every kind of work, then proof that nothing acknowledged is lost and nothing is done twice",
  options: {
    rounds: { default: 20, min: 1, max: 1_000, help: "kills" },
    rate: { default: 1_000, min: 1, max: 1e6, help: "messages per second beside the boilers" },
    connections: { default: 20, min: 1, max: 1_000, help: "devices that send those" },
    boilers: { default: 5, min: 1, max: 500, help: "devices that join in each round and break" },
    seed: { default: 1, min: 0, max: 1e9, help: "of the moments of kills and faults" },
  },
  async run(options, context): Promise<BenchResult> {
    await using dir = await TempDir.create("voorzorg-crash-");
    const dataDir = dir.sub("data");
    await mkdir(dataDir);
    const random = new Random(options.seed);
    const phases = new PhaseWatch(dataDir, random.fork("phases"));
    await using webhooks = await WebhookReceiver.start(() => phases.happened("webhook"));
    const ackFile = dir.sub("acks.ndjson");
    await using acks = await openAckLog(ackFile);
    const site: CrashSite = {
      context,
      dataDir,
      ackFile,
      acks,
      phases,
      webhooks,
      fixture: await writeFixture(dir.path),
      secretFile: dir.sub("webhook-secret"),
      mqttPort: await freePort(random.fork("port")),
      places: new JournalPlaces(context, dataDir),
    };
    await writeFile(site.secretFile, `whsec_${Buffer.alloc(32, 7).toString("base64")}\n`);
    const done = await killRounds(site, options, random);
    return await judge(site, done, Math.round(options.rounds));
  },
});

interface CrashSite {
  readonly context: BenchContext;
  readonly dataDir: string;
  readonly ackFile: string;
  readonly acks: AckLog;
  readonly phases: PhaseWatch;
  readonly webhooks: WebhookReceiver;
  readonly fixture: Fixture;
  readonly secretFile: string;
  readonly mqttPort: number;
  readonly places: JournalPlaces;
}

function gatewayOptions(site: CrashSite) {
  const { context, fixture, dataDir, mqttPort, webhooks, secretFile } = site;
  return {
    ...context,
    ...fixture,
    dataDir,
    mqttPort,
    program: "bench/src/programs/crash-gateway.ts",
    readyWithinMs: QUIET_WITHIN_MS,
    settings: {
      VOORZORG_WEBHOOK_URL: webhooks.url,
      VOORZORG_WEBHOOK_SECRET_FILE: secretFile,
    },
  };
}

const startGateway = (site: CrashSite): Promise<GatewayProcess> =>
  GatewayProcess.start(gatewayOptions(site));

interface Done {
  readonly truth: ReadonlyMap<string, number>;
  readonly commands: number;
  readonly cases: Awaited<ReturnType<GatewayProcess["http"]["cases"]>>;
}

/** Kills and restarts, then lets everything settle and asks the last gateway for its cases. */
async function killRounds(site: CrashSite, options: Options, random: Random): Promise<Done> {
  const { context, acks } = site;
  const rounds = Math.round(options.rounds);
  let gateway = await startGateway(site);
  const { mqttUrl } = gateway;
  await using load = new BackgroundLoad(site, options, mqttUrl);
  await using fleet = new CrashFleet({
    mqttUrl,
    acks,
    random: random.fork("fleet"),
    onCommand: () => site.phases.happened("command"),
  });
  await using historians = new AsyncDisposableStack();
  const past: Historian[] = [];
  try {
    for (let round = 1; round <= rounds; round += 1) {
      context.signal.throwIfAborted();
      fleet.join(Math.round(options.boilers));
      if (round % ROUNDS_PER_HISTORIAN === 1) {
        const id = `historian-${past.length + 1}`;
        past.push(historians.use(new Historian({ id, mqttUrl, acks })));
      }
      gateway = await oneRound(site, gateway, { round, rounds, random });
    }
    await fleet.allCured(QUIET_WITHIN_MS);
    await load.stop();
    await Promise.all([fleet.settled(), ...past.map((historian) => historian.settled())]);
    await untilQuiet(gateway.http, QUIET_WITHIN_MS);
    const cases = await gateway.http.cases();
    await gateway.stop();
    return { truth: fleet.truth(), commands: fleet.commands, cases };
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

/** One kill, what it left on the disk, and the next start. */
async function oneRound(
  site: CrashSite,
  gateway: GatewayProcess,
  { round, rounds, random }: { round: number; rounds: number; random: Random },
): Promise<GatewayProcess> {
  const { context, phases, acks, dataDir } = site;
  const phase = phases.next();
  let dead = Promise.resolve();
  const isHit = await phases.strike(phase, () => {
    dead = gateway.kill();
  });
  await dead;
  if (phase === "start") {
    for (let again = 0; again < START_KILLS; again += 1) {
      await GatewayProcess.startAndKill(gatewayOptions(site), random.integer(50, 1_500));
    }
  }
  const acknowledged = acks.count;
  await assertWhole(dataDir, false);
  await assertNothingLost(site);
  context.out(
    `round ${round} of ${rounds}: killed ${isHit ? `in ${phase}` : `while waiting for ${phase}`}; ${acknowledged} acknowledged, none lost`,
  );
  return startGateway(site);
}

async function assertNothingLost(site: CrashSite): Promise<void> {
  await site.acks.flushed();
  const acked = await readAckLog(site.ackFile);
  const lost = lostMessages(acked, await site.places.read());
  if (lost.length > 0) {
    throw new BenchError(`${lost.length} messages lost, e.g. ${JSON.stringify(lost[0])}`);
  }
}

/** Plain measurements at a steady rate, through all kills. */
class BackgroundLoad implements AsyncDisposable {
  readonly #ends = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(site: CrashSite, options: Options, mqttUrl: string) {
    this.#running = runLoad({
      mqttUrl,
      connections: Math.round(options.connections),
      rate: options.rate,
      qos: 1,
      seconds: 86_400,
      payloadBytes: 120,
      inflight: 16,
      product: "espresso-pro",
      prefix: "load",
      seed: options.seed,
      signal: AbortSignal.any([this.#ends.signal, site.context.signal]),
      acks: site.acks,
      drainMs: QUIET_WITHIN_MS,
    });
    // Awaited in `stop`; a failure before that must not count as unhandled.
    this.#running.catch(() => undefined);
  }

  /** Everything sent is acknowledged. @throws SimError */
  async stop(): Promise<void> {
    this.#ends.abort();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ends.abort();
  }
}

async function judge(site: CrashSite, done: Done, rounds: number): Promise<BenchResult> {
  const { context, dataDir, webhooks, phases } = site;
  await site.acks.flushed();
  context.out(
    "comparing journal, samples, cases, commands and webhooks with what was acknowledged",
  );
  const acked = await readAckLog(site.ackFile);
  const lost = lostMessages(acked, await site.places.read());
  for (const entry of lost.slice(0, 5)) context.out(`lost: ${JSON.stringify(entry)}`);
  const unsampled = await missingSamples(dataDir, acked);
  for (const entry of unsampled.slice(0, 5)) context.out(`no sample: ${JSON.stringify(entry)}`);
  await assertWhole(dataDir, true);
  const boilers = compareCases(done.truth, done.cases);
  const untold = done.cases.filter(({ id }) => !webhooks.opened.has(id)).length;
  const figures = {
    rounds,
    acked: acked.length,
    lostMessages: lost.length,
    missingCases: boilers.missing,
    duplicateCases: boilers.duplicate,
    expectedCases: boilers.expected,
    missingSamples: unsampled.length,
    commandsRun: done.commands,
    webhooksReceived: webhooks.received,
    webhooksMissing: untold,
    webhooksConfused: webhooks.confused,
    sealedSegments: sealedSegments(dataDir),
    phases: phases.counts,
  };
  const wrong = [lost.length, boilers.missing, boilers.duplicate, unsampled.length, untold];
  const ok =
    wrong.every((count) => count === 0) &&
    webhooks.confused === 0 &&
    done.commands === boilers.expected;
  return { figures, ok };
}
