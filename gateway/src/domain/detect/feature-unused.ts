import type { ProductModel } from "@voorzorg/firmware-contracts";
import type {
  Detector,
  DetectorInput,
  DeviceFacts,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import { whileExcused } from "#domain/detect/liveness.ts";
import { durationText, quantity } from "#domain/detect/wording.ts";
import type { FeatureUnusedTest } from "#domain/rules/kinds/usage-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";

export interface FeatureUnusedState {
  /** The rule's own deadline; null = none. */
  readonly due: EpochMs | null;
}

const observedSince = (facts: DeviceFacts): EpochMs =>
  Math.max(facts.activatedAt, facts.useObservedFrom ?? Number.POSITIVE_INFINITY);

/**
 * Breach when a feature was never seen used within `within` of activation although the product was
 * used by `afterUse`. Its first use ends it for good. Counted from when use could be seen, if later.
 */
export function featureUnusedDetector(
  rule: Rule,
  test: FeatureUnusedTest,
  model: ProductModel,
): Detector<FeatureUnusedState> {
  const title = model.features[test.feature]?.title ?? test.feature;
  const amount = (value: number) => quantity(value, model.use?.unit);
  const use = model.use?.title ?? "use";
  return {
    rule,
    wants: { signals: [], events: [], device: true },
    clock: "device",
    start: () => ({ due: null }),
    step: (state, input, active) => judge(test, { state, active }, input),
    explain: (_state, input) => {
      const facts = input.kind === "device" || input.kind === "deadline" ? input.facts : undefined;
      const since = facts === undefined ? "" : ` since ${iso(observedSince(facts)).slice(0, 10)}`;
      return {
        observed: `${title}: never used${since}; ${use}: ${amount(facts?.useTotal ?? 0)} meanwhile`,
        expected: `a first use within ${durationText(test.within)} and the first ${amount(test.afterUse)} (${use})`,
        signals: [],
        limits: [],
        values: {},
        sure: "high: every use since then would have been seen; what was before is not known",
        disproof: rule.disproof,
      };
    },
  };
}

function judge(
  test: FeatureUnusedTest,
  { state, active }: { readonly state: FeatureUnusedState; readonly active: boolean },
  input: DetectorInput,
): Step<FeatureUnusedState> {
  if (input.kind === "samples" || input.kind === "event") {
    return { state, verdict: { kind: "ok" }, deadline: state.due ?? undefined };
  }
  const { facts, at } = input;
  const ok: Step<FeatureUnusedState> = {
    state: { due: null },
    verdict: { kind: "ok" },
    deadline: undefined,
  };
  if (facts.features?.[test.feature] !== undefined) return ok;
  const from = observedSince(facts);
  if (!Number.isFinite(from)) {
    const why = "the device was never heard of";
    return { ...ok, verdict: { kind: "unknown", why } };
  }
  const since = from + test.within;
  const due = Math.max(since, facts.excusedUntil);
  if (at < due) {
    const verdict: Verdict = at < since ? { kind: "ok" } : whileExcused(active);
    return { verdict, state: { due }, deadline: due };
  }
  // Use that is still too little is looked at again with the first use of each day.
  if ((facts.useTotal ?? 0) < test.afterUse) return ok;
  return { ...ok, verdict: { kind: "breach", since } };
}
