import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { AwayTest } from "#domain/detect/day-book.ts";
import {
  dayOf,
  daysBetween,
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
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import type { OwnHabitState } from "#domain/detect/own-habit-state.ts";
import {
  anew,
  heard,
  longer,
  NO_RUN,
  passed,
  rested,
  START,
  withHeard,
} from "#domain/detect/own-habit-state.ts";
import { habitExplanation } from "#domain/detect/own-habit-wording.ts";
import { whyUnknown } from "#domain/detect/wording.ts";
import type { DroppedTest, StoppedTest } from "#domain/rules/kinds/usage-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, iso } from "#domain/units.ts";
import { dropEvidence, expectedUse, learnDay, lowered, short } from "#domain/usage/habit.ts";

/** Share of the habit against which every day is held to know whether the habit is in doubt. */
const DOUBT_SHARE = 0.75;
/** Evidence beyond the limit is not kept, or an alert would outlast its cause by weeks. */
const EVIDENCE_KEPT = 1.2;
/** An alert is over when its evidence has fallen to this share of the limit. */
const CLEAR_SHARE = 0.3;
/** A drop that lasted so many days is what the device is used for now. */
const ACCEPTED_DAYS = 60;
/** So much evidence, or so many quiet days, and the present may not be the habit: learn slowly. */
const DOUBT_EVIDENCE = 3;
const DOUBT_QUIET_DAYS = 3;
const DOUBT_SPEED = 0.3;

type DaysInput = Extract<DetectorInput, { kind: "device" | "deadline" }>;

/**
 * Compares each whole UTC day with what this device is usually used for. `dropped`: a one-sided
 * cumulative sum of the evidence that use has fallen to a share of the habit. `stopped`: days in a
 * row without use in which the habit expected some. Judged once a day, six hours after midnight UTC.
 * Days on which the device was not heard of, off on purpose, or its owner away make no claim.
 */
export class OwnHabitDetector implements Detector<OwnHabitState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: DroppedTest | StoppedTest;
  readonly #where: Predicate | undefined;
  readonly #away: AwayTest;
  readonly #model: ProductModel;

  constructor(
    rule: Rule,
    test: DroppedTest | StoppedTest,
    parts: { where: Predicate | undefined; away: AwayTest; model: ProductModel },
  ) {
    this.rule = rule;
    this.#test = test;
    this.#where = parts.where;
    this.#away = parts.away;
    this.#model = parts.model;
    const { use, signals } = parts.model;
    // Any message shows that the device would have told; a counter must have been read itself.
    const heard = use !== undefined && "counter" in use ? [use.counter] : Object.keys(signals);
    const used = use !== undefined && "event" in use ? [use.event] : [];
    const owner = test.newOwner === undefined ? [] : [test.newOwner];
    this.wants = {
      signals: [...new Set([...heard, ...(parts.away.when?.signals ?? [])])],
      events: [...new Set([...used, ...owner])],
      device: true,
    };
  }

  start(): OwnHabitState {
    return START;
  }

  step(state: OwnHabitState, input: DetectorInput): Step<OwnHabitState> {
    switch (input.kind) {
      case "samples":
        return this.#now(heard(noteSample(state, input.view, this.#away), input.at));
      case "event":
        if (input.code === this.#test.newOwner) return this.#now(anew(state, input.at));
        return this.#now(heard(state, input.at));
      case "device":
        return this.#now(this.#usedAgain(this.#note(state, input), input.facts));
      case "deadline": {
        const noted = this.#note(state, input);
        const complete = state.deadline !== null && input.at >= state.deadline;
        if (!complete) return this.#now(noted);
        return this.#now({ ...this.#close(noted, input), deadline: nextClose(input.at) });
      }
    }
  }

  #note(state: OwnHabitState, input: DaysInput): OwnHabitState {
    const noted = noteFacts(state, input, this.#away);
    const today = dayOf(input.at);
    const asleep = input.facts.presence === "sleeping";
    // A sleeping device wakes when it is used, so its silence is a claim.
    const slept = state.asleepFrom === null || asleep ? [] : daysBetween(state.asleepFrom, today);
    const close = nextClose(input.at);
    // A clock that was set back must not wait for a day that is far ahead now.
    const day = Math.min(state.day ?? Number.POSITIVE_INFINITY, openDay(input.at) - 1);
    return {
      ...withHeard(noted, slept),
      day,
      asleepFrom: asleep ? (state.asleepFrom ?? today) : null,
      deadline: Math.min(state.deadline ?? close, close),
    };
  }

  /** Use on a day that is not over yet ends the quiet at once. */
  #usedAgain(state: OwnHabitState, facts: DeviceFacts): OwnHabitState {
    if (this.#test.type !== "stopped" || state.since === null) return state;
    const last = state.day ?? 0;
    for (const [day, amount] of usePerDay(facts)) {
      if (day > last && amount > 0) return { ...state, since: null, quiet: NO_RUN };
    }
    return state;
  }

  /** Judges every day that is complete and known, oldest first. */
  #close(state: OwnHabitState, input: Extract<DetectorInput, { kind: "deadline" }>): OwnHabitState {
    const { facts } = input;
    const last = openDay(input.at) - 1;
    const { asleepFrom } = state;
    const known = asleepFrom === null ? (state.heardDays.at(-1) ?? state.day ?? last) : last;
    const until = Math.min(last, known);
    const season = this.#where === undefined ? true : this.#where.test(input.view);
    if (season !== true) {
      const why = season === false ? null : whyUnknown(this.#where?.signals ?? [], input.view);
      return { ...passed(season === false ? rested(state) : state, until), blind: why };
    }
    const use = usePerDay(facts);
    const first = Math.max((state.day ?? last) + 1, firstWholeDay(facts));
    let next = state;
    for (const day of daysBetween(first, until)) {
      const isKnown = asleepFrom !== null && day >= asleepFrom;
      if (!isKnown && !state.heardDays.includes(day)) continue;
      if (makesNoClaim(state, day)) continue;
      next = this.#day(next, day, use.get(day) ?? 0);
    }
    return { ...passed(next, until), blind: this.#blindness(state, { until, last }) };
  }

  #blindness(state: OwnHabitState, { until, last }: { until: number; last: number }) {
    if (state.awaySince !== null) return "the owner is away";
    if (state.offSince !== null) return "the device is off on purpose";
    if (until >= last) return null;
    return `the device was not heard of after ${iso(until * DAY_MS).slice(0, 10)}`;
  }

  #day(state: OwnHabitState, day: number, amount: number): OwnHabitState {
    const { habit } = state;
    const test = this.#test;
    const expected = expectedUse(habit, day);
    const seen = { day, amount, expected };
    const learning = habit.days < test.learnDays;
    const share = test.type === "dropped" ? test.to : DOUBT_SHARE;
    const gained = learning ? 0 : dropEvidence(habit, seen, share);
    const limit = test.type === "dropped" ? test.evidence : 2 * DOUBT_EVIDENCE;
    const evidence = short(Math.min(EVIDENCE_KEPT * limit, Math.max(0, state.evidence + gained)));
    const low = evidence > 0 ? longer(state.low, seen) : NO_RUN;
    const quiet = amount > 0 ? NO_RUN : longer(state.quiet, seen);
    if (test.type === "dropped" && low.days > ACCEPTED_DAYS && state.since !== null) {
      return { ...rested(state), habit: lowered(habit, low.used / low.usual) };
    }
    const judged = { ...state, evidence, low, quiet };
    const since = learning ? null : this.#since(judged);
    const inDoubt = since !== null || evidence > limit / 2 || quiet.days >= DOUBT_QUIET_DAYS;
    const speed = inDoubt && !learning ? DOUBT_SPEED : 1;
    const pace = { memory: test.memoryDays, speed };
    return { ...judged, since, habit: learnDay(habit, day, amount, pace) };
  }

  #since(state: OwnHabitState): EpochMs | null {
    const test = this.#test;
    if (test.type === "stopped") {
      const { quiet } = state;
      const isLong = quiet.days >= test.days && quiet.usual >= test.expected;
      return isLong ? quiet.from * DAY_MS : null;
    }
    if (state.evidence >= test.evidence) return state.since ?? state.low.from * DAY_MS;
    return state.evidence > CLEAR_SHARE * test.evidence ? state.since : null;
  }

  #now(state: OwnHabitState): Step<OwnHabitState> {
    return { state, verdict: this.#verdict(state), deadline: state.deadline ?? undefined };
  }

  #verdict({ habit, since, blind }: OwnHabitState): Verdict {
    if (blind !== null) return { kind: "unknown", why: blind };
    if (since !== null) return { kind: "breach", since };
    const { learnDays } = this.#test;
    if (habit.days >= learnDays) return { kind: "ok" };
    const why = `not enough data yet: ${habit.days} of ${learnDays} days`;
    return { kind: "unknown", why };
  }

  explain(state: OwnHabitState, _input: DetectorInput): Explanation {
    const { rule } = this;
    return habitExplanation(state, { rule, test: this.#test, model: this.#model });
  }
}
