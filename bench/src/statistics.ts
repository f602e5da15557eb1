import assert from "node:assert";

/** Nearest-rank quantile, `share` in (0, 1]. */
export function quantile(values: readonly number[], share: number): number {
  assert(values.length > 0, "a quantile needs at least one value");
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(sorted.length * share));
  return sorted[Math.min(rank, sorted.length) - 1] ?? Number.NaN;
}

/** Mean of the two middle values when there is an even number of them. */
export function median(values: readonly number[]): number {
  assert(values.length > 0, "a median needs at least one value");
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted.length >> 1;
  const lower = (sorted.length - 1) >> 1;
  return ((sorted[lower] ?? Number.NaN) + (sorted[upper] ?? Number.NaN)) / 2;
}

export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
