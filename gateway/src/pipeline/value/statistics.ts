/** A share of counted things, with the range in which the true one lies 19 times out of 20. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** 0 to 1; null = nothing to count. */
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

const Z_95 = 1.959_964;

/** Interval of Wilson (1927): honest for few cases and near 0 and 1, where the usual one is not. */
export function shareOf(count: number, of: number): Share {
  if (of <= 0) return { count, of, share: null, low: null, high: null };
  const share = count / of;
  const z2 = Z_95 ** 2;
  const middle = share + z2 / (2 * of);
  const half = Z_95 * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of ** 2));
  const bound = (value: number): number => Math.min(1, Math.max(0, value / (1 + z2 / of)));
  return { count, of, share, low: bound(middle - half), high: bound(middle + half) };
}

/** How long something took. */
export interface Spread {
  readonly count: number;
  readonly medianMs: number | null;
  /** Nine of ten took at most so long. */
  readonly p90Ms: number | null;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  return { count: sorted.length, medianMs: quantile(sorted, 0.5), p90Ms: quantile(sorted, 0.9) };
}

/** A value that occurred (nearest rank), so that it can be looked up. */
function quantile(sorted: Float64Array, share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? null;
}
