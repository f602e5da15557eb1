import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Contribution } from "#domain/case/case.ts";
import type { Detector, Explanation, SignalView, Verdict } from "#domain/detect/detector.ts";
import type { Distance, Rates, SignalReference } from "#domain/detect/drift-reference.ts";
import { firstReference, judge, learnFrom, stepsAway } from "#domain/detect/drift-reference.ts";
import type { DriftTest, Rule } from "#domain/rules/rule.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";

/** An active alert stays a breach until the signal is this much nearer than the limit. */
const CLEAR_SHARE = 0.8;
/** The spread is learned over so many memories: it must outlast a short quiet spell. */
const SPREAD_MEMORIES = 10;
/** Samples to learn from before the first verdict, in memories. */
const LEARN_MEMORIES = 2;

export interface DriftState {
  /** First sample of this run; null before. */
  readonly startedAt: EpochMs | null;
  readonly at: EpochMs | null;
  /** Samples learned from. */
  readonly learned: number;
  readonly references: Readonly<Record<string, SignalReference>>;
  /** Samples in a row beyond the limit, and when the first of them was. */
  readonly beyond: number;
  readonly beyondSince: EpochMs;
  /** Since when an alert is active; null = none is. */
  readonly activeSince: EpochMs | null;
  /** The signal that was farthest from its normal at the last sample. */
  readonly farthest: (Distance & { readonly signal: string }) | null;
  readonly verdict: Verdict;
}

const START: DriftState = {
  startedAt: null,
  at: null,
  learned: 0,
  references: {},
  beyond: 0,
  beyondSince: 0,
  activeSince: null,
  farthest: null,
  verdict: { kind: "unknown", why: "no sample yet" },
};

/**
 * Compares a short average of each signal with a long one of the same signal, in units of how far
 * the two usually are apart (an EWMA control chart whose reference ages). So it needs no limit per
 * installation and follows slow wander such as a warming room. What it cannot see: a change slower
 * than the memory, a fault that was there while it learned, a changed relation at unchanged levels.
 *
 * - Before `learnFor` of device time and two memories of samples: unknown. A pause longer than
 *   `learnFor` is a new run and starts afresh, unless an alert is active.
 * - While an alert is active nothing is learned, so the alert clears only when the signal is back.
 *   With `freezeFor` that ends after so long: a lasting change becomes the new normal.
 * - A breach needs one signal; ok needs all of them known.
 */
export function driftDetector(
  rule: Rule,
  test: DriftTest,
  model: ProductModel,
): Detector<DriftState> {
  // A silent device's alert becomes unknown as soon as its values are too old to speak for now.
  const staleAfter = 3 * Math.max(...test.signals.map((signal) => periodOf(model, signal)));
  return {
    rule,
    wants: { signals: test.signals, events: [], device: false },
    clock: "device",
    start: () => START,
    step: (state, input, active) => {
      switch (input.kind) {
        case "samples": {
          // A second message of one moment would count the other signals twice and narrow their spread.
          const next =
            input.at === state.at ? state : new DriftStep(test, active).from(state, input.view);
          const deadline = active ? input.now + staleAfter + 1 : undefined;
          return { state: next, verdict: next.verdict, deadline };
        }
        case "deadline":
          return { state, verdict: stillKnown(test, state, input.view), deadline: undefined };
        case "event":
        case "device":
          return { state, verdict: state.verdict, deadline: undefined };
      }
    },
    explain: (state) => explain({ rule, test, model }, state),
  };
}

function stillKnown(test: DriftTest, state: DriftState, view: SignalView): Verdict {
  const missing = test.signals.find((signal) => view.get(signal) === undefined);
  return missing === undefined ? state.verdict : unknownSignal(missing);
}

const unknownSignal = (signal: string): Verdict => ({
  kind: "unknown",
  why: `${signal} is unknown`,
});

const periodOf = (model: ProductModel, signal: string): DurationMs =>
  model.signals[signal]?.periodMs ?? model.expectedPeriodMs;

interface Learning {
  /** Enough was learned for a verdict. */
  readonly ready: boolean;
  /** Nothing is learned now. */
  readonly frozen: boolean;
}

class DriftStep {
  readonly #test: DriftTest;
  readonly #active: boolean;

  constructor(test: DriftTest, active: boolean) {
    this.#test = test;
    this.#active = active;
  }

  from(before: DriftState, view: SignalView): DriftState {
    const { learnFor, memory } = this.#test;
    const paused = before.at !== null && view.at - before.at > learnFor;
    const state = paused && !this.#active ? START : before;
    const startedAt = state.startedAt ?? view.at;
    const elapsed = view.at - startedAt;
    if (elapsed * 2 < learnFor) {
      return { ...state, startedAt, at: view.at, verdict: this.#learning(elapsed) };
    }
    const ready = elapsed >= learnFor && state.learned >= LEARN_MEMORIES * memory;
    const activeSince = this.#active ? (state.activeSince ?? view.at) : null;
    const { freezeFor } = this.#test;
    const released =
      activeSince !== null && freezeFor !== undefined && view.at - activeSince > freezeFor;
    const frozen = activeSince !== null && !released;
    const seen = this.#look(state, view, this.#rates(state.learned, { ready, frozen }));
    const beyond = ready && this.#isBeyond(seen.farthest) ? state.beyond + 1 : 0;
    const beyondSince = beyond === 1 ? view.at : state.beyondSince;
    return {
      startedAt,
      at: view.at,
      learned: frozen ? state.learned : state.learned + 1,
      references: seen.references,
      beyond,
      beyondSince,
      activeSince,
      farthest: seen.farthest,
      verdict: ready ? this.#verdict(beyond, beyondSince, seen.missing) : this.#learning(elapsed),
    };
  }

  #look(state: DriftState, view: SignalView, rates: Rates) {
    const references: Record<string, SignalReference> = {};
    let farthest: DriftState["farthest"] = null;
    let missing: string | undefined;
    for (const signal of this.#test.signals) {
      const value = view.get(signal);
      const old = state.references[signal];
      if (typeof value !== "number") {
        missing ??= signal;
        if (old) references[signal] = old;
        continue;
      }
      const minSd = this.#test.minSd[signal] ?? 0;
      const judged = judge(old ?? firstReference(value), value, {
        smooth: this.#test.smooth,
        minSd,
        clip: rates.clip,
      });
      references[signal] = learnFrom(judged, value, rates);
      if (farthest === null || Math.abs(judged.distance.z) > Math.abs(farthest.z)) {
        farthest = { signal, ...judged.distance };
      }
    }
    return { references, farthest, missing };
  }

