import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Detector, Predicate, SignalView, Verdict } from "#domain/detect/detector.ts";
import { explainMultivariate } from "#domain/detect/multivariate-explanation.ts";
import type { Look } from "#domain/detect/multivariate-model.ts";
import {
  age,
  atRest,
  emptyModel,
  fitModel,
  learnLevels,
  learnResiduals,
  look,
} from "#domain/detect/multivariate-model.ts";
import type { Finding, MultivariateState, Part } from "#domain/detect/multivariate-state.ts";
import type { Outside, RangeRow, ValueRanges } from "#domain/detect/value-ranges.ts";
import { emptyRanges, outside, widen } from "#domain/detect/value-ranges.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { MultivariateTest } from "#domain/rules/kinds/multivariate-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

/** An active alert stays a breach until everything is this much nearer than the limit. */
const CLEAR_SHARE = 0.7;
/** Levels and correlations are learned in this share of the learning time, then how well they tell. */
const LEVELS_SHARE = 0.75;
/** Samples per signal that the correlations need at least, or they would be chance. */
const LEVEL_SAMPLES = 5;
const RESIDUAL_SAMPLES = 2;
/** Ranges recede by the whole width in so many memories: a season's extremes must not be forgotten. */
const RANGE_MEMORIES = 20;
/** Signals that are named. */
const NAMED = 3;

/**
 * Tells what each signal should be from all the others of the same moment and watches what remains,
 * smoothed and in its own usual size; the root mean square over the signals is judged. That is the
 * residual of a principal component model with a soft edge, by one symmetric matrix instead of
 * eigenvectors. Beside it, values that were never seen in a given state (a pump that runs at a level
 * at which it never ran).
 *
 * - unknown while learning, while `while` is not true, and while a signal is missing unless the
 *   known ones are beyond the limit.
 * - The normal ages over `memory` samples. It does not learn from what is beyond the limit or while
 *   an alert is active, but after `freezeFor`: then a lasting change becomes the new normal.
 * - A pause of more than three periods forgets the present, not the normal.
 */
export function multivariateDetector(
  rule: Rule,
  test: MultivariateTest,
  parts: { readonly model: ProductModel; readonly gate: Predicate | undefined },
): Detector<MultivariateState> {
  const period = Math.max(
    ...test.signals.map(
      (signal) => parts.model.signals[signal]?.periodMs ?? parts.model.expectedPeriodMs,
    ),
  );
  const rows = new RowReader(test);
  const start: MultivariateState = {
    startedAt: null,
    at: null,
    phase: "levels",
    learned: 0,
    model: emptyModel(test.signals.length),
    ranges: test.ranges ? emptyRanges(test.ranges.of.length, test.ranges.given.length) : null,
    beyond: 0,
    beyondSince: 0,
    frozenSince: null,
    finding: null,
    verdict: { kind: "unknown", why: "no sample yet" },
  };
  const judge = new MultivariateJudge(test, { rows, gate: parts.gate, pauseMs: 3 * period });
  return {
    rule,
    wants: { signals: test.signals, events: [], device: false },
    clock: "device",
    start: () => start,
    step: (state, input, active) => {
      switch (input.kind) {
        case "samples": {
          // A second message of one moment would count every signal twice.
          const next = input.at === state.at ? state : judge.step(state, input.view, active);
          const deadline = active ? input.now + 3 * period + 1 : undefined;
          return { state: next, verdict: next.verdict, deadline };
        }
        case "deadline": {
          const missing = rows.missing(state, rows.read(input.view));
          const verdict = missing === undefined ? state.verdict : unknownSignal(missing);
          return { state, verdict, deadline: undefined };
        }
        case "event":
        case "device":
          return { state, verdict: state.verdict, deadline: undefined };
      }
    },
    explain: (state) => explainMultivariate(rule, test, { model: parts.model, state }),
  };
}

const unknownSignal = (signal: string): Verdict => ({
  kind: "unknown",
  why: `${signal} is unknown`,
});

