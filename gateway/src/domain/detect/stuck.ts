import type { ProductModel } from "@voorzorg/firmware-contracts";
import type {
  Detector,
  Explanation,
  Predicate,
  SignalView,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import { durationText, knownValues, quantity, rounded } from "#domain/detect/wording.ts";
import type { StuckTest } from "#domain/rules/kinds/stuck-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

export interface StuckState {
  /** First and newest reading of the present flat run; null = none. */
  readonly since: EpochMs | null;
  readonly at: EpochMs;
  /** Lowest and highest reading of the run. */
  readonly low: number;
  readonly high: number;
  /** The run began with a change: so the signal was seen to move. */
  readonly moved: boolean;
}

const START: StuckState = { since: null, at: 0, low: 0, high: 0, moved: false };

/**
 * Breach when all readings of a run without gaps stayed in a band of `eps` for `within` of device
 * time while a change was expected the whole time. A run ends with the first reading outside the
 * band, with a pause of more than three periods, and when `while` is not true.
 */
export function stuckDetector(
  rule: Rule,
  test: StuckTest,
  parts: { readonly expected: Predicate | undefined; readonly model: ProductModel },
): Detector<StuckState> {
  const { expected, model } = parts;
  const gap = 3 * (model.signals[test.signal]?.periodMs ?? model.expectedPeriodMs);
  const subject = { rule, test, model };
  const step = (state: StuckState, view: SignalView, active: boolean): Verdicted => {
    const value = view.get(test.signal);
    if (typeof value !== "number") return lost(`${test.signal} is unknown`);
    const holds = expected === undefined ? true : expected.test(view);
    if (holds === undefined) return lost(`whether "${expected?.source.trim()}" holds is unknown`);
    // Standing still says nothing now; it neither proves a fault nor ends one.
    if (!holds) return active ? lost("no change is expected at the moment") : rest();
    const next = extend(state, { at: view.at, value, eps: test.eps, gap });
    return { state: next, verdict: judge(test, next) };
  };
  return {
    rule,
    wants: {
      signals: [...new Set([test.signal, ...(expected?.signals ?? [])])],
      events: [],
      device: false,
    },
    clock: "device",
    start: () => START,
    step: (state, input, active): Step<StuckState> => {
      if (input.kind === "event" || input.kind === "device") {
        return { state, verdict: judge(test, state), deadline: undefined };
      }
      if (input.kind === "deadline") {
        const known = input.view.get(test.signal) !== undefined;
        const verdict = known ? judge(test, state) : unknown(`${test.signal} is unknown`);
        return { state, verdict, deadline: undefined };
      }
      const next = step(state, input.view, active);
      return { ...next, deadline: active ? input.now + gap + 1 : undefined };
    },
    explain: (state, input) =>
      explain(subject, state, input.kind === "device" ? undefined : input.view),
  };
}

type Verdicted = { readonly state: StuckState; readonly verdict: Verdict };

const unknown = (why: string): Verdict => ({ kind: "unknown", why });
const lost = (why: string): Verdicted => ({ state: START, verdict: unknown(why) });
const rest = (): Verdicted => ({ state: START, verdict: { kind: "ok" } });

function extend(
  state: StuckState,
  { at, value, eps, gap }: { at: EpochMs; value: number; eps: number; gap: DurationMs },
): StuckState {
  const fresh: StuckState = { since: at, at, low: value, high: value, moved: false };
  if (state.since === null || at - state.at > gap) return fresh;
  const low = Math.min(state.low, value);
  const high = Math.max(state.high, value);
  if (high - low > eps) return { ...fresh, moved: true };
  return { ...state, at, low, high };
}

function judge(test: StuckTest, state: StuckState): Verdict {
  if (state.since === null) return unknown("no reading yet");
  const lasted = state.at - state.since;
  if (lasted >= test.within) return { kind: "breach", since: state.since };
  if (state.moved) return { kind: "ok" };
  const watched = durationText(lasted);
  return unknown(`not enough data yet: watched for ${watched} of ${durationText(test.within)}`);
}

function explain(
  { rule, test, model }: { rule: Rule; test: StuckTest; model: ProductModel },
  state: StuckState,
  view: SignalView | undefined,
): Explanation {
  const { signal, eps, within } = test;
  const unit = model.signals[signal]?.unit;
  const lasted = state.at - (state.since ?? state.at);
  const range =
    state.low === state.high
      ? quantity(state.low, unit)
      : `between ${rounded(state.low)} and ${quantity(state.high, unit)}`;
  const when = test.while === undefined ? "" : ` while ${test.while.trim()}`;
  return {
    observed: `${signal} ${range} for ${durationText(lasted)}${when}`,
    expected: `a change of more than ${quantity(eps, unit)} within ${durationText(within)}`,
    signals: [signal],
    limits: [],
    values: knownValues([signal], view),
    disproof: rule.disproof || `${signal} changes again by itself`,
    sure:
      lasted >= 2 * within
        ? `high: not one change in ${durationText(lasted)}`
        : `medium: ${durationText(lasted)} without a change, a little longer than it may rest`,
  };
}
