import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Band } from "#domain/detect/baseline-band.ts";
import {
  accept,
  BAND_READINGS,
  liveEvidence,
  look,
  NEW_BAND,
} from "#domain/detect/baseline-band.ts";
import { explainBaseline } from "#domain/detect/baseline-explanation.ts";
import type { ViewValues } from "#domain/detect/baseline-habit.ts";
import { follow, newHabit, VIEWS } from "#domain/detect/baseline-habit.ts";
import type { BaselineState } from "#domain/detect/baseline-state.ts";
import { afterCase, evidenceOf, keepOpen, widthOf } from "#domain/detect/baseline-state.ts";
import type {
  Detector,
  DetectorInput,
  Predicate,
  SignalView,
  Step,
  Verdict,
} from "#domain/detect/detector.ts";
import { durationText, whyUnknown } from "#domain/detect/wording.ts";
import type { BaselineTest } from "#domain/rules/kinds/baseline-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

/** Other views are at least this share of the reading's band wide: a long mean hardly moves while it is learned. */
const LEAST_SHARE = 0.25;
/** A reading's band is at least this share of its value wide: noise in the last digit is none. */
const LEAST_RELATIVE_WIDTH = 1e-3;

export interface BaselineParts {
  readonly where: Predicate | undefined;
  readonly model: ProductModel;
}

/**
 * Learns where a signal and simple views of it (jump, short and long means, difference from the
 * habit of the hour) have been. A view in a place where it never was is evidence, and it weighs more
 * the rarer first times have become; evidence of several views within a short time adds up. Noise
 * makes one view new now and then, a real change makes several new at once.
 *
 * - Before 200 readings and `learnFor`: unknown.
 * - While an alert is open nothing it shows is learned. It ends when the signal is back where it was
 *   before, or when the change has held for 100 readings: then that is the new normal.
 * - What an alert has shown is no news again, but it does not widen the band.
 * - The trend carries the bands along, so slow ageing stays within them.
 */
export function baselineDetector(
  rule: Rule,
  test: BaselineTest,
  { where, model }: BaselineParts,
): Detector<BaselineState> {
  const period = model.signals[test.signal]?.periodMs ?? model.expectedPeriodMs;
  const stepOf = new BaselineStep(test);
  const staleAfter = 3 * period;
  const verdictOf = (state: BaselineState) => say(test, state);
  return {
    rule,
    wants: {
      signals: [...new Set([test.signal, ...(where?.signals ?? [])])],
      events: test.relearnOn,
      device: false,
    },
    clock: "device",
    start: () => START(test),
    step: (state, input, active): Step<BaselineState> => {
      switch (input.kind) {
        case "samples": {
          const deadline = active ? input.now + staleAfter + 1 : undefined;
          const next = stepOf.sample(state, { view: input.view, active, where });
          return { ...next, deadline };
        }
        case "event":
          return relearn(test, state, input);
        case "deadline": {
          const known = input.view.get(test.signal) !== undefined;
          const verdict = known ? verdictOf(state) : unknown(`${test.signal} is unknown`);
          return { state, verdict, deadline: undefined };
        }
        case "device":
          return { state, verdict: verdictOf(state), deadline: undefined };
      }
    },
    explain: (state) => explainBaseline({ rule, test, model }, state),
    caseResolved: afterCase,
  };
}

const unknown = (why: string): Verdict => ({ kind: "unknown", why });

const START = (test: BaselineTest): BaselineState => ({
  startedAt: null,
  at: 0,
  interval: null,
  habit: newHabit(test.season),
  bands: VIEWS.filter((view) => isUsed(test, view)).map(() => NEW_BAND),
  openedAt: null,
  endedAt: null,
  onset: 0,
  verdict: "unknown",
});

/** The views of the hours come last, so that the others keep their place without them. */
const isUsed = ({ season }: BaselineTest, view: (typeof VIEWS)[number]): boolean =>
  (view !== "day" || season !== "none") && (view !== "week" || season === "week");

function relearn(
  test: BaselineTest,
  state: BaselineState,
  input: Extract<DetectorInput, { kind: "event" }>,
): Step<BaselineState> {
  // A late event was overtaken by what was learned since; its change is then seen as a new normal.
  const next = input.late || input.at < state.at ? state : START(test);
  return { state: next, verdict: say(test, next), deadline: undefined };
}

