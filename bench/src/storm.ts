import { mkdir } from "node:fs/promises";
import { monotonicMs, Random, sleepMs, wallNowMs } from "@voorzorg/device-sim";
import type { BenchContext, BenchResult } from "./bench.ts";
import { BenchError, defineBench } from "./bench.ts";
import { cpuSeconds } from "./cpu-time.ts";
import type { Fleet } from "./devices/device-processes.ts";
import { DeviceProcesses } from "./devices/device-processes.ts";
import { freePort } from "./free-port.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { mostConnections, tooFewFiles } from "./open-files.ts";
import { rounded } from "./statistics.ts";
import { STORM, writeStormFixture } from "./storm-fixture.ts";
import { TempDir } from "./temp-dir.ts";

const REGISTER_AT_ONCE = 32;
const OPENS_WITHIN_MS = 300_000;
const AIM_SECONDS = 30;
const MUTE = "storm-mute";
/** How much longer than its rule the case of the silent device may take. */
const CASE_WITHIN_MS = 30_000;

interface Storm {
  /** From the cut until the last device was accepted again, and until its first message was acknowledged. */
  readonly secondsToLastConnack: number;
  readonly secondsToLastPuback: number;
  /** What the newest failed attempt of a device failed of; "" = none did. */
  readonly problem: string;
  /** From the moment at which the gateway was ready again; only when it was killed. */
  readonly secondsAfterReady?: number;
  readonly failedAttempts: number;
  readonly cpuSeconds: number;
}

export const stormBench = defineBench({
  name: "storm",
  summary:
    "all devices are cut off and come back at once with their secrets: after kill -9 and after a loss of the network",
  options: {
    devices: { default: 10_000, min: 10, max: 100_000, help: "connected devices" },
    seed: { default: 1, min: 0, max: 1e9, help: "of ports and jitter" },
  },
  async run(options, context): Promise<BenchResult> {
    const count = Math.round(options.devices);
    const most = await mostConnections();
    // While the old connections are not yet known to be dead, half of them come on top.
    if (count * 1.5 > most) throw new BenchError(tooFewFiles(Math.ceil(count * 1.5), most));
    await using dir = await TempDir.create("voorzorg-storm-");
    const dataDir = dir.sub("data");
    await mkdir(dataDir);
    const start = {
      ...context,
      ...(await writeStormFixture(dir.path)),
      dataDir,
      mqttPort: await freePort(new Random(options.seed)),
      settings: { VOORZORG_REGISTRATION: "closed" },
      readyWithinMs: OPENS_WITHIN_MS,
    };
    let gateway = await GatewayProcess.start(start);
    try {
      const devices = await register(gateway, count, context);
      const mute = await gateway.http.register(registration(MUTE));
      await using fleet = new DeviceProcesses(
        fleetOf(gateway.mqttUrl, devices, options.seed),
        context,
      );
      await calm(fleet, count, context);
      await oneMessage(gateway.mqttUrl, mute, context);

      context.out("the network fails: half of the connections are reset, half are left open");
      const network = await networkStorm(fleet, gateway, count);
      context.out(told(network));
      await silenceSeen(gateway, context);
      const falseInNetworkStorm = await falseCases(gateway);

      context.out("kill -9 of the gateway");
      const { storm: kill, restarted } = await killStorm({ fleet, gateway, count, start });
      gateway = restarted;
      context.out(told(kill));
      await sleepMs(STORM.silentAfterMs);
      const falseInKillStorm = await falseCases(gateway);
      await gateway.stop();
      const falseSilence = falseInNetworkStorm + falseInKillStorm;
      const slowest = Math.max(network.secondsToLastPuback, kill.secondsToLastPuback);
      const figures = {
        devices: count,
        network,
        kill,
        falseSilence,
        aimSeconds: AIM_SECONDS,
        aimMet: slowest <= AIM_SECONDS && falseSilence === 0,
      };
      return { figures, ok: falseSilence === 0 };
    } finally {
      await gateway[Symbol.asyncDispose]();
    }
  },
});

const told = (storm: Storm): string =>
  `all accepted after ${storm.secondsToLastConnack} s, all acknowledged after ${storm.secondsToLastPuback} s`;

const registration = (id: string) => ({
  id,
  product: STORM.product,
  attrs: {},
  cohort: "",
  owner: "",
  activatedAtMs: wallNowMs(),
});

const fleetOf = (mqttUrl: string, devices: Fleet["devices"], seed: number): Fleet => ({
  mqttUrl,
  product: STORM.product,
  devices,
  atOnce: 100,
  seed,
});

