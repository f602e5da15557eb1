import type { Detector, DetectorInput, Step, Verdict } from "#domain/detect/detector.ts";
import { whileExcused } from "#domain/detect/liveness.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { NeverConnectedTest } from "#domain/rules/kinds/usage-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";

export interface NeverConnectedState {
  /** When the device is due to have connected (service clock); null = not known yet. */
  readonly due: EpochMs | null;
}

/**
 * Breach when a registered device sent nothing at all within `within` of its activation, on the
 * service clock. Its first message ends it for good; what comes after is a matter of silence.
 */
export function neverConnectedDetector(
  rule: Rule,
  test: NeverConnectedTest,
): Detector<NeverConnectedState> {
  return {
    rule,
    wants: { signals: [], events: [], device: true },
    clock: "service",
    start: () => ({ due: null }),
    step: (state, input, active) => judge(test, { state, active }, input),
    explain: (state, _input) => {
      const activated =
        state.due === null ? "" : ` on ${iso(state.due - test.within).slice(0, 10)}`;
      return {
        observed: `not one message since the device was activated${activated}`,
        expected: `a first message within ${durationText(test.within)} of activation`,
        signals: [],
        limits: [],
        values: {},
        sure: "high: nothing came under this device's name; it may still be used without a connection",
        disproof: rule.disproof,
      };
    },
  };
}

function judge(
  test: NeverConnectedTest,
  { state, active }: { readonly state: NeverConnectedState; readonly active: boolean },
  input: DetectorInput,
): Step<NeverConnectedState> {
  const isFacts = input.kind === "device" || input.kind === "deadline";
  if (!isFacts || input.facts.lastSeenAt !== undefined) {
    return { state, verdict: { kind: "ok" }, deadline: undefined };
  }
  const { facts, at } = input;
  const due = facts.activatedAt + test.within;
  const next = due === state.due ? state : { due };
  const judgedFrom = Math.max(due, facts.excusedUntil);
  if (at < judgedFrom) {
    const verdict: Verdict = at < due ? { kind: "ok" } : whileExcused(active);
    return { state: next, verdict, deadline: judgedFrom };
  }
  return { state: next, verdict: { kind: "breach", since: due }, deadline: undefined };
}
