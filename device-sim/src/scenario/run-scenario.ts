import { noAckLog } from "../ack-log.ts";
import { Fleet } from "../fleet/fleet.ts";
import type { DevicePlan } from "../fleet/plan.ts";
import { healthyDevice } from "../fleet/plan.ts";
import type { TruthRow } from "../fleet/truth.ts";
import type { CasePage, GatewayHttp } from "../gateway-http.ts";
import { findTrouble } from "../models/catalogue.ts";
import { Random } from "../random.ts";
import { AlertLog } from "./alert-log.ts";
import type { Judgement, Seen } from "./judge.ts";
import { judge } from "./judge.ts";
import type { Scenario } from "./scenario.ts";

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

function plansOf(scenario: Scenario, random: Random): readonly DevicePlan[] {
  const startMs = Date.parse(scenario.start);
  return scenario.given.devices.map((device) => {
    const plan = healthyDevice(device.id, device.product, { random, startMs });
    const troubles = scenario.when
      .filter((step) => step.device === device.id)
      .map(({ at, trouble, lasts }) => ({
        trouble: findTrouble(device.product, trouble),
        fromMs: startMs + at,
        ...(lasts === undefined ? {} : { toMs: startMs + at + lasts }),
      }));
    return {
      ...plan,
      owner: { followsAdvice: device.followsAdvice, appetite: device.appetite },
      activatedAtMs: startMs - device.activatedBefore,
      attrs: { ...plan.attrs, ...device.attrs },
      cohort: device.cohort ?? plan.cohort,
      ...(device.calm === undefined
        ? {}
        : { calm: { sampleMs: device.calm.sample, reportMs: device.calm.report } }),
      troubles,
    };
  });
}

/** Lives through a scenario in step with the gateway, then looks what the gateway made of it. */
export async function runScenario(
  scenario: Scenario,
  site: ScenarioSite,
): Promise<ScenarioOutcome> {
  const startMs = Date.parse(scenario.start);
  const random = new Random(site.seed ?? scenario.seed);
  const { weather } = scenario.given;
  const alerts = new AlertLog(() => site.gateway.alerts());
  const fleet = new Fleet({
    plans: plansOf(scenario, random),
    mqttUrl: site.mqttUrl,
    startMs,
    endMs: startMs + scenario.until,
    random,
    acks: noAckLog,
    gateway: site.gateway,
    register: true,
    lockstep: true,
    acceleration: Number.POSITIVE_INFINITY,
    afterStep: (nowMs) => alerts.follow(nowMs),
    ...(weather === undefined ? {} : { climate: { meanC: weather.mean, swingC: weather.swing } }),
    ...(site.signal === undefined ? {} : { signal: site.signal }),
  });
  await fleet.run();
  await alerts.look();
  const devices = new Set(scenario.given.devices.map(({ id }) => id));
  const pages: CasePage[] = [];
  for (const item of await site.gateway.cases()) {
    if (devices.has(item.device)) pages.push(await site.gateway.casePage(item.id));
  }
  const seen = { cases: pages, alerts: alerts.fired };
  return { judgements: judge(scenario, seen), seen, truth: fleet.truth.rows() };
}