/** Through the API, as an operator does; each device gets its secret. */
async function register(gateway: GatewayProcess, count: number, context: BenchContext) {
  context.out(`registering ${count} devices`);
  const devices: { readonly id: string; readonly password: string | undefined }[] = [];
  const { http } = gateway;
  let next = 1;
  const registrar = async (): Promise<void> => {
    while (next <= count) {
      context.signal.throwIfAborted();
      const id = `storm-${String(next++).padStart(6, "0")}`;
      devices.push({ id, password: await http.register(registration(id)) });
    }
  };
  await Promise.all(Array.from({ length: REGISTER_AT_ONCE }, registrar));
  return devices;
}

async function calm(fleet: DeviceProcesses, count: number, context: BenchContext): Promise<void> {
  context.out("connecting them");
  await fleet.until(({ connected }) => connected === count, OPENS_WITHIN_MS, "connecting");
  fleet.tell({ kind: "greet" });
  fleet.tell({ kind: "report", everyMs: STORM.reportEveryMs });
  await fleet.until(
    ({ acknowledged }) => acknowledged === count,
    OPENS_WITHIN_MS,
    "first messages",
  );
}

/** The control: this device is heard once and then never again. */
async function oneMessage(mqttUrl: string, password: string | undefined, context: BenchContext) {
  await using device = new DeviceProcesses(fleetOf(mqttUrl, [{ id: MUTE, password }], 1), context);
  await device.until(({ connected }) => connected === 1, OPENS_WITHIN_MS, "the silent device");
  device.tell({ kind: "greet" });
  await device.until(({ acknowledged }) => acknowledged === 1, OPENS_WITHIN_MS, "its only message");
}

/** Everybody was accepted after `sinceMs` and has been acknowledged since. */
async function allBack(fleet: DeviceProcesses, count: number, sinceMs: number) {
  // The states that are told may be a tenth of a second old: they must be of after the cut.
  await fleet.until(
    (s) => s.acknowledged < count || s.lastConnectedAtMs > sinceMs,
    OPENS_WITHIN_MS,
    "the cut",
  );
  const back = await fleet.until((s) => s.acknowledged === count, OPENS_WITHIN_MS, "coming back");
  return {
    secondsToLastConnack: rounded((back.lastConnectedAtMs - sinceMs) / 1_000, 2),
    secondsToLastPuback: rounded((back.lastAcknowledgedAtMs - sinceMs) / 1_000, 2),
  };
}

async function networkStorm(
  fleet: DeviceProcesses,
  gateway: GatewayProcess,
  count: number,
): Promise<Storm> {
  const { failures } = fleet.state;
  const cpu = await cpuSeconds(gateway.pid);
  const sinceMs = wallNowMs();
  fleet.tell({ kind: "cut", silentOneIn: 2 });
  const times = await allBack(fleet, count, sinceMs);
  return {
    ...times,
    failedAttempts: fleet.state.failures - failures,
    problem: fleet.state.problem,
    cpuSeconds: rounded((await cpuSeconds(gateway.pid)) - cpu, 1),
  };
}

async function killStorm(site: {
  readonly fleet: DeviceProcesses;
  readonly gateway: GatewayProcess;
  readonly count: number;
  readonly start: Parameters<typeof GatewayProcess.start>[0];
}): Promise<{ readonly storm: Storm; readonly restarted: GatewayProcess }> {
  const { fleet, gateway, count, start } = site;
  const { failures } = fleet.state;
  const sinceMs = wallNowMs();
  await gateway.kill();
  const restarted = await GatewayProcess.start(start);
  const readyMs = wallNowMs();
  const times = await allBack(fleet, count, sinceMs);
  const storm = {
    ...times,
    secondsAfterReady: rounded(times.secondsToLastPuback - (readyMs - sinceMs) / 1_000, 2),
    failedAttempts: fleet.state.failures - failures,
    problem: fleet.state.problem,
    cpuSeconds: rounded(await cpuSeconds(restarted.pid), 1),
  };
  return { storm, restarted };
}

/** Without the case of the device that is silent, the absence of others would prove nothing. */
async function silenceSeen(gateway: GatewayProcess, context: BenchContext): Promise<void> {
  context.out(`waiting for the case of ${MUTE}, which is silent`);
  const endMs = monotonicMs() + STORM.silentAfterMs + CASE_WITHIN_MS;
  for (;;) {
    context.signal.throwIfAborted();
    if ((await gateway.http.cases()).some(({ device }) => device === MUTE)) return;
    if (monotonicMs() > endMs) {
      throw new BenchError(`${MUTE} was silent and has no case of rule ${STORM.rule}`);
    }
    await sleepMs(500);
  }
}

async function falseCases(gateway: GatewayProcess): Promise<number> {
  const cases = await gateway.http.cases();
  return cases.filter(({ device, rule }) => rule === STORM.rule && device !== MUTE).length;
}