  #rates(learned: number, { ready, frozen }: Learning): Rates {
    if (frozen) return { normal: 0, spread: 0, clip: true };
    const normal = 1 / this.#test.memory;
    const spread = normal / SPREAD_MEMORIES;
    if (ready) return { normal, spread, clip: true };
    // A plain mean until the memory is full, so that the first sample weighs no more than others.
    const early = 1 / (learned + 2);
    return { normal: Math.max(normal, early), spread: Math.max(spread, early), clip: false };
  }

  #isBeyond(farthest: DriftState["farthest"]): boolean {
    const limit = this.#active ? this.#test.limit * CLEAR_SHARE : this.#test.limit;
    return farthest !== null && Math.abs(farthest.z) > limit;
  }

  #verdict(beyond: number, since: EpochMs, missing: string | undefined): Verdict {
    if (beyond >= (this.#active ? 1 : this.#test.inARow)) return { kind: "breach", since };
    if (missing !== undefined) return unknownSignal(missing);
    return { kind: "ok" };
  }

  #learning(elapsed: DurationMs): Verdict {
    const seconds = (duration: DurationMs) => Math.round(duration / 1_000);
    const { learnFor, memory } = this.#test;
    return {
      kind: "unknown",
      why: `not enough data yet: learns what is normal for ${seconds(learnFor)} s and ${LEARN_MEMORIES * memory} samples, ${seconds(elapsed)} s so far`,
    };
  }
}

function explain(
  { rule, test, model }: { rule: Rule; test: DriftTest; model: ProductModel },
  state: DriftState,
): Explanation {
  const { farthest } = state;
  if (farthest === null) {
    return {
      observed: "no sample yet",
      expected: `${test.signals.join(", ")} near their own recent normal`,
      signals: test.signals,
      limits: [],
      values: {},
      disproof: rule.disproof,
      sure: "low: no sample yet",
    };
  }
  const { signal, z, value, normal, step } = farthest;
  const shown = (reading: number) => `${rounded(reading)}${unitOf(model, signal)}`;
  const above = z > 0;
  const edge = normal + (above ? 1 : -1) * test.limit * step;
  const steps = Math.abs(z).toFixed(1);
  return {
    observed: `${signal} ${shown(value)}, ${steps} of its own usual steps ${above ? "above" : "below"} its normal of ${shown(normal)}`,
    expected: `${signal} at ${above ? "most" : "least"} ${shown(edge)}, ${test.limit} usual steps from its normal`,
    signals: [signal, ...test.signals.filter((other) => other !== signal)],
    limits: [{ signal, op: above ? ">" : "<", value: rounded(edge) }],
    values: { [signal]: rounded(value) },
    disproof:
      rule.disproof ||
      `${signal} is back at about ${shown(normal)} without a repair, or the machine was set to another working point on purpose`,
    sure: howSure(test, state, Math.abs(z)),
    ...(test.signals.length > 1 ? { contributions: contributions(test, state) } : {}),
  };
}

/** A shift far beyond the limit, or one that holds, is no chance. */
function howSure(test: DriftTest, { beyond }: DriftState, steps: number): string {
  const times = (steps / test.limit).toFixed(1);
  const held = beyond === 1 ? "1 sample" : `${beyond} samples in a row`;
  const high = steps >= 1.5 * test.limit || beyond >= 2 * test.smooth;
  return `${high ? "high" : "medium"}: ${held} beyond the limit, the last one ${times} times as far as it allows`;
}

/** Share of each signal in all that is away from normal (squared steps), largest first. */
function contributions(test: DriftTest, { references }: DriftState): readonly Contribution[] {
  const squares = test.signals.map((signal) => {
    const reference = references[signal];
    const scale = { smooth: test.smooth, minSd: test.minSd[signal] ?? 0 };
    return reference === undefined ? 0 : stepsAway(reference, scale) ** 2;
  });
  const total = squares.reduce((sum, square) => sum + square, 0);
  return test.signals
    .map((signal, i) => ({ signal, share: Number(((squares[i] ?? 0) / (total || 1)).toFixed(3)) }))
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share);
}

function unitOf(model: ProductModel, signal: string): string {
  const unit = model.signals[signal]?.unit;
  return unit === undefined || unit === "1" ? "" : ` ${unit}`;
}

const rounded = (reading: number): number => Number(reading.toPrecision(5));
