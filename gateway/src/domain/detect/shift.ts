import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Explanation, SignalView, Step, Verdict } from "#domain/detect/detector.ts";
import { durationText, knownValues, quantity } from "#domain/detect/wording.ts";
import type { ShiftTest } from "#domain/rules/kinds/shift-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** An active alert stays a breach until the sum, or the average, has fallen to this share of the limit. */
const CLEAR_SHARE = 0.3;
const CLEAR_SHARE_AVERAGE = 0.8;
/** The sum counts no further than this many limits, so that the end of a long shift shows soon. */
const CAP_LIMITS = 2;
/** From this share of the limit on the normal is learned more slowly. */
const SUSPECT_SHARE = 0.5;
const SUSPECT_RATE = 0.2;
/** Largest distance from the normal that is learned from, in standard deviations. */
const LEARN_CLIP = 3;
/** Largest distance that an average counts: a single spike is no shift. */
const AVERAGE_CLIP = 8;
/** Below this share of the level a spread is taken for rounding, not for noise. */
const RELATIVE_MIN_SD = 1e-4;
const ABSOLUTE_MIN_SD = 1e-9;

/** What is remembered of one signal; a list, because names would be most of the state. */
type SignalSums = readonly [
  normal: number,
  variance: number,
  /** Sums of what exceeds the allowance above and below, in standard deviations, and since when. */
  up: number,
  down: number,
  upSince: EpochMs,
  downSince: EpochMs,
];

export interface ShiftState {
  readonly startedAt: EpochMs | null;
  readonly at: EpochMs | null;
  readonly learned: number;
  readonly sums: Readonly<Record<string, SignalSums>>;
  readonly verdict: Verdict;
}

interface Worst {
  readonly signal: string;
  readonly sum: number;
  readonly above: boolean;
  readonly since: EpochMs;
  readonly normal: number;
  readonly sd: number;
}

const START: ShiftState = {
  startedAt: null,
  at: null,
  learned: 0,
  sums: {},
  verdict: { kind: "unknown", why: "no sample yet" },
};

/**
 * Two cumulative sums per signal (Page's test) against an own normal that ages: small shifts add up,
 * noise does not. While a sum is high the normal is learned five times more slowly, yet it is
 * learned, so that slow healthy ageing never alarms for ever; a lasting step becomes the new normal
 * after some five memories, and the case, not the statistic, remembers it.
 */
export function shiftDetector(
  rule: Rule,
  test: ShiftTest,
  model: ProductModel,
): Detector<ShiftState> {
  const periods = test.signals.map(
    (signal) => model.signals[signal]?.periodMs ?? model.expectedPeriodMs,
  );
  const staleAfter = 3 * Math.max(...periods);
  return {
    rule,
    wants: { signals: test.signals, events: [], device: false },
    clock: "device",
    start: () => START,
    step: (state, input, active): Step<ShiftState> => {
      switch (input.kind) {
        case "samples": {
          const again = input.at === state.at;
          const next = again ? state : take(test, state, { view: input.view, active });
          const deadline = active ? input.now + staleAfter + 1 : undefined;
          return { state: next, verdict: next.verdict, deadline };
        }
        case "deadline": {
          const missing = test.signals.find((signal) => input.view.get(signal) === undefined);
          const verdict = missing === undefined ? state.verdict : unknownSignal(missing);
          return { state, verdict, deadline: undefined };
        }
        case "event":
        case "device":
          return { state, verdict: state.verdict, deadline: undefined };
      }
    },
    explain: (state, input) =>
      explain({ rule, test, model }, state, input.kind === "device" ? undefined : input.view),
  };
}

const unknownSignal = (signal: string): Verdict => ({
  kind: "unknown",
  why: `${signal} is unknown`,
});

function take(
  test: ShiftTest,
  before: ShiftState,
  { view, active }: { view: SignalView; active: boolean },
): ShiftState {
  const { at } = view;
  const startedAt = before.startedAt ?? at;
  const ready = at - startedAt >= test.learnFor;
  const rate = Math.max(1 / test.memory, 1 / (before.learned + 1));
  const sums: Record<string, SignalSums> = {};
  let missing: string | undefined;
  for (const signal of test.signals) {
    const value = view.get(signal);
    const old = before.sums[signal];
    if (typeof value !== "number") {
      missing ??= signal;
      if (old) sums[signal] = old;
      continue;
    }
    const base = old ?? first(value, at);
    const sd = spread(base, test.minSd[signal] ?? 0);
    sums[signal] = learn(ready ? add(test, base, { z: (value - base[0]) / sd, at }) : base, {
      value,
      sd: ready ? sd : Number.POSITIVE_INFINITY,
      rate: suspects(test, base) ? rate * SUSPECT_RATE : rate,
    });
  }
  const state = { startedAt, at, learned: before.learned + 1, sums };
  return { ...state, verdict: judge(test, { state, ready, missing, active }) };
}

