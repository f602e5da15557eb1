import type { ProductModel } from "@voorzorg/firmware-contracts";
import type {
  Detector,
  DetectorInput,
  Predicate,
  Quantity,
  SignalView,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import type { OwnNormal } from "#domain/detect/own-index.ts";
import {
  indexSignals,
  learnNormal,
  NO_NORMAL,
  readAll,
  wearIndex,
} from "#domain/detect/own-index.ts";
import { explainTrend } from "#domain/detect/trend-explanation.ts";
import type { TrendLine } from "#domain/detect/trend-line.ts";
import { fitLine, middle } from "#domain/detect/trend-line.ts";
import type { TrendPoints } from "#domain/detect/trend-points.ts";
import { addReading, NO_POINTS } from "#domain/detect/trend-points.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { TrendTest } from "#domain/rules/kinds/trend-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** Points before the first verdict; they must also span half of `over`. */
const LEAST_POINTS = 8;
/** An active alert stays until the limit is this much farther away than `within`. */
const CLEAR_SHARE = 1.25;
/** The present, and what a step back is measured from: the median of so many periods. */
const RECENT_PERIODS = 3;
/** It goes back this far, in standard deviations of its points ... */
const STEP_NOISES = 6;
/** ... and at least this share of what the line has moved in its memory ... */
const STEP_SHARE = 0.25;
/** ... and of what is left to the limit. */
const STEP_LEFT_SHARE = 0.02;
/** Without a reading for so many periods nothing is known of the trend. */
const STALE_PERIODS = 3;

export interface TrendState {
  /** Newest reading, and the first: periods are counted from there. */
  readonly at: EpochMs | null;
  readonly startedAt: EpochMs;
  /** For an index: what is normal. */
  readonly normal: OwnNormal;
  /** Heights count towards the limit: a falling quantity is remembered with its sign turned. */
  readonly points: TrendPoints;
  /** The line through all closed periods but those that may be a step back. */
  readonly line: TrendLine | null;
  /** Closed periods in a row that lie far back. */
  readonly behind: number;
  /** Slope before the last step back, per period; null = there was none. */
  readonly formerSlope: number | null;
  /** Newest `clearCode`; null = none yet. */
  readonly clearedAt: EpochMs | null;
  readonly verdict: Verdict;
}

const START: TrendState = {
  at: null,
  startedAt: 0,
  normal: NO_NORMAL,
  points: NO_POINTS,
  line: null,
  behind: 0,
  formerSlope: null,
  clearedAt: null,
  verdict: { kind: "unknown", why: "no reading yet" },
};

export interface TrendParts {
  /** What `of` calculates; undefined for an index. */
  readonly of: Quantity | undefined;
  readonly where: Predicate | undefined;
  readonly model: ProductModel;
}

/**
 * Breach when a robust line through the medians of the last periods reaches the limit within
 * `within`, is clear of chance and goes on in both halves of its memory; or when it is at the limit.
 *
 * - Before 8 points that span half of `over`: unknown. Periods without a reading are no points.
 * - Judged when a period is complete, by the first reading of the next.
 * - Two periods far back are a step back (the part was changed): the memory begins anew
 *   with them. Until it is full enough, ok if at the former rate the limit is far, else unknown.
 * - A device whose clock was set back goes on as if no time had passed.
 */
export class TrendDetector implements Detector<TrendState> {
  readonly rule: Rule;
  readonly wants: Detector["wants"];
  readonly clock = "device";
  readonly #test: TrendTest;
  readonly #parts: TrendParts;
  readonly #signals: readonly string[];
  readonly #capacity: number;
  readonly #staleAfter: DurationMs;
  /** Limit and readings are turned so that the trend always rises. */
  readonly #sign: 1 | -1;

  constructor(rule: Rule, test: TrendTest, parts: TrendParts) {
    this.rule = rule;
    this.#test = test;
    this.#parts = parts;
    this.#signals = test.index === undefined ? (parts.of?.signals ?? []) : indexSignals(test.index);
    this.#capacity = Math.floor(test.over / test.period);
    this.#sign = test.direction === "rising" ? 1 : -1;
    const slowest = Math.max(...this.#signals.map((signal) => periodOf(parts.model, signal)));
    this.#staleAfter = STALE_PERIODS * Math.max(test.period, slowest);
    const events = test.clearCode === undefined ? [] : [test.clearCode];
    this.wants = { signals: this.#signals, events, device: false };
  }

  start(): TrendState {
    return START;
  }

  step(state: TrendState, input: DetectorInput, active: boolean): Step<TrendState> {
    switch (input.kind) {
      case "samples":
        return this.#due(this.#read(state, input.view, active), input.now, active);
      case "event":
        return this.#due(this.#clear(state, input.at), input.now, active);
      case "deadline":
        return this.#deadline(state, input);
      case "device":
        return { state, verdict: state.verdict, deadline: undefined };
    }
  }

  #due(state: TrendState, now: EpochMs, active: boolean): Step<TrendState> {
    const watched = active || state.verdict.kind === "breach";
    const deadline = watched ? now + this.#staleAfter + 1 : undefined;
    return { state, verdict: state.verdict, deadline };
  }

  #deadline(
    state: TrendState,
    { at, deviceAt }: Extract<DetectorInput, { kind: "deadline" }>,
  ): Step<TrendState> {
    const age = state.at === null ? 0 : deviceAt - state.at;
    if (age <= this.#staleAfter) {
      return { state, verdict: state.verdict, deadline: at + this.#staleAfter - age + 1 };
    }
    const why = `no reading for ${durationText(age)}`;
    return { state, verdict: { kind: "unknown", why }, deadline: undefined };
  }

  #clear(state: TrendState, at: EpochMs): TrendState {
    if (state.clearedAt !== null && at <= state.clearedAt) return state;
    // A report of long ago says nothing of what is remembered.
    if (state.at !== null && at < state.at - this.#test.over) return state;
    const formerSlope = state.line?.slope ?? state.formerSlope;
    return { ...START, formerSlope, clearedAt: at, verdict: { kind: "ok" } };
  }

  #read(before: TrendState, view: SignalView, active: boolean): TrendState {
    const { at } = view;
    // A second message of one moment would count the others twice.
    if (at === before.at || !this.#counts(view)) return before;
    const back = before.at === null ? 0 : Math.max(0, before.at - at);
    const startedAt = before.at === null ? at : before.startedAt - back;
    const state: TrendState = { ...before, at, startedAt };
    const read = this.#quantity(state, view);
    if (typeof read !== "number") return read;
    const period = Math.floor((at - startedAt) / this.#test.period);
    const points = addReading(state.points, this.#sign * read, {
      period,
      capacity: this.#capacity,
    });
    const next = { ...state, points };
    if (points.open === state.points.open) return next;
    // The first reading of a changed part: the event has said that all is well.
    if (state.points.open === null && state.verdict.kind === "ok") return next;
    return this.#judge(next, active);
  }

  #counts(view: SignalView): boolean {
    const { where } = this.#parts;
    return where === undefined || where.test(view) === true;
  }

  /** The quantity, or the state when it has none now. */
  #quantity(state: TrendState, view: SignalView): number | TrendState {
    const { index } = this.#test;
    if (index === undefined) return this.#parts.of?.value(view) ?? state;
    const values = readAll(this.#signals, view);
    if (values === undefined) return state;
    if (state.normal.ready) return wearIndex(index, state.normal, values);
    const { learnFor } = index;
    const elapsed = view.at - state.startedAt;
    const normal = learnNormal(state.normal, values, { elapsed, learnFor });
    const why = `not enough data yet: learns what is normal for ${durationText(learnFor)}, ${durationText(elapsed)} so far`;
    return { ...state, normal, verdict: { kind: "unknown", why } };
  }

  #judge(state: TrendState, active: boolean): TrendState {
    const { closed } = state.points;
    const behind = this.#isBehind(state) ? state.behind + 1 : 0;
    if (behind === 1) return { ...state, behind };
    if (behind === 2) return this.#afterStepBack(state);
    const line = fitLine(closed) ?? null;
    const next = { ...state, line, behind };
    return { ...next, verdict: this.#verdict(next, active) };
  }

  #isBehind({ line, points, behind }: TrendState): boolean {
    const value = points.closed.findLast((height) => height !== null) ?? null;
    if (line === null || line.points < LEAST_POINTS || value === null) return false;
    const recent = recentOf(points.closed, 1 + behind);
    const left = this.#sign * this.#test.limit - line.level;
    const step = Math.max(
      STEP_NOISES * line.noise,
      STEP_SHARE * Math.abs(line.slope) * line.span,
      STEP_LEFT_SHARE * Math.abs(left),
    );
    return recent - value > step;
  }

  #afterStepBack(state: TrendState): TrendState {
    const points = { ...state.points, closed: lastTwo(state.points.closed) };
    const formerSlope = state.line?.slope ?? state.formerSlope;
    const next: TrendState = { ...state, points, line: null, behind: 0, formerSlope };
    return { ...next, verdict: this.#verdict(next, false) };
  }

  #verdict(state: TrendState, active: boolean): Verdict {
    const { line, points } = state;
    const limit = this.#sign * this.#test.limit;
    const wanted = Math.ceil(this.#capacity / 2);
    if (line === null || line.points < LEAST_POINTS || line.span + 1 < wanted) {
      return this.#tooEarly(state, limit);
    }
    const since = state.verdict.kind === "breach" ? state.verdict.since : (state.at ?? 0);
    const breach: Verdict = { kind: "breach", since };
    // A line may cross the limit for a step that is none of its business; the readings must be there too.
    if (line.level >= limit && recentOf(points.closed) >= limit) return breach;
    const left = ((limit - line.level) / line.slope) * this.#test.period;
    if (active) {
      const near = line.slope > 0 && left <= CLEAR_SHARE * this.#test.within;
      return near ? breach : { kind: "ok" };
    }
    const sure = line.low > 0 && line.steady;
    if (sure && left <= this.#test.within) return breach;
    return { kind: "ok" };
  }

  #tooEarly({ line, points, formerSlope }: TrendState, limit: number): Verdict {
    const { period, within } = this.#test;
    const newest = points.closed.findLast((value) => value !== null);
    if (formerSlope !== null && newest !== undefined && newest !== null) {
      const left = ((limit - newest) / formerSlope) * period;
      if (formerSlope <= 0 || left > within) return { kind: "ok" };
    }
    const half = durationText(Math.ceil(this.#capacity / 2) * period);
    const seen =
      line === null ? points.closed.filter((value) => value !== null).length : line.points;
    const spanned = durationText((line?.span ?? Math.max(0, seen - 1)) * period);
    const why = `not enough data yet: ${seen} of at least ${LEAST_POINTS} periods of ${durationText(period)}, over ${spanned} of at least ${half}`;
    return { kind: "unknown", why };
  }

  explain(state: TrendState, input: DetectorInput) {
    const view = input.kind === "device" ? undefined : input.view;
    return explainTrend(
      { rule: this.rule, test: this.#test, model: this.#parts.model, signals: this.#signals },
      state,
      view,
    );
  }
}

const periodOf = (model: ProductModel, signal: string): DurationMs =>
  model.signals[signal]?.periodMs ?? model.expectedPeriodMs;

/** Median of the newest periods that have a value, but for the last `leave`. */
function recentOf(closed: TrendPoints["closed"], leave = 0): number {
  const known = closed.filter((value) => value !== null);
  const end = known.length - leave;
  return middle(known.slice(Math.max(0, end - RECENT_PERIODS), end).sort((a, b) => a - b));
}

/** Index of the newest period with a value before `end`; -1 = none. */
function newestIndex(closed: TrendPoints["closed"], end: number): number {
  let i = end - 1;
  while (i >= 0 && (closed[i] ?? null) === null) i -= 1;
  return i;
}

/** The last two periods that have a value, with what lies between them. */
function lastTwo(closed: TrendPoints["closed"]): TrendPoints["closed"] {
  const last = newestIndex(closed, closed.length);
  return closed.slice(Math.max(0, newestIndex(closed, last)));
}
