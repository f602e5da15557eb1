import type { ProductModel } from "@voorzorg/firmware-contracts";
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
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";

export type HardlyUsedTest = Extract<RuleTest, { type: "hardly_used" }>;

export interface HardlyUsedState {
  readonly verdict: Verdict;
  readonly deadline: EpochMs | null;
  /** Newest input: from here a service downtime is measured. */
  readonly at: EpochMs;
  readonly excusedUntil: EpochMs;
  /**
   * UTC day numbers that make no claim: the service was down for a good part of them, or the device
   * was off on purpose all day. Ascending, newest 60.
   */
  readonly excludedDays: readonly number[];
  /** Since when the device is off on purpose (service clock); null = it is not. */
  readonly offSince: EpochMs | null;
  /** Mean use per day at the last judgement, and over how many days; null = none yet. */
  readonly mean: number | null;
  readonly judgedDays: number;
}

/** After midnight UTC devices that buffer get this long to send the day's rest. */
const DAY_CLOSES_AFTER: DurationMs = 6 * HOUR_MS;
/** A downtime takes a day out only if it may have hidden a good part of it. */
const DAY_LOST_FROM: DurationMs = 6 * HOUR_MS;
const KEPT_DAYS = 60;

const START: HardlyUsedState = {
  verdict: { kind: "unknown", why: "no whole day was observed yet" },
  deadline: null,
  at: 0,
  excusedUntil: 0,
  excludedDays: [],
  offSince: null,
  mean: null,
  judgedDays: 0,
};

type ServiceInput = Extract<DetectorInput, { kind: "device" | "deadline" }>;

/**
 * Breach when the mean use per day over the last `days` whole UTC days is below the floor. Judged
 * once a day, six hours after midnight UTC. Unknown while fewer days were observed, while the device
 * was not heard of or was off on purpose for all of them, and while `where` is unknown; ok while
 * `where` is false (a heating in summer).
 */
export class HardlyUsedDetector implements Detector<HardlyUsedState> {
  readonly rule: Rule;
  readonly wants = { signals: [], events: [], device: true };
  readonly clock = "device";
  readonly #test: HardlyUsedTest;
  readonly #where: Predicate | undefined;
  readonly #model: ProductModel;

  constructor(
    rule: Rule,
    test: HardlyUsedTest,
    parts: { where: Predicate | undefined; model: ProductModel },
  ) {
    this.rule = rule;
    this.#test = test;
    this.#where = parts.where;
    this.#model = parts.model;
  }

  start(): HardlyUsedState {
    return START;
  }

  step(state: HardlyUsedState, input: DetectorInput): Step<HardlyUsedState> {
    if (input.kind !== "device" && input.kind !== "deadline") return stepOf(state);
    const noted = note(state, input);
    // A deadline may also be the alert's own: a day is judged once, when it is complete.
    const complete = state.deadline !== null && input.at >= state.deadline;
    if (input.kind === "deadline" && complete) {
      return stepOf({ ...this.#judge(noted, input), deadline: nextClose(input.at) });
    }
    return stepOf({ ...noted, deadline: state.deadline ?? nextClose(input.at) });
  }

  #judge(
    state: HardlyUsedState,
    input: Extract<DetectorInput, { kind: "deadline" }>,
  ): HardlyUsedState {
    const { facts, view } = input;
    const today = Math.floor((input.at - DAY_CLOSES_AFTER) / DAY_MS);
    const first = today - this.#test.days;
    const days = countedDays(state, facts, { first, today });
    const why =
      this.#blind(state, facts, first) ?? this.#enough(days.observed, days.counted.length);
    if (why !== undefined) return { ...state, verdict: { kind: "unknown", why } };
    const used = new Map(facts.use.map((day) => [dayNumber(day.day), day.amount]));
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
    return `not enough data: on ${days - counted} of ${days} days the device was off on purpose or the service was down`;
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

/** The next moment at which a day is complete. */
const nextClose = (at: EpochMs): EpochMs =>
  (Math.floor((at - DAY_CLOSES_AFTER) / DAY_MS) + 1) * DAY_MS + DAY_CLOSES_AFTER;

const dayNumber = (day: string): number => Math.floor(Date.parse(`${day}T00:00:00Z`) / DAY_MS);

/** Takes down downtime of the service and planned rest of the device. */
function note(state: HardlyUsedState, { facts, at }: ServiceInput): HardlyUsedState {
  const off = facts.silenceExpected && facts.presence === "offline";
  const rested = off || state.offSince === null ? [] : wholeDays(state.offSince, at);
  const downFrom = Math.max(state.at, state.excusedUntil);
  const isDown = state.at !== 0 && facts.excusedUntil > state.excusedUntil;
  const missed = isDown ? lostDays(downFrom, facts.excusedUntil) : [];
  const next: HardlyUsedState = {
    ...state,
    at: Math.max(at, state.at),
    excusedUntil: Math.max(facts.excusedUntil, state.excusedUntil),
    offSince: off ? (state.offSince ?? at) : null,
  };
  if (rested.length + missed.length === 0) return next;
  const days = new Set([...state.excludedDays, ...rested, ...missed]);
  return { ...next, excludedDays: [...days].sort((a, b) => a - b).slice(-KEPT_DAYS) };
}

function wholeDays(from: EpochMs, to: EpochMs): readonly number[] {
  const first = Math.ceil(from / DAY_MS);
  const count = Math.floor(to / DAY_MS) - first;
  return Array.from({ length: Math.min(Math.max(count, 0), KEPT_DAYS) }, (_, i) => first + i);
}

function lostDays(from: EpochMs, to: EpochMs): readonly number[] {
  const days: number[] = [];
  const last = Math.floor(to / DAY_MS);
  for (let day = Math.max(Math.floor(from / DAY_MS), last - KEPT_DAYS); day <= last; day += 1) {
    const lost = Math.min(to, (day + 1) * DAY_MS) - Math.max(from, day * DAY_MS);
    if (lost >= DAY_LOST_FROM) days.push(day);
  }
  return days;
}

interface Days {
  readonly first: number;
  readonly today: number;
}

function countedDays(state: HardlyUsedState, facts: DeviceFacts, { first, today }: Days) {
  const from = Math.max(facts.useObservedFrom ?? Number.POSITIVE_INFINITY, facts.activatedAt);
  // The day on which observation began is not a whole one.
  const firstWhole = Math.floor(from / DAY_MS) + 1;
  const observed = Math.max(0, today - Math.max(first, firstWhole));
  const counted: number[] = [];
  const offFrom = state.offSince ?? Number.POSITIVE_INFINITY;
  for (let day = first; day < today; day += 1) {
    if (day * DAY_MS < offFrom && !state.excludedDays.includes(day)) counted.push(day);
  }
  return { observed, counted };
}