function say(test: BaselineTest, state: BaselineState): Verdict {
  if (state.verdict === "breach") return { kind: "breach", since: state.onset };
  if (state.verdict === "ok") return { kind: "ok" };
  if (state.startedAt === null) return unknown("not enough data yet: no reading so far");
  const elapsed = state.at - state.startedAt;
  const time =
    test.learnFor === 0 ? "" : ` and ${durationText(elapsed)} of ${durationText(test.learnFor)}`;
  return unknown(
    `not enough data yet: ${state.habit.readings} of ${BAND_READINGS} readings${time}`,
  );
}

class BaselineStep {
  readonly #test: BaselineTest;

  constructor(test: BaselineTest) {
    this.#test = test;
  }

  sample(
    state: BaselineState,
    { view, active, where }: { view: SignalView; active: boolean; where: Predicate | undefined },
  ): { readonly state: BaselineState; readonly verdict: Verdict } {
    const { signal } = this.#test;
    const value = view.get(signal);
    if (typeof value !== "number") return { state, verdict: unknown(`${signal} is unknown`) };
    const holds = where === undefined ? true : where.test(view);
    if (holds === undefined) {
      return { state, verdict: unknown(whyUnknown(where?.signals ?? [], view)) };
    }
    // A second message of one moment is no second reading.
    const isNew = state.startedAt === null || view.at > state.at;
    const next = holds && isNew ? this.#take(state, { at: view.at, value, active }) : state;
    return { state: next, verdict: say(this.#test, next) };
  }

  #take(
    state: BaselineState,
    { at, value, active }: { at: EpochMs; value: number; active: boolean },
  ): BaselineState {
    const { every } = this.#test;
    const started = { ...state, startedAt: state.startedAt ?? at, at };
    if (every === 0) return this.#read(started, { at, value, active });
    const slot = Math.floor(at / every);
    const { interval } = state;
    if (interval === null) return { ...started, interval: { slot, sum: value, count: 1 } };
    if (slot === interval.slot) {
      const sum = interval.sum + value;
      return { ...started, interval: { slot, sum, count: interval.count + 1 } };
    }
    const reading = { at: interval.slot * every, value: interval.sum / interval.count, active };
    const read = this.#read(started, reading);
    return { ...read, interval: { slot, sum: value, count: 1 } };
  }

  #read(
    state: BaselineState,
    reading: { at: EpochMs; value: number; active: boolean },
  ): BaselineState {
    const open = state.openedAt !== null;
    const width = widthOf(state.bands[0]);
    const pull = { learning: width === 0, open, width };
    const { habit, views } = follow(state.habit, reading, pull);
    const bands = this.#look({ ...state, habit }, views, {
      at: reading.at,
      open: open || reading.active,
    });
    return this.#judge({ ...state, habit, bands }, reading.at);
  }

  #look(
    { bands, habit }: BaselineState,
    views: ViewValues,
    { at, open }: { at: EpochMs; open: boolean },
  ): readonly Band[] {
    const { minWidth, side } = this.#test;
    const moment = { reading: habit.readings, at, open, side };
    const raw = Math.abs(habit.anchor + habit.trend + (views[0] ?? 0));
    let share = 0;
    return bands.map((band, index) => {
      const value = views[index];
      if (value === undefined) return band;
      const least = index === 0 ? LEAST_RELATIVE_WIDTH * raw : share;
      const next = look(band, value, { ...moment, minWidth: Math.max(minWidth, least, 1e-9) });
      if (index === 0) share = LEAST_SHARE * widthOf(next);
      return next;
    });
  }

  #judge(state: BaselineState, at: EpochMs): BaselineState {
    const { readings } = state.habit;
    const ready =
      widthOf(state.bands[0]) > 0 && at - (state.startedAt ?? at) >= this.#test.learnFor;
    if (!ready) return { ...state, bands: state.bands.map(accept), verdict: "unknown" };
    const enough = evidenceOf(state) >= this.#test.evidence * state.bands.length;
    if (state.openedAt !== null) return keepOpen(state, { enough, openedAt: state.openedAt });
    const isNew = state.bands.some(({ finding }) => finding?.reading === readings);
    if (!enough || !isNew) return { ...state, verdict: "ok" };
    const onsets = state.bands.flatMap((band) =>
      band.finding !== null && liveEvidence(band, readings) > 0 ? [band.finding.since] : [],
    );
    const onset = Math.min(at, ...onsets);
    return { ...state, openedAt: readings, onset, verdict: "breach" };
  }
}
