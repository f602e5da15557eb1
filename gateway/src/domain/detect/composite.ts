import type {
  Detector,
  DetectorInput,
  Explanation,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import type { AlertsView } from "#domain/detect/others.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CompositeTest } from "#domain/rules/kinds/composite-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

export interface CompositeState {
  /** Device time at which each rule was last known to be active; absent = never. */
  readonly activeAt: Readonly<Record<string, EpochMs>>;
  /** Rules that were active when this one judged last. */
  readonly on: readonly string[];
  /** Since when the test has held; null while it does not. */
  readonly since: EpochMs | null;
}

const START: CompositeState = { activeAt: {}, on: [], since: null };

const namedIn = (test: CompositeTest): readonly string[] => [...test.rules, ...test.whereKnown];

interface Seen {
  readonly state: CompositeState;
  /** Per rule and then `whereKnown`, in order; undefined = it cannot tell. */
  readonly holds: readonly (boolean | undefined)[];
  /** When the first of the ended alerts becomes too old. */
  readonly due: EpochMs | undefined;
}

/**
 * `all`: breach while every rule is active or was so at some time in the last `within`; `any`: while
 * at least `atLeast` of them. Active is an alert that fires or clears. Three-valued as CEL's && and ||:
 * a rule that cannot tell makes this one unknown only where its answer would matter. A rule of
 * `whereKnown` must hold too, but stands not in the way while it cannot tell.
 */
export function compositeDetector(rule: Rule, test: CompositeTest): Detector<CompositeState> {
  return {
    rule,
    wants: { signals: [], events: [], device: false, rules: namedIn(test) },
    clock: "device",
    start: () => START,
    step: (state, input): Step<CompositeState> => {
      const alerts = alertsIn(input);
      if (alerts === undefined) {
        const why = "nothing is known of the other rules";
        return { state, verdict: { kind: "unknown", why }, deadline: undefined };
      }
      const at = input.kind === "deadline" ? input.deviceAt : input.at;
      const seen = look(test, state, { alerts, at });
      const verdict = judge(test, seen, at);
      const since = sinceOf(verdict, state.since);
      return { state: { ...seen.state, since }, verdict, deadline: seen.due };
    },
    explain: (state, input) => explain(rule, test, { state, input }),
  };
}

const alertsIn = (input: DetectorInput): AlertsView | undefined =>
  input.kind === "device" || input.kind === "deadline" ? input.alerts : undefined;

function look(
  test: CompositeTest,
  before: CompositeState,
  { alerts, at }: { alerts: AlertsView; at: EpochMs },
): Seen {
  const activeAt: Record<string, EpochMs> = {};
  const on: string[] = [];
  let due: EpochMs | undefined;
  const holds = namedIn(test).map((rule) => {
    const other = alerts.get(rule);
    const active = other?.active === true && !other.unknown;
    // Until now, if it was active at the last look: this look is there because it ended.
    const last = active || before.on.includes(rule) ? at : before.activeAt[rule];
    // A device clock that was set back would keep it young for ever.
    if (last !== undefined) activeAt[rule] = Math.min(last, at);
    if (active) {
      on.push(rule);
      return true;
    }
    if (last !== undefined && test.within > 0 && at - last <= test.within) {
      const end = Math.min(last, at) + test.within + 1;
      due = due === undefined ? end : Math.min(due, end);
      return true;
    }
    // Without a single reading nothing is known; events that never came are known not to have come.
    const never = other === undefined && test.whereKnown.includes(rule);
    return other?.unknown === true || never ? undefined : false;
  });
  return { state: { activeAt, on, since: before.since }, holds, due };
}

function judge(test: CompositeTest, { holds, state }: Seen, at: EpochMs): Verdict {
  const own = holds.slice(0, test.rules.length);
  const yes = own.filter((one) => one === true).length;
  const maybe = own.filter((one) => one === undefined).length;
  if (holds.slice(own.length).includes(false)) return { kind: "ok" };
  if (yes < test.atLeast && yes + maybe >= test.atLeast) {
    const open = test.rules.filter((_, i) => holds[i] === undefined);
    return { kind: "unknown", why: `${open.join(" and ")} cannot tell` };
  }
  return yes >= test.atLeast ? { kind: "breach", since: state.since ?? at } : { kind: "ok" };
}

/** Unknown in between does not end an episode. */
function sinceOf(verdict: Verdict, before: EpochMs | null): EpochMs | null {
  if (verdict.kind === "breach") return verdict.since;
  return verdict.kind === "ok" ? null : before;
}

function explain(
  rule: Rule,
  test: CompositeTest,
  { state, input }: { state: CompositeState; input: DetectorInput },
): Explanation {
  const alerts = alertsIn(input);
  const at = input.kind === "deadline" ? input.deviceAt : input.at;
  const found = namedIn(test).flatMap((id) => {
    const evidence = alerts?.get(id)?.evidence ?? null;
    const last = state.activeAt[id];
    if (evidence !== null && last !== undefined) return { id, evidence, said: evidence.observed };
    if (last === undefined || last + test.within < at) return [];
    return { id, evidence, said: `seen until ${durationText(at - last)} ago` };
  });
  const evidences = found.flatMap(({ evidence }) => evidence ?? []);
  const names = test.rules.join(", ");
  const near = test.within > 0 ? ` within ${durationText(test.within)}` : " at the same time";
  return {
    observed: found.map(({ id, said }) => `${id}: ${said}`).join("; "),
    expected: expectedText(test, names, near),
    signals: [...new Set(evidences.flatMap(({ signals }) => signals))],
    limits: evidences.flatMap(({ limits }) => limits),
    values: Object.assign({}, ...evidences.map(({ values }) => values)),
    disproof: rule.disproof || evidences.map(({ disproof }) => disproof).join("; or "),
    sure:
      found.length > 1
        ? `high: ${found.length} findings agree`
        : (evidences[0]?.sure ?? "medium: one finding that is over already"),
  };
}

function expectedText(test: CompositeTest, names: string, near: string): string {
  if (test.type === "all") return `not all of ${names}${near}`;
  return test.atLeast === 1 ? `none of ${names}` : `fewer than ${test.atLeast} of ${names}${near}`;
}