/** Turns signals into rows of numbers in the order of the rule. */
class RowReader {
  readonly #signals: readonly string[];
  readonly #resolutions: readonly number[];
  readonly #of: readonly number[];
  readonly #given: readonly number[];

  constructor({ signals, resolution, ranges }: MultivariateTest) {
    this.#signals = signals;
    this.#resolutions = signals.map((signal) => resolution[signal] ?? 0);
    this.#of = (ranges?.of ?? []).map((signal) => signals.indexOf(signal));
    this.#given = (ranges?.given ?? []).map((signal) => signals.indexOf(signal));
  }

  read(view: SignalView): number[] {
    return this.#signals.map((signal, i) => {
      const value = view.get(signal);
      if (typeof value === "boolean") return value ? 1 : 0;
      if (typeof value !== "number") return Number.NaN;
      const step = this.#resolutions[i] ?? 0;
      return step > 0 ? Math.round(value / step) * step : value;
    });
  }

  ranged(row: readonly number[]): RangeRow {
    const pick = (index: number) => row[index] ?? Number.NaN;
    return { values: this.#of.map(pick), given: this.#given.map(pick) };
  }

  /** The first unknown signal that the model uses. */
  missing({ model, phase }: MultivariateState, row: readonly number[]): string | undefined {
    return this.#signals.find(
      (_, i) => Number.isNaN(row[i]) && (phase === "levels" || model.sd[i] !== 0),
    );
  }
}

class MultivariateJudge {
  readonly #test: MultivariateTest;
  readonly #rows: RowReader;
  readonly #gate: Predicate | undefined;
  readonly #pauseMs: number;

  constructor(
    test: MultivariateTest,
    parts: {
      readonly rows: RowReader;
      readonly gate: Predicate | undefined;
      readonly pauseMs: number;
    },
  ) {
    this.#test = test;
    this.#rows = parts.rows;
    this.#gate = parts.gate;
    this.#pauseMs = parts.pauseMs;
  }

