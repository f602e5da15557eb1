import { noAckLog } from "../ack-log.ts";
import type { Appointment } from "../fleet/fleet.ts";
import { Fleet } from "../fleet/fleet.ts";
import type { DevicePlan, PlannedTrouble, PlannedTurn } from "../fleet/plan.ts";
import { healthyDevice } from "../fleet/plan.ts";
import type { TruthRow } from "../fleet/truth.ts";
import type { GatewayHttp } from "../gateway-http.ts";
import { instantMs } from "../gateway-http.ts";
import { findTrouble } from "../models/catalogue.ts";
import { defectsOf } from "../models/firmware-defects.ts";
import { Random } from "../random.ts";
import { judge } from "./judge.ts";
import { People } from "./people.ts";
import type { GivenDevice, Scenario } from "./scenario.ts";
import type { Judgement, Seen } from "./seen.ts";
import { spanText } from "./seen.ts";
import { NETWORK_STATES } from "./steps.ts";
import { Witness } from "./witness.ts";

export interface ScenarioSite {
  readonly mqttUrl: string;
  readonly gateway: GatewayHttp;
  readonly signal?: AbortSignal;
  /** Instead of the scenario's own. */
  readonly seed?: number;
}

export interface ScenarioOutcome {
  readonly judgements: readonly Judgement[];
  /** What they were judged by. */
  readonly seen: Seen;
  readonly truth: readonly TruthRow[];
}

const HOUR_MS = 3_600_000;
/** A defect of a firmware shows within this time after the start. */
const DEFECT_WITHIN_MS = 6 * HOUR_MS;

/** Lives through a scenario in step with the gateway, then looks what the gateway made of it. */
export async function runScenario(
  scenario: Scenario,
  site: ScenarioSite,
): Promise<ScenarioOutcome> {
  const { gateway, mqttUrl, signal } = site;
  const startMs = Date.parse(scenario.start);
  const random = new Random(site.seed ?? scenario.seed);
  const { weather } = scenario.given;
  const witness = new Witness(gateway, scenario);
  const acts: Judgement[] = [];
  const fleet = new Fleet({
    plans: scenario.given.devices.map((device) => planOf(device, scenario, random)),
    mqttUrl,
    startMs,
    endMs: startMs + scenario.until,
    random,
    acks: noAckLog,
    gateway,
    register: true,
    lockstep: true,
    acceleration: Number.POSITIVE_INFINITY,
    afterStep: (nowMs) => witness.follow(nowMs),
    onAnswer: witness.answered,
    appointments: appointmentsOf(scenario, gateway, { witness, acts }),
    ...(weather === undefined ? {} : { climate: { meanC: weather.mean, swingC: weather.swing } }),
    ...(signal === undefined ? {} : { signal }),
  });
  await fleet.run();
  const seen = await witness.testify();
  return { judgements: [...acts, ...judge(scenario, seen)], seen, truth: fleet.truth.rows() };
}

function planOf(device: GivenDevice, scenario: Scenario, random: Random): DevicePlan {
  const startMs = Date.parse(scenario.start);
  const plan = healthyDevice(device.id, device.product, { random, startMs });
  const { followsAdvice, appetite, heedsFromAdvice, firmware, calm } = device;
  return {
    ...plan,
    owner: { followsAdvice, appetite, heedsFromAdvice },
    activatedAtMs: startMs - device.activatedBefore,
    attrs: { ...plan.attrs, ...device.attrs },
    cohort: device.cohort ?? plan.cohort,
    ...(calm === undefined ? {} : { calm: { sampleMs: calm.sample, reportMs: calm.report } }),
    ...(firmware === undefined ? {} : { firmware }),
    troubles: troublesOf(device, scenario, random),
    turns: scenario.when
      .filter((step) => step.device === device.id)
      .flatMap(({ at, owner, firmware: update }): readonly PlannedTurn[] => {
        const atMs = startMs + at;
        if (update !== undefined) return [{ atMs, kind: "updated", firmware: update }];
        return owner === undefined ? [] : [{ atMs, kind: "helped" }];
      }),
  };
}

function troublesOf(
  { id, product, firmware = "" }: GivenDevice,
  scenario: Scenario,
  random: Random,
): readonly PlannedTrouble[] {
  const startMs = Date.parse(scenario.start);
  const own = scenario.when.flatMap(({ device, at, trouble, lasts }) => {
    if (device !== id || trouble === undefined) return [];
    const fromMs = startMs + at;
    const end = lasts === undefined ? {} : { toMs: fromMs + lasts };
    return [{ trouble: findTrouble(product, trouble), fromMs, ...end }];
  });
  const network = scenario.network
    .filter(({ device }) => device === id)
    .map(({ state, from, to }) => ({
      trouble: findTrouble(product, NETWORK_STATES[state]),
      fromMs: startMs + from,
      toMs: startMs + to,
    }));
  const defects = defectsOf(product, firmware).map((name) => ({
    trouble: findTrouble(product, name),
    fromMs: startMs + Math.round(random.fork(`defect/${id}`).between(0.2, 1) * DEFECT_WITHIN_MS),
  }));
  return [...own, ...network, ...defects];
}

/** What people do and when somebody looks; at the same time first the doing, then the looking. */
function appointmentsOf(
  { agents, start }: Scenario,
  gateway: GatewayHttp,
  { witness, acts }: { readonly witness: Witness; readonly acts: Judgement[] },
): readonly Appointment[] {
  const startMs = Date.parse(start);
  const people = new People(gateway, agents);
  const doing = agents.map((step) => ({
    atMs: startMs + step.at,
    keep: async () => {
      acts.push((await late(gateway, startMs, step.at)) ?? (await people.act(step)));
    },
  }));
  const looking = witness.times.map((at) => ({
    atMs: startMs + at,
    keep: () => witness.look(at),
  }));
  return [...doing, ...looking];
}

/** The gateway learns the time from its devices: with nobody online it is still earlier for it. */
async function late(
  gateway: GatewayHttp,
  startMs: number,
  at: number,
): Promise<Judgement | undefined> {
  const { serviceTime } = await gateway.health();
  const behindMs = startMs + at - instantMs(serviceTime ?? startMs);
  if (behindMs <= 1_000) return undefined;
  return {
    title: `it is ${spanText(at)} for the gateway too`,
    failure: `its clock is ${spanText(behindMs)} behind: at least one device must be online`,
  };
}
