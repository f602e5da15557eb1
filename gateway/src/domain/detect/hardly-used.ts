import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { AwayTest, DayBook } from "#domain/detect/day-book.ts";
import {
  daysBetween,
  EMPTY_BOOK,
  firstWholeDay,
  makesNoClaim,
  nextClose,
  noteFacts,
  noteSample,
  openDay,
  usePerDay,
} from "#domain/detect/day-book.ts";
import type {
  Detector,
  DetectorInput,
  DeviceFacts,
  Explanation,
  Predicate,
  SignalView,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import { quantity, rounded, whyUnknown } from "#domain/detect/wording.ts";
import type { Rule, RuleTest } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, iso } from "#domain/units.ts";

export type HardlyUsedTest = Extract<RuleTest, { type: "hardly_used" }>;

export interface HardlyUsedState extends DayBook {
  readonly verdict: Verdict;
  readonly deadline: EpochMs | null;
  /** Mean use per day at the last judgement, and over how many days; null = none yet. */
  readonly mean: number | null;
  readonly judgedDays: number;
}

const START: HardlyUsedState = {
  ...EMPTY_BOOK,
  verdict: { kind: "unknown", why: "no whole day was observed yet" },
  deadline: null,
  mean: null,
  judgedDays: 0,
};

/**
 * Breach when the mean use per day over the last `days` whole UTC days is below the floor. Judged
 * once a day, six hours after midnight UTC. Unknown while fewer days were observed, while the device
 * was not heard of or was off on purpose for all of them, and while `where` is unknown; ok while
 * `where` is false (a heating in summer). Days on which the owner was away are left out.
 */
export class HardlyUsedDetector implements Detector<HardlyUsedState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: HardlyUsedTest;
  readonly #where: Predicate | undefined;
  readonly #away: AwayTest;
  readonly #model: ProductModel;

  constructor(
    rule: Rule,
    test: HardlyUsedTest,
    parts: { where: Predicate | undefined; away: AwayTest; model: ProductModel },
  ) {
    this.rule = rule;
    this.wants = { signals: parts.away.when?.signals ?? [], events: [], device: true };
    this.#test = test;
    this.#away = parts.away;
    this.#where = parts.where;
    this.#model = parts.model;
  }

  start(): HardlyUsedState {
    return START;
  }

  step(state: HardlyUsedState, input: DetectorInput): Step<HardlyUsedState> {
    if (input.kind === "event") return stepOf(state);
    if (input.kind === "samples") return stepOf(noteSample(state, input.view, this.#away));
    const noted = noteFacts(state, input, this.#away);
    // A deadline may also be the alert's own: a day is judged once, when it is complete.
    const complete = state.deadline !== null && input.at >= state.deadline;
    if (input.kind === "deadline" && complete) {
      return stepOf({ ...this.#judge(noted, input), deadline: nextClose(input.at) });
    }
    // A clock that was set back must not wait for a day that is far ahead now.
    const close = nextClose(input.at);
    return stepOf({ ...noted, deadline: Math.min(state.deadline ?? close, close) });
  }

  #judge(
    state: HardlyUsedState,
    input: Extract<DetectorInput, { kind: "deadline" }>,
  ): HardlyUsedState {
    const { facts, view } = input;
    const today = openDay(input.at);
    const first = today - this.#test.days;
    const days = countedDays(state, facts, { first, today });
    const why =
      this.#blind(state, facts, first) ?? this.#enough(days.observed, days.counted.length);
    if (why !== undefined) return { ...state, verdict: { kind: "unknown", why } };
    const used = usePerDay(facts);
    const total = days.counted.reduce((sum, day) => sum + (used.get(day) ?? 0), 0);
    const mean = total / days.counted.length;
    const verdict = this.#verdict(mean, view, state);
    return { ...state, verdict, mean, judgedDays: days.counted.length };
  }

  #verdict(mean: number, view: SignalView, state: HardlyUsedState): Verdict {
    if (mean >= this.#test.belowPerDay) return { kind: "ok" };
    const expected = this.#where === undefined ? true : this.#where.test(view);
    if (expected === undefined) {
      return { kind: "unknown", why: whyUnknown(this.#where?.signals ?? [], view) };
    }
    if (!expected) return { kind: "ok" };
    const since = state.verdict.kind === "breach" ? state.verdict.since : state.at;
    return { kind: "breach", since };
  }

  #blind(state: HardlyUsedState, facts: DeviceFacts, first: number): string | undefined {
    const begin = first * DAY_MS;
    if (state.offSince !== null && state.offSince <= begin) {
      return `the device is off on purpose since ${iso(state.offSince).slice(0, 10)}`;
    }
    // A sleeping device wakes when it is used, so its silence is a claim; a lost one makes none.
    if (facts.presence !== "sleeping" && (facts.lastSeenAt ?? 0) < begin) {
      return "the device was not heard of in these days";
    }
    return undefined;
  }

  #enough(observed: number, counted: number): string | undefined {
    const { days } = this.#test;
    if (observed < days) return `not enough data yet: ${observed} of ${days} days`;
    if (counted * 2 >= days) return undefined;
    return `not enough data: on ${days - counted} of ${days} days the device was off on purpose, its owner away or the service down`;
  }

  explain(state: HardlyUsedState, _input: DetectorInput): Explanation {
    const { days, belowPerDay } = this.#test;
    const unit = this.#model.use?.unit;
    const perDay = (amount: number) => `${quantity(amount, unit)} a day`;
    return {
      observed: `${perDay(rounded(state.mean ?? 0))} on average over ${state.judgedDays} days`,
      expected: `at least ${perDay(belowPerDay)} over ${days} days`,
      signals:
        this.#model.use !== undefined && "counter" in this.#model.use
          ? [this.#model.use.counter]
          : [],
      limits: [],
      values: {},
      disproof: this.rule.disproof,
      sure:
        state.judgedDays < days
          ? `medium: only ${state.judgedDays} of ${days} days make a claim`
          : `high: all of ${days} days count`,
    };
  }
}

const stepOf = (state: HardlyUsedState): Step<HardlyUsedState> => ({
  state,
  verdict: state.verdict,
  deadline: state.deadline ?? undefined,
});

interface Days {
  readonly first: number;
  readonly today: number;
}

function countedDays(state: HardlyUsedState, facts: DeviceFacts, { first, today }: Days) {
  const observed = Math.max(0, today - Math.max(first, firstWholeDay(facts)));
  const counted = daysBetween(first, today - 1).filter((day) => !makesNoClaim(state, day));
  return { observed, counted };
}
