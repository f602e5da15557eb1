import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, DetectorInput, Step, Verdict } from "#domain/detect/detector.ts";
import { whileExcused } from "#domain/detect/liveness.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { Rule, RuleTest } from "#domain/rules/rule.ts";
import { iso } from "#domain/units.ts";

export type NeverUsedTest = Extract<RuleTest, { type: "never_used" }>;

export interface NeverUsedState {
  /** Stays true: the tally forgets days after a while, this does not. */
  readonly used: boolean;
}

/** Breach when no use at all was seen within `within` of activation (service clock). Any use ends it. */
export function neverUsedDetector(
  rule: Rule,
  test: NeverUsedTest,
  model: ProductModel,
): Detector<NeverUsedState> {
  const use = model.use?.title ?? "use";
  return {
    rule,
    wants: { signals: [], events: [], device: true },
    clock: "device",
    start: () => ({ used: false }),
    step: (state, input, active) => judge(test, { state, active }, input),
    explain: (_state, input) => {
      const facts = input.kind === "device" || input.kind === "deadline" ? input.facts : undefined;
      const since = facts === undefined ? "" : ` on ${iso(facts.activatedAt).slice(0, 10)}`;
      const seen = facts !== undefined && facts.lastSeenAt === undefined;
      return {
        observed: `no use (${use}) since activation${since}${seen ? "; the device was never online" : ""}`,
        expected: `first use within ${durationText(test.within)} of activation`,
        signals: model.use !== undefined && "counter" in model.use ? [model.use.counter] : [],
        limits: [],
        values: {},
        disproof: rule.disproof,
        sure: seen
          ? "medium: it was never online, so use could not have been seen"
          : "high: it was online and reported no use",
      };
    },
  };
}

function judge(
  test: NeverUsedTest,
  { state, active }: { readonly state: NeverUsedState; readonly active: boolean },
  input: DetectorInput,
): Step<NeverUsedState> {
  if (state.used || (input.kind !== "device" && input.kind !== "deadline")) {
    return { state, verdict: { kind: "ok" }, deadline: undefined };
  }
  const { facts, at } = input;
  if (facts.use.some((day) => day.amount > 0)) {
    return { state: { used: true }, verdict: { kind: "ok" }, deadline: undefined };
  }
  const since = facts.activatedAt + test.within;
  if (at < Math.max(since, facts.excusedUntil)) {
    const verdict: Verdict = at < since ? { kind: "ok" } : whileExcused(active);
    return { state, verdict, deadline: Math.max(since, facts.excusedUntil) };
  }
  return { state, verdict: { kind: "breach", since }, deadline: undefined };
}
