import { middle } from "#domain/detect/trend-line.ts";

/** Readings kept of the open period; more are thinned out evenly. */
const KEPT_READINGS = 12;

/** One number per period, newest last, and the readings of the period that is still open. */
export interface TrendPoints {
  /** Number of the open period, counted from the start; null before the first reading. */
  readonly open: number | null;
  readonly readings: readonly number[];
  /** Every so many readings one is kept, and how many were passed over since the last. */
  readonly every: number;
  readonly passed: number;
  /** Medians of the closed periods; null = no reading. The last one is the period before the open. */
  readonly closed: readonly (number | null)[];
}

export const NO_POINTS: TrendPoints = { open: null, readings: [], every: 1, passed: 0, closed: [] };

/** Takes a reading in; a reading of a later period closes the open one. `capacity`: periods kept. */
export function addReading(
  points: TrendPoints,
  reading: number,
  { period, capacity }: { readonly period: number; readonly capacity: number },
): TrendPoints {
  if (points.open === null || period > points.open) {
    const closed = points.open === null ? [] : close(points, period - points.open, capacity);
    return { open: period, readings: [reading], every: 1, passed: 0, closed };
  }
  if (points.passed + 1 < points.every) return { ...points, passed: points.passed + 1 };
  const readings = [...points.readings, reading];
  if (readings.length <= KEPT_READINGS) return { ...points, readings, passed: 0 };
  const thinned = readings.filter((_, i) => i % 2 === 0);
  return { ...points, readings: thinned, every: points.every * 2, passed: 0 };
}

/** The periods that `by` periods later are closed. */
function close(points: TrendPoints, by: number, capacity: number): TrendPoints["closed"] {
  if (by > capacity) return [];
  const median = middle([...points.readings].sort((a, b) => a - b));
  const empty = Array.from({ length: by - 1 }, () => null);
  // Six digits are more than a sensor has, and half the state.
  return [...points.closed, Number(median.toPrecision(6)), ...empty].slice(-capacity);
}
