/** Two-sided 95 % of the normal distribution. */
const Z = 1.96;
/** Points that move by their neighbours say less than independent ones; more than this is no estimate. */
const MAX_CORRELATION = 0.8;
/** Standard deviation of normal noise from its median deviation. */
export const FROM_MEDIAN_DEVIATION = 1.4826;
/** Each half must go on at this share of the whole slope, or a step is taken for a trend. */
const STEADY_SHARE = 0.2;
/** What the points have moved from the first quarter to the last may differ so much from the line. */
const MOVED_FACTOR = 2;

/** A robust line through evenly spaced points. Slopes are per period. */
export interface TrendLine {
  /** Height of the line at the newest point. */
  readonly level: number;
  readonly slope: number;
  /** Interval of the slope, 95 %. */
  readonly low: number;
  readonly high: number;
  /** Standard deviation of the points around the line. */
  readonly noise: number;
  /** Points, and periods from the first to the last. */
  readonly points: number;
  readonly span: number;
  /** Both halves go the same way: neither a single step nor a bend that has come to rest. */
  readonly steady: boolean;
}

/**
 * Theil-Sen line: the median of the slopes of all pairs of points, which up to 29 % of wild points
 * cannot turn. The interval is Sen's, from the variance of Kendall's statistic, widened by the lag-1
 * correlation of the residuals, so that a wandering quantity needs more evidence than a noisy one.
 * `null` = a period without a point. undefined with fewer than three points.
 * Sources: Theil 1950; Sen 1968; Kendall's variance widened as by Yue and Wang 2004.
 */
export function fitLine(periods: readonly (number | null)[]): TrendLine | undefined {
  const xs: number[] = [];
  const ys: number[] = [];
  periods.forEach((value, x) => {
    if (value === null) return;
    xs.push(x);
    ys.push(value);
  });
  const points = xs.length;
  const first = xs[0];
  const last = xs[points - 1];
  if (points < 3 || first === undefined || last === undefined) return undefined;
  const slopes = sortedSlopes(xs, ys, [0, points]);
  const slope = middle(slopes);
  const heights = Float64Array.from(ys, (y, i) => y - slope * ((xs[i] ?? 0) - last));
  const level = middle(heights.slice().sort());
  const residuals = heights.map((height) => height - level);
  const noise = FROM_MEDIAN_DEVIATION * middle(residuals.map(Math.abs).sort());
  const { low, high } = interval(slopes, points, widening(residuals));
  return {
    level: digits(level),
    slope: digits(slope),
    low: digits(low),
    high: digits(high),
    noise: digits(noise),
    points,
    span: last - first,
    steady: isSteady(xs, ys, slope),
  };
}

/** A step either leaves both halves level or is passed over by a line that knows nothing of it. */
function isSteady(xs: readonly number[], ys: readonly number[], slope: number): boolean {
  const half = xs.length >> 1;
  const early = middle(sortedSlopes(xs, ys, [0, half]));
  const late = middle(sortedSlopes(xs, ys, [half, xs.length]));
  if (!(Math.min(early / slope, late / slope) >= STEADY_SHARE)) return false;
  const quarter = Math.max(1, xs.length >> 2);
  const ends = (values: readonly number[]) =>
    middle(values.slice(-quarter).sort((a, b) => a - b)) -
    middle(values.slice(0, quarter).sort((a, b) => a - b));
  const ratio = ends(ys) / (slope * ends(xs));
  return ratio >= 1 / MOVED_FACTOR && ratio <= MOVED_FACTOR;
}

function sortedSlopes(
  xs: readonly number[],
  ys: readonly number[],
  [from, to]: readonly [number, number],
): Float64Array {
  const count = to - from;
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let n = 0;
  for (let i = from; i < to; i += 1) {
    const x = xs[i] ?? 0;
    const y = ys[i] ?? 0;
    for (let j = i + 1; j < to; j += 1) {
      slopes[n] = ((ys[j] ?? 0) - y) / ((xs[j] ?? 0) - x);
      n += 1;
    }
  }
  return slopes.sort();
}

function interval(slopes: Float64Array, points: number, wider: number) {
  const spread = Z * wider * Math.sqrt((points * (points - 1) * (2 * points + 5)) / 18);
  const low = Math.floor((slopes.length - spread) / 2);
  const high = Math.ceil((slopes.length + spread) / 2);
  const least = slopes[0] ?? 0;
  const most = slopes[slopes.length - 1] ?? 0;
  // Too few points for an interval: then every direction is possible.
  return {
    low: low < 0 ? Math.min(least, 0) : (slopes[low] ?? least),
    high: high >= slopes.length ? Math.max(most, 0) : (slopes[high] ?? most),
  };
}

function widening(residuals: Float64Array): number {
  let squares = 0;
  let neighbours = 0;
  for (let i = 0; i < residuals.length; i += 1) {
    const residual = residuals[i] ?? 0;
    squares += residual * residual;
    neighbours += residual * (residuals[i + 1] ?? 0);
  }
  const correlation = squares > 0 ? neighbours / squares : 0;
  const rho = Math.min(MAX_CORRELATION, Math.max(0, correlation));
  return Math.sqrt((1 + rho) / (1 - rho));
}

/** More digits are noise, and state. */
const digits = (value: number): number => Number(value.toPrecision(6));

/** Median of sorted numbers; 0 of none. */
export function middle(sorted: Float64Array | readonly number[]): number {
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
