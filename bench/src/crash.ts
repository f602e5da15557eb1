import { mkdir } from "node:fs/promises";
import type { AckLog } from "@voorzorg/device-sim";
import { openAckLog, Random, readAckLog, runLoad, sleepMs, untilQuiet } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { defineBench } from "./bench.ts";
import { CrashFleet } from "./crash-fleet.ts";
import type { Fixture } from "./fixture.ts";
import { writeFixture } from "./fixture.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { compareCases, journalPlaces, lostMessages } from "./proof.ts";
import { TempDir } from "./temp-dir.ts";

const QUIET_WITHIN_MS = 120_000;

export const crashBench = defineBench({
  name: "crash",
  summary:
    "kill -9 under load, then proof that nothing acknowledged is lost and no case is missing or doubled",
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
    const site: CrashSite = {
      context,
      dataDir,
      fixture: await writeFixture(dir.path),
      mqttPort: await freePort(random.fork("port")),
    };
    const ackFile = dir.sub("acks.ndjson");
    await using acks = await openAckLog(ackFile);
    const { rounds, boilers, stop } = await killRounds(site, { options, random, acks });
    await stop();
    await acks.flushed();

    context.out("comparing the journal with the log of PUBACKs");
    const acked = await readAckLog(ackFile);
    const places = await journalPlaces(context, dataDir);
    const lost = lostMessages(acked, places);
    const ok = lost.length === 0 && boilers.missing === 0 && boilers.duplicate === 0;
    for (const entry of lost.slice(0, 5)) context.out(`lost: ${JSON.stringify(entry)}`);
    const figures = {
      rounds,
      acked: acked.length,
      lostMessages: lost.length,
      missingCases: boilers.missing,
      duplicateCases: boilers.duplicate,
      expectedCases: boilers.expected,
      commandsRun: boilers.commands,
    };
    return { figures, ok };
  },
});

interface CrashSite {
  readonly context: BenchContext;
  readonly dataDir: string;
  readonly fixture: Fixture;
  readonly mqttPort: number;
}

interface RoundsInput {
  readonly options: Readonly<
    Record<"rounds" | "rate" | "connections" | "boilers" | "seed", number>
  >;
  readonly random: Random;
  readonly acks: AckLog;
}

const startGateway = (site: CrashSite): Promise<GatewayProcess> =>
  GatewayProcess.start({
    ...site.context,
    ...site.fixture,
    dataDir: site.dataDir,
    mqttPort: site.mqttPort,
  });

/** Kills and restarts, then lets everything settle and asks the last gateway for its cases. */
async function killRounds(site: CrashSite, input: RoundsInput) {
  const { context } = site;
  const { options, random, acks } = input;
  const rounds = Math.round(options.rounds);
  const loadEnds = new AbortController();
  const signal = AbortSignal.any([loadEnds.signal, context.signal]);
  let gateway = await startGateway(site);
  const load = runLoad({
    mqttUrl: gateway.mqttUrl,
    connections: Math.round(options.connections),
    rate: options.rate,
    qos: 1,
    seconds: 86_400,
    payloadBytes: 120,
    inflight: 16,
    product: "espresso-pro",
    prefix: "load",
    seed: options.seed,
    signal,
    acks,
    drainMs: QUIET_WITHIN_MS,
  });
  // Awaited below; a failure before that must not count as unhandled.
  load.catch(() => undefined);
  await using fleet = new CrashFleet({
    mqttUrl: gateway.mqttUrl,
    acks,
    random: random.fork("fleet"),
  });
  try {
    for (let round = 1; round <= rounds; round += 1) {
      context.signal.throwIfAborted();
      fleet.join(Math.round(options.boilers));
      const aliveMs = Math.round(random.between(200, 2_500));
      await sleepMs(aliveMs);
      await gateway.kill();
      context.out(
        `round ${round} of ${rounds}: killed after ${aliveMs} ms; ${acks.count} acknowledged, ${fleet.faults} faults sent`,
      );
      gateway = await startGateway(site);
    }
    await fleet.allCured(QUIET_WITHIN_MS);
    loadEnds.abort();
    await load;
    await fleet.settled();
    await untilQuiet(gateway.http, QUIET_WITHIN_MS);
    const cases = await gateway.http.cases();
    return {
      rounds,
      boilers: { ...compareCases(fleet.truth(), cases), commands: fleet.commands },
      stop: () => gateway.stop(),
    };
  } catch (error) {
    loadEnds.abort();
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}
