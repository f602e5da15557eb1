import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { EvidenceLimit } from "#domain/case/case.ts";
import type {
  Detector,
  DetectorInput,
  Explanation,
  Predicate,
  SignalView,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import {
  allowedText,
  durationText,
  knownValues,
  valuesText,
  whyUnknown,
} from "#domain/detect/wording.ts";
import { HOLDS } from "#domain/rules/cel-operators.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

export interface ConditionState {
  /** Device time at which the breach began that no `ok` has ended; unknown in between keeps it. */
  readonly breachSince: EpochMs | null;
}

export interface ConditionPredicates {
  readonly when: Predicate;
  readonly clear: Predicate | undefined;
}

const START: ConditionState = { breachSince: null };

/**
 * Breach while `when` is true. Once the alert is active, `clear` decides instead: ok only when it
 * is true, so values between the two limits move nothing. Runs on the device clock.
 */
export function conditionDetector(
  rule: Rule,
  predicates: ConditionPredicates,
  model: ProductModel,
): Detector<ConditionState> {
  const { when, clear } = predicates;
  const signals = [...new Set([...when.signals, ...(clear?.signals ?? [])])];
  return {
    rule,
    wants: { signals, events: [], device: false },
    clock: "device",
    start: () => START,
    step: (state, input, active) => {
      const view = viewOf(input);
      if (view === undefined) return judged(state, { kind: "unknown", why: "no sample yet" });
      const at = input.kind === "deadline" ? input.deviceAt : input.at;
      const reset = active ? clear : undefined;
      const predicate = reset ?? when;
      const value = predicate.test(view);
      if (value === undefined) {
        return judged(state, { kind: "unknown", why: whyUnknown(predicate.signals, view) });
      }
      const breach = reset === undefined ? value : !value;
      if (!breach) return judged(START, { kind: "ok" });
      const since = state.breachSince ?? at;
      const next = state.breachSince === since ? state : { breachSince: since };
      return judged(next, { kind: "breach", since });
    },
    explain: (state, input) => explain({ rule, when, model, signals }, state, input),
  };
}

const judged = (state: ConditionState, verdict: Verdict): Step<ConditionState> => ({
  state,
  verdict,
  deadline: undefined,
});

const viewOf = (input: DetectorInput): SignalView | undefined =>
  input.kind === "device" ? undefined : input.view;

interface Subject {
  readonly rule: Rule;
  readonly when: Predicate;
  readonly model: ProductModel;
  readonly signals: readonly string[];
}

function explain(subject: Subject, state: ConditionState, input: DetectorInput): Explanation {
  const { rule, when, model, signals } = subject;
  const values = knownValues(signals, viewOf(input));
  const at = input.kind === "deadline" ? input.deviceAt : input.at;
  const lasted = state.breachSince === null ? 0 : at - state.breachSince;
  const what = valuesText(values, model) || when.source.trim();
  const broken = brokenLimits(when.limits, values);
  return {
    observed: lasted >= 1_000 ? `${what} for ${durationText(lasted)}` : what,
    expected:
      broken.map((limit) => allowedText(limit, model)).join(" or ") || `not: ${when.source.trim()}`,
    signals: signals.filter((signal) => model.signals[signal]?.kind !== "text"),
    limits: when.limits,
    values,
    disproof: rule.disproof,
    sure: howSure({ signals, model, lasted }),
  };
}

/** A gauge can be wrong once; what the device says of itself, or what holds on, is believed. */
function howSure(seen: {
  readonly signals: readonly string[];
  readonly model: ProductModel;
  readonly lasted: DurationMs;
}): string {
  const { signals, model, lasted } = seen;
  const measured = signals.filter((signal) => {
    const kind = model.signals[signal]?.kind;
    return kind === "gauge" || kind === "counter";
  });
  if (measured.length === 0) return "high: the device itself says so";
  const periods = measured.map(
    (signal) => model.signals[signal]?.periodMs ?? model.expectedPeriodMs,
  );
  if (lasted >= 2 * Math.max(...periods)) {
    return `high: no reading said otherwise for ${durationText(lasted)}`;
  }
  return "medium: one or two readings; a single wrong value looks the same";
}

/** The limits that are broken now; numbers before states, which are mostly circumstances. */
function brokenLimits(
  limits: readonly EvidenceLimit[],
  values: Explanation["values"],
): readonly EvidenceLimit[] {
  const broken = limits.filter((limit) => {
    const value = values[limit.signal];
    return value !== undefined && HOLDS[limit.op](value, limit.value);
  });
  const numeric = broken.filter((limit) => typeof limit.value === "number");
  return numeric.length > 0 ? numeric : broken;
}