  step(before: MultivariateState, view: SignalView, active: boolean): MultivariateState {
    if (this.#gate !== undefined && this.#gate.test(view) !== true) {
      const why = `counts only while ${this.#gate.source.trim()}`;
      return { ...before, beyond: 0, verdict: { kind: "unknown", why } };
    }
    const row = this.#rows.read(view);
    if (row.every(Number.isNaN)) {
      return { ...before, verdict: unknownSignal(this.#test.signals[0] ?? "") };
    }
    const paused = before.at !== null && view.at - before.at > this.#pauseMs;
    const state = {
      ...before,
      startedAt: before.startedAt ?? view.at,
      at: view.at,
      model: paused ? atRest(before.model) : before.model,
      beyond: paused ? 0 : before.beyond,
    };
    switch (state.phase) {
      case "levels":
        return this.#levels(state, row, view.at);
      case "residuals":
        return this.#residuals(state, row, view.at);
      case "live":
        return this.#live(state, row, { at: view.at, active });
    }
  }

  #levels(state: MultivariateState, row: number[], at: EpochMs): MultivariateState {
    const { signals, learnFor, shrink } = this.#test;
    const model = learnLevels(state.model, row);
    const learned = state.learned + 1;
    const ranges = this.#widened(state, row, 0);
    const elapsed = at - (state.startedAt ?? at);
    const enough = learned >= LEVEL_SAMPLES * signals.length;
    if (elapsed < learnFor * LEVELS_SHARE || !enough) {
      return { ...state, model, learned, ranges, verdict: this.#learning(elapsed, learned) };
    }
    return {
      ...state,
      phase: "residuals",
      learned: 0,
      model: fitModel(model, shrink),
      ranges,
      verdict: this.#learning(elapsed, learned),
    };
  }

  #residuals(state: MultivariateState, row: number[], at: EpochMs): MultivariateState {
    const { signals, learnFor, smooth } = this.#test;
    const seen = look(state.model, row, { smooth, first: state.learned === 0 });
    const learned = state.learned + 1;
    const model = learnResiduals(seen, row, { rate: 1 / learned, clip: false });
    const elapsed = at - (state.startedAt ?? at);
    const done = elapsed >= learnFor && learned >= RESIDUAL_SAMPLES * signals.length;
    return {
      ...state,
      phase: done ? "live" : "residuals",
      learned: done ? 0 : learned,
      model,
      ranges: this.#widened(state, row, 0),
      verdict: this.#learning(elapsed, learned),
    };
  }

  #live(
    state: MultivariateState,
    row: number[],
    { at, active }: { readonly at: EpochMs; readonly active: boolean },
  ): MultivariateState {
    const { smooth, memory, limit, shrink, freezeFor, inARow, ranges } = this.#test;
    const seen = look(state.model, row, { smooth, first: false });
    const out = state.ranges === null ? undefined : outside(state.ranges, this.#rows.ranged(row));
    const excess = Math.max(
      seen.distance / limit,
      out === undefined || ranges === undefined ? 0 : out.by / ranges.margin,
    );
    const isBeyond = excess > (active ? CLEAR_SHARE : 1);
    const beyond = isBeyond ? state.beyond + 1 : 0;
    const beyondSince = beyond === 1 ? at : state.beyondSince;
    const frozenSince = active || isBeyond ? (state.frozenSince ?? at) : null;
    const follows = frozenSince === null || at - frozenSince > freezeFor;
    const rate = 1 / memory;
    const learned = state.learned + (follows ? 1 : 0);
    const aged = follows ? age(seen, { rate, shrink, turn: learned }) : seen.model;
    const model = follows
      ? learnResiduals({ ...seen, model: aged }, row, { rate, clip: true })
      : aged;
    const broken = out !== undefined && out.by > (ranges?.margin ?? 0) ? out : null;
    const finding = excess > 1 ? this.#finding(seen, row, { excess, out: broken }) : undefined;
    return {
      ...state,
      learned,
      model,
      ranges: follows ? this.#widened(state, row, rate / RANGE_MEMORIES) : state.ranges,
      beyond,
      beyondSince,
      frozenSince,
      finding: finding ?? state.finding,
      verdict: this.#verdict(
        beyond >= (active ? 1 : inARow),
        beyondSince,
        this.#rows.missing(state, row),
      ),
    };
  }

  #widened(state: MultivariateState, row: number[], recede: number): ValueRanges | null {
    return state.ranges === null ? null : widen(state.ranges, this.#rows.ranged(row), recede);
  }

  #verdict(breach: boolean, since: EpochMs, missing: string | undefined): Verdict {
    if (breach) return { kind: "breach", since };
    return missing === undefined ? { kind: "ok" } : unknownSignal(missing);
  }

  #finding(
    { squares, rest, model, distance }: Look,
    row: readonly number[],
    { excess, out }: { readonly excess: number; readonly out: Outside | null },
  ): Finding {
    const total = squares.reduce((sum, square) => sum + square, 0);
    const parts = this.#test.signals.map((signal, i): Part => {
      const value = row[i] ?? 0;
      const implied = value - (rest[i] ?? 0) * (model.sd[i] ?? 0);
      return { signal, share: total > 0 ? (squares[i] ?? 0) / total : 0, value, implied };
    });
    const named = parts.sort((a, b) => b.share - a.share).filter(({ share }) => share > 0);
    return { distance, excess, parts: named.slice(0, NAMED), outside: out };
  }

  #learning(elapsed: number, learned: number): Verdict {
    const { learnFor, signals } = this.#test;
    const so = durationText(Math.min(elapsed, learnFor));
    const needed = (LEVEL_SAMPLES + RESIDUAL_SAMPLES) * signals.length;
    return {
      kind: "unknown",
      why: `not enough data yet: learns for ${durationText(learnFor)} and ${needed} samples how the signals go together, ${so} and ${learned} samples so far`,
    };
  }
}
