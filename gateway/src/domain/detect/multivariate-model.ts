import { diagonal, entry, get, invert, rankOne, times, zeros } from "#domain/detect/triangle.ts";

/** A deviation farther out than this many standard deviations counts as this many. */
const MAX_DEVIATION = 20;
/** A residual farther out than this many of its usual sizes counts as this many: spikes are many and small news. */
const MAX_RESIDUAL = 10;
/** Least residual to assume, in standard deviations of the signal: what two signals tell of each other is never exact. */
const MIN_RESIDUAL = 0.1;
/** A spread below this share of the level is rounding: the signal is taken for constant and left out. */
const RELATIVE_MIN_SD = 1e-4;
const ABSOLUTE_MIN_SD = 1e-9;
/** A residual that is learned counts at most this many of its usual squares. */
const MAX_LEARNED_SQUARE = 25;
/** An unusual sample moves the correlations less, from this many times the expected distance on. */
const ROBUST_DISTANCE = 3;
/** Rounds over the missing signals until their guesses agree; the error falls fast. */
const MISSING_ROUNDS = 3;

/**
 * What is normal for several signals of one device: level and spread of each, how they go together,
 * and how well each is usually told from the others. All plain numbers in the order of the rule's
 * signals. `matrix` is a lower triangle, row by row: first the covariance, then the inverse of the
 * shrunk correlation. n signals cost n * (n + 1) / 2 + 5 n numbers.
 */
export interface Model {
  /** Samples in which the signal was known, while levels were learned. */
  readonly counts: readonly number[];
  readonly mean: readonly number[];
  /** 0 = left out: constant or mostly unknown while learning. Empty before the model is fitted. */
  readonly sd: readonly number[];
  readonly matrix: readonly number[];
  /** Mean square of each signal's residual, in its own variances. */
  readonly residual: readonly number[];
  /** Residual in its usual sizes, averaged over the last samples: the present. */
  readonly present: readonly number[];
  /** Mean square of `present`. */
  readonly presentSquare: readonly number[];
}

export const emptyModel = (signals: number): Model => ({
  counts: zeros(signals),
  mean: zeros(signals),
  sd: [],
  matrix: zeros((signals * (signals + 1)) / 2),
  residual: zeros(signals),
  present: zeros(signals),
  presentSquare: zeros(signals),
});

/** A value per signal; NaN = unknown. */
export type Row = readonly number[];

/** Learns levels and covariance by running means over the samples in which the signals were known. */
export function learnLevels(model: Model, row: Row): Model {
  const size = row.length;
  const counts = model.counts.slice();
  const mean = model.mean.slice();
  const matrix = model.matrix.slice();
  const before = zeros(size);
  const after = zeros(size);
  for (let i = 0; i < size; i++) {
    const value = get(row, i);
    if (Number.isNaN(value)) continue;
    const count = get(counts, i) + 1;
    const deviation = value - get(mean, i);
    counts[i] = count;
    mean[i] = get(mean, i) + deviation / count;
    before[i] = deviation;
    after[i] = deviation - deviation / count;
  }
  for (let i = 0, at = 0; i < size; i++) {
    for (let j = 0; j <= i; j++, at++) {
      if (Number.isNaN(get(row, i)) || Number.isNaN(get(row, j))) continue;
      const rate = 1 / Math.min(get(counts, i), get(counts, j));
      const old = get(matrix, at);
      matrix[at] = old + rate * (get(before, i) * get(after, j) - old);
    }
  }
  return { ...model, counts, mean, matrix };
}

/**
 * Ends the learning of levels: standardises, shrinks the correlations towards independence by adding
 * `shrink` to their diagonal, and inverts. A signal that was constant or known in less than half of
 * the samples is left out. Cost: the cube of the number of signals, once.
 */
export function fitModel(model: Model, shrink: number): Model {
  const size = model.mean.length;
  const most = Math.max(...model.counts);
  const sd = model.mean.map((mean, i) => {
    const spread = Math.sqrt(Math.max(0, get(model.matrix, diagonal(i))));
    const rounding = Math.max(ABSOLUTE_MIN_SD, RELATIVE_MIN_SD * Math.abs(mean));
    return spread > rounding && get(model.counts, i) * 2 > most ? spread : 0;
  });
  const correlation = (i: number, j: number): number => {
    const scale = get(sd, i) * get(sd, j);
    if (scale === 0) return i === j ? 1 : 0;
    return get(model.matrix, diagonal(Math.max(i, j)) - Math.abs(i - j)) / scale;
  };
  let ridge = shrink;
  let matrix = invert(size, (i, j) => correlation(i, j) + (i === j ? ridge : 0));
  // Gaps at different times can make estimated correlations impossible together; more shrinkage
  // mends it, at the latest when it outweighs them all.
  while (matrix === undefined) {
    ridge *= 2;
    const more = ridge;
    matrix = invert(size, (i, j) => correlation(i, j) + (i === j ? more : 0));
  }
  sd.forEach((spread, i) => {
    if (spread === 0) matrix[diagonal(i)] = 0;
  });
  return { ...model, sd, matrix };
}