function worstOf(test: ShiftTest, sums: ShiftState["sums"]): Worst | null {
  let worst: Worst | null = null;
  for (const signal of test.signals) {
    const known = sums[signal];
    if (known === undefined) continue;
    const [normal, , up, down, upSince, downSince] = known;
    const above = up >= down;
    const sum = above ? up : down;
    if (worst !== null && sum <= worst.sum) continue;
    const sd = spread(known, test.minSd[signal] ?? 0);
    worst = { signal, sum, above, since: above ? upSince : downSince, normal, sd };
  }
  return worst;
}

const first = (value: number, at: EpochMs): SignalSums => [value, 0, 0, 0, at, at];

const spread = ([normal, variance]: SignalSums, minSd: number): number =>
  Math.max(Math.sqrt(variance), minSd, RELATIVE_MIN_SD * Math.abs(normal), ABSOLUTE_MIN_SD);

const suspects = ({ limit }: ShiftTest, [, , up, down]: SignalSums): boolean =>
  Math.max(up, down) > SUSPECT_SHARE * limit;

function add(
  { allowance, limit, average }: ShiftTest,
  before: SignalSums,
  { z, at }: { z: number; at: EpochMs },
): SignalSums {
  if (average > 0) return addAverage({ average, limit }, before, { z, at });
  const [normal, variance, oldUp, oldDown, upSince, downSince] = before;
  const cap = CAP_LIMITS * limit;
  const up = Math.min(cap, Math.max(0, oldUp + z - allowance));
  const down = Math.min(cap, Math.max(0, oldDown - z - allowance));
  // Page's estimate of the moment of change: the last time that the sum was zero.
  return [normal, variance, up, down, oldUp === 0 ? at : upSince, oldDown === 0 ? at : downSince];
}

/** The same two numbers hold the average, once with each sign. */
function addAverage(
  { average, limit }: Pick<ShiftTest, "average" | "limit">,
  [normal, variance, before, , upSince]: SignalSums,
  { z, at }: { z: number; at: EpochMs },
): SignalSums {
  const clipped = Math.min(AVERAGE_CLIP, Math.max(-AVERAGE_CLIP, z));
  const up = before + (2 / (average + 1)) * (clipped - before);
  const crossed = Math.abs(up) < limit * SUSPECT_SHARE || up > 0 !== before > 0;
  const since = crossed ? at : upSince;
  return [normal, variance, up, -up, since, since];
}

function learn(
  [normal, variance, up, down, upSince, downSince]: SignalSums,
  { value, sd, rate }: { value: number; sd: number; rate: number },
): SignalSums {
  const clip = LEARN_CLIP * sd;
  const residual = Math.min(clip, Math.max(-clip, value - normal));
  const next = variance + rate * (residual * residual - variance);
  return [normal + rate * residual, next, up, down, upSince, downSince];
}

function judge(
  test: ShiftTest,
  seen: {
    readonly state: Omit<ShiftState, "verdict">;
    readonly ready: boolean;
    readonly missing: string | undefined;
    readonly active: boolean;
  },
): Verdict {
  const { state, ready, missing, active } = seen;
  if (!ready) {
    const watched = durationText((state.at ?? 0) - (state.startedAt ?? 0));
    const why = `not enough data yet: learns what is normal for ${durationText(test.learnFor)}, ${watched} so far`;
    return { kind: "unknown", why };
  }
  const clear = test.average > 0 ? CLEAR_SHARE_AVERAGE : CLEAR_SHARE;
  const limit = active ? test.limit * clear : test.limit;
  const worst = worstOf(test, state.sums);
  if (worst !== null && worst.sum > limit) return { kind: "breach", since: worst.since };
  return missing === undefined ? { kind: "ok" } : unknownSignal(missing);
}

function explain(
  { rule, test, model }: { rule: Rule; test: ShiftTest; model: ProductModel },
  { sums, at }: ShiftState,
  view: SignalView | undefined,
): Explanation {
  const signals = test.signals;
  const worst = worstOf(test, sums);
  if (worst === null) {
    const expected = `${signals.join(", ")} near their own normal`;
    const none = { signals, limits: [], values: {}, disproof: rule.disproof };
    return { observed: "no sample yet", expected, ...none, sure: "low: no sample yet" };
  }
  const { signal, sum, above, since, normal, sd } = worst;
  const shown = (reading: number) => quantity(reading, model.signals[signal]?.unit);
  const values = knownValues([signal], view);
  const now = values[signal] === undefined ? "" : `, now ${shown(Number(values[signal]))}`;
  const measure = test.average > 0 ? "on average" : "in sum";
  const lasted: DurationMs = (at ?? since) - since;
  return {
    observed: `${signal} has kept ${above ? "above" : "below"} its normal of ${shown(normal)} for ${durationText(lasted)}: ${sum.toFixed(1)} standard deviations ${measure}${now}`,
    expected: `${signal} around ${shown(normal)}, mostly within ${shown(sd)}; at most ${test.limit} standard deviations ${measure}`,
    signals: [signal, ...signals.filter((other) => other !== signal)],
    limits: [],
    values,
    disproof: rule.disproof || `${signal} is back at about ${shown(normal)} without a repair`,
    sure:
      sum > 1.5 * test.limit
        ? `high: ${sum.toFixed(1)} standard deviations ${measure} is far over the limit`
        : "medium: a small shift that has lasted; some pass by themselves",
  };
}
