import type {
  Detector,
  DetectorInput,
  DeviceFacts,
  Explanation,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import { whileExcused } from "#domain/detect/liveness.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { Rule, RuleTest } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";

export type SilenceTest = Extract<RuleTest, { type: "silence" }>;

/** Nothing to remember: the registry and the last message say it all. */
export type SilenceState = Readonly<Record<string, never>>;

const START: SilenceState = {};

/**
 * Breach when nothing came for `after`, counted on the service clock from the last message or, for a
 * device that was never seen, from its activation. Any message ends it. The service's own downtime
 * is excused, and silence that the device announced (planned offline, sleeping) is unknown.
 */
export function silenceDetector(rule: Rule, test: SilenceTest): Detector<SilenceState> {
  return {
    rule,
    wants: { signals: [], events: [], device: true },
    clock: "service",
    start: () => START,
    step: (state, input, active) => {
      if (input.kind !== "device" && input.kind !== "deadline") {
        return { state, verdict: { kind: "ok" }, deadline: undefined };
      }
      return judge(test, input, active);
    },
    explain: (_state, input) => explain(rule, test, input),
  };
}

const lastSign = (facts: DeviceFacts): EpochMs =>
  Math.max(facts.lastSeenAt ?? facts.activatedAt, facts.activatedAt);

function judge(
  test: SilenceTest,
  { facts, at }: Extract<DetectorInput, { kind: "device" | "deadline" }>,
  active: boolean,
): Step<SilenceState> {
  if (facts.silenceExpected) {
    const why = "silence is expected: the device said that it goes offline or to sleep";
    return { state: START, verdict: { kind: "unknown", why }, deadline: undefined };
  }
  const last = lastSign(facts);
  const due = last + test.after;
  if (at < Math.max(due, facts.excusedUntil)) {
    const verdict: Verdict = at < due ? { kind: "ok" } : whileExcused(active);
    return { state: START, verdict, deadline: Math.max(due, facts.excusedUntil) };
  }
  return { state: START, verdict: { kind: "breach", since: last }, deadline: undefined };
}

function explain(rule: Rule, test: SilenceTest, input: DetectorInput): Explanation {
  const facts = input.kind === "device" || input.kind === "deadline" ? input.facts : undefined;
  const seen = facts?.lastSeenAt;
  const lasted = facts === undefined ? test.after : input.at - lastSign(facts);
  const observed =
    seen === undefined
      ? `never a message in ${durationText(lasted)} since activation`
      : `no message for ${durationText(lasted)}, the last one at ${iso(seen)}`;
  return {
    observed,
    expected: `a message at least every ${durationText(test.after)}`,
    signals: [],
    limits: [],
    values: {},
    disproof: rule.disproof,
    sure: howSure(facts),
  };
}

function howSure(facts: DeviceFacts | undefined): string {
  if (facts?.lastSeenAt === undefined) {
    return "medium: it was never heard, so it may be stored, unplugged or not set up";
  }
  return facts.excusedUntil > facts.lastSeenAt
    ? "medium: the service itself was down in between, though it has waited longer for that"
    : "high: the service was up all the time and heard nothing";
}
