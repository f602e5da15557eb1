import type { Contribution } from "#domain/case/case.ts";
import type { SignalView } from "#domain/detect/detector.ts";
import { FROM_MEDIAN_DEVIATION, middle } from "#domain/detect/trend-line.ts";
import type { TrendIndex } from "#domain/rules/kinds/trend-test.ts";
import type { DurationMs } from "#domain/units.ts";

/** Readings that a normal needs at least, however long it took them to come. */
const LEAST_READINGS = 20;
/** Readings that the first, robust estimate is made of. */
const FIRST_READINGS = 7;
/** While learning, a reading farther out counts as one so far out. */
const CLIP_STEPS = 4;
/** One signal alone cannot carry the index farther than this. */
const MAX_STEPS = 6;
/** Below this share of the level a spread is taken for rounding. */
const RELATIVE_LEAST = 1e-4;
const ABSOLUTE_LEAST = 1e-9;

/** What is normal for each signal, in the order rising, falling. */
export interface OwnNormal {
  readonly learned: number;
  /** The first readings, a row each, until a first estimate is made of them. */
  readonly first: readonly (readonly number[])[];
  readonly mean: readonly number[];
  /** While learning the variance, afterwards the usual step. */
  readonly spread: readonly number[];
  readonly ready: boolean;
}

export const NO_NORMAL: OwnNormal = {
  learned: 0,
  first: [],
  mean: [],
  spread: [],
  ready: false,
};

export const indexSignals = (index: TrendIndex): readonly string[] => [
  ...index.rising,
  ...index.falling,
];

/** undefined = one of them is unknown. */
export function readAll(signals: readonly string[], view: SignalView): number[] | undefined {
  const values: number[] = [];
  for (const signal of signals) {
    const value = view.get(signal);
    if (typeof value !== "number") return undefined;
    values.push(value);
  }
  return values;
}

/**
 * Median and median deviation of the first readings, then mean and variance of readings that are
 * drawn in to at most CLIP_STEPS steps: a wild reading neither moves the normal nor widens it.
 * `elapsed` since the first reading.
 */
export function learnNormal(
  normal: OwnNormal,
  values: readonly number[],
  { elapsed, learnFor }: { readonly elapsed: DurationMs; readonly learnFor: DurationMs },
): OwnNormal {
  const learned = normal.learned + 1;
  if (learned < FIRST_READINGS) return { ...normal, learned, first: [...normal.first, values] };
  if (learned === FIRST_READINGS) return firstEstimate([...normal.first, values]);
  const mean: number[] = [];
  const spread: number[] = [];
  values.forEach((value, i) => {
    const before = normal.mean[i] ?? value;
    const variance = normal.spread[i] ?? 0;
    const far = CLIP_STEPS * Math.max(Math.sqrt(variance), leastStep(before));
    const off = Math.min(far, Math.max(-far, value - before));
    mean.push(before + off / learned);
    spread.push(variance + (off * off - variance) / learned);
  });
  if (elapsed < learnFor || learned < LEAST_READINGS) {
    return { learned, first: [], mean, spread, ready: false };
  }
  const step = spread.map((variance, i) =>
    digits(Math.max(Math.sqrt(variance), leastStep(mean[i] ?? 0))),
  );
  return { learned, first: [], mean: mean.map(digits), spread: step, ready: true };
}

function firstEstimate(rows: readonly (readonly number[])[]): OwnNormal {
  const columns = (rows[0] ?? []).map((_, i) => rows.map((row) => row[i] ?? 0));
  const mean = columns.map(median);
  const spread = columns.map((column, i) => {
    const deviation = median(column.map((value) => Math.abs(value - (mean[i] ?? 0))));
    return (FROM_MEDIAN_DEVIATION * deviation) ** 2;
  });
  return { learned: rows.length, first: [], mean, spread, ready: false };
}

const median = (values: readonly number[]): number => middle([...values].sort((a, b) => a - b));
const leastStep = (mean: number): number =>
  Math.max(RELATIVE_LEAST * Math.abs(mean), ABSOLUTE_LEAST);

/** Steps of each signal towards wear, at most MAX_STEPS. */
function wearSteps(index: TrendIndex, normal: OwnNormal, values: readonly number[]) {
  return values.map((value, i) => {
    const z = (value - (normal.mean[i] ?? value)) / (normal.spread[i] ?? 1);
    const towards = i < index.rising.length ? z : -z;
    return Math.min(MAX_STEPS, Math.max(-MAX_STEPS, towards));
  });
}

/** Mean steps towards wear over all signals: noise averages out, wear adds up. */
export function wearIndex(index: TrendIndex, normal: OwnNormal, values: readonly number[]): number {
  const steps = wearSteps(index, normal, values);
  return steps.reduce((sum, step) => sum + step, 0) / steps.length;
}

/** Share of each signal in what speaks for wear, largest first; below one in a hundred is left out. */
export function wearShares(
  index: TrendIndex,
  normal: OwnNormal,
  view: SignalView,
): readonly Contribution[] {
  const signals = indexSignals(index);
  const values = readAll(signals, view);
  if (values === undefined) return [];
  const steps = wearSteps(index, normal, values).map((step) => Math.max(0, step));
  const total = steps.reduce((sum, step) => sum + step, 0);
  return signals
    .map((signal, i) => ({ signal, share: Number(((steps[i] ?? 0) / (total || 1)).toFixed(3)) }))
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share);
}

const digits = (value: number): number => Number(value.toPrecision(7));