/** One sample seen against the model. */
export interface Look {
  /** Deviation of each signal from its level in standard deviations; unknown ones as the others imply. */
  readonly deviation: readonly number[];
  /** Inverse times `deviation`: 0 for a signal that is exactly where the others imply it. */
  readonly pull: readonly number[];
  /** What remains of each signal that the others do not explain, in its standard deviations. */
  readonly rest: readonly number[];
  readonly model: Model;
  /** Share of each signal in `distance`, squared and before division: sums up to its square times the known. */
  readonly squares: readonly number[];
  /** Root mean square of the known signals' present residuals, each in its usual size: about 1 when normal. */
  readonly distance: number;
}

/** `smooth`: samples that the present is averaged over. `first`: no residual is known yet. */
export function look(
  model: Model,
  row: Row,
  { smooth, first }: { readonly smooth: number; readonly first: boolean },
): Look {
  const { deviation, pull } = deviations(model, row);
  const size = row.length;
  const lambda = 2 / (smooth + 1);
  const leastPresent = 0.5 * Math.sqrt(lambda / (2 - lambda));
  const present = model.present.slice();
  const rest = zeros(size);
  const squares = zeros(size);
  let sum = 0;
  let known = 0;
  for (let i = 0; i < size; i++) {
    if (get(model.sd, i) === 0 || Number.isNaN(get(row, i))) continue;
    const unexplained = get(pull, i) / get(model.matrix, diagonal(i));
    rest[i] = unexplained;
    const usual = first ? 1 : Math.max(Math.sqrt(get(model.residual, i)), MIN_RESIDUAL);
    const news = clamp(unexplained / usual, MAX_RESIDUAL);
    const now = get(present, i) + lambda * (news - get(present, i));
    present[i] = now;
    known += 1;
    if (first) continue;
    const usualPresent = Math.max(Math.sqrt(get(model.presentSquare, i)), leastPresent);
    const steps = now / usualPresent;
    squares[i] = steps * steps;
    sum += steps * steps;
  }
  const distance = known === 0 ? 0 : Math.sqrt(sum / known);
  return { deviation, pull, rest, model: { ...model, present }, squares, distance };
}

function deviations(model: Model, row: Row) {
  const size = row.length;
  const deviation = zeros(size);
  const missing: number[] = [];
  for (let i = 0; i < size; i++) {
    const sd = get(model.sd, i);
    if (sd === 0) continue;
    const value = get(row, i);
    if (Number.isNaN(value)) missing.push(i);
    else deviation[i] = clamp((value - get(model.mean, i)) / sd, MAX_DEVIATION);
  }
  const pull = times(model.matrix, deviation);
  const rounds = missing.length === 1 ? 1 : MISSING_ROUNDS;
  for (let round = 0; round < rounds; round++) {
    // What the others imply of a signal is the value at which nothing pulls at it.
    for (const i of missing) {
      const change = -get(pull, i) / get(model.matrix, diagonal(i));
      deviation[i] = get(deviation, i) + change;
      for (let j = 0; j < size; j++) pull[j] = get(pull, j) + change * entry(model.matrix, i, j);
    }
  }
  return { deviation, pull };
}

/** Learns how large the residuals usually are. `rate`: weight of this sample. */
export function learnResiduals(
  { model, rest }: Look,
  row: Row,
  { rate, clip }: { readonly rate: number; readonly clip: boolean },
): Model {
  const residual = model.residual.slice();
  const presentSquare = model.presentSquare.slice();
  for (let i = 0; i < row.length; i++) {
    if (get(model.sd, i) === 0 || Number.isNaN(get(row, i))) continue;
    const old = get(residual, i);
    const square = get(rest, i) ** 2;
    const usual = Math.max(old, MIN_RESIDUAL ** 2);
    const counted = clip ? Math.min(square, MAX_LEARNED_SQUARE * usual) : square;
    residual[i] = old + rate * (counted - old);
    const present = get(presentSquare, i);
    presentSquare[i] = present + rate * (get(model.present, i) ** 2 - present);
  }
  return { ...model, residual, presentSquare };
}

/**
 * Lets levels and correlations follow, by a rank-one update of the inverse; `turn` goes round the
 * signals and puts back the shrinkage that ageing takes away, so that the inverse stays bounded.
 */
export function age(
  { model, deviation, pull }: Look,
  settings: { readonly rate: number; readonly shrink: number; readonly turn: number },
): Model {
  const { rate, shrink } = settings;
  const size = deviation.length;
  const mean = model.mean.slice();
  let square = 0;
  for (let i = 0; i < size; i++) {
    mean[i] = get(mean, i) + rate * get(deviation, i) * get(model.sd, i);
    square += get(deviation, i) * get(pull, i);
  }
  const weight = rate * Math.min(1, (ROBUST_DISTANCE * size) / Math.max(square, ABSOLUTE_MIN_SD));
  const gain = weight / (1 - weight);
  const matrix = model.matrix.slice();
  rankOne(matrix, pull, { factor: gain / (1 + gain * square), scale: 1 / (1 - weight) });
  const turn = settings.turn % size;
  if (get(model.sd, turn) === 0) return { ...model, mean, matrix };
  const column = zeros(size).map((_, j) => entry(matrix, turn, j));
  const put = weight * shrink * size;
  rankOne(matrix, column, { factor: put / (1 + put * get(column, turn)), scale: 1 });
  return { ...model, mean, matrix };
}

/** Forgets the present, after a pause: what was going on then says nothing of now. */
export const atRest = (model: Model): Model => ({ ...model, present: zeros(model.present.length) });

const clamp = (value: number, size: number): number => Math.min(size, Math.max(-size, value));
