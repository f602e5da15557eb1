/** A state is only judged once it was seen in this share of the samples: before, all is new to it. */
const LEAST_SHARE = 1 / 30;
const LEAST_SAMPLES = 30;

/**
 * Lowest and highest value of some signals, once for all samples and once per state of each given
 * two-valued signal. Slot 0 is all samples, slots 2 g + 1 and 2 g + 2 are given signal g off and on;
 * v signals and g given ones cost 2 v (1 + 2 g) numbers and one count per slot.
 */
export interface ValueRanges {
  readonly counts: readonly number[];
  /** null = not seen yet. */
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

/** The value that is farthest outside of what was ever normal. */
export interface Outside {
  /** Index among the ranged signals. */
  readonly signal: number;
  /** How far, in widths of the signal's whole range. */
  readonly by: number;
  readonly value: number;
  readonly edge: number;
  /** The state that the range holds for; null = any. */
  readonly given: { readonly signal: number; readonly on: boolean } | null;
}

export function emptyRanges(signals: number, given: number): ValueRanges {
  const slots = 1 + 2 * given;
  const none = new Array<null>(slots * signals).fill(null);
  return { counts: new Array<number>(slots).fill(0), low: none, high: none };
}

/** `values`: NaN = unknown. `given`: values of the two-valued signals, above 0.5 = on. */
export interface RangeRow {
  readonly values: readonly number[];
  readonly given: readonly number[];
}

function slotsOf({ given }: RangeRow): readonly number[] {
  const slots = [0];
  given.forEach((state, g) => {
    if (!Number.isNaN(state)) slots.push(2 * g + (state > 0.5 ? 2 : 1));
  });
  return slots;
}

/** Takes a normal sample in. `recede`: share of its width by which each range first narrows (ageing). */
export function widen(ranges: ValueRanges, row: RangeRow, recede: number): ValueRanges {
  const counts = ranges.counts.slice();
  const low = ranges.low.slice();
  const high = ranges.high.slice();
  for (const slot of slotsOf(row)) {
    counts[slot] = (counts[slot] ?? 0) + 1;
    for (let i = 0, at = slot * row.values.length; i < row.values.length; i++, at++) {
      const value = row.values[i] ?? Number.NaN;
      if (Number.isNaN(value)) continue;
      const lowest = low[at] ?? value;
      const highest = high[at] ?? value;
      const step = recede * (highest - lowest);
      low[at] = Math.min(lowest + step, value);
      high[at] = Math.max(highest - step, value);
    }
  }
  return { counts, low, high };
}

/** The value that is farthest outside its range; undefined if all are inside. */
export function outside(ranges: ValueRanges, row: RangeRow): Outside | undefined {
  const total = ranges.counts[0] ?? 0;
  const least = Math.max(LEAST_SAMPLES, total * LEAST_SHARE);
  const size = row.values.length;
  let worst: Outside | undefined;
  for (const slot of slotsOf(row)) {
    if ((ranges.counts[slot] ?? 0) < least) continue;
    for (let signal = 0; signal < size; signal++) {
      const value = row.values[signal] ?? Number.NaN;
      const low = ranges.low[slot * size + signal] ?? value;
      const high = ranges.high[slot * size + signal] ?? value;
      if (!(value < low || value > high)) continue;
      const width = (ranges.high[signal] ?? 0) - (ranges.low[signal] ?? 0);
      // A signal that never moved says nothing about how far is far.
      if (width <= 0) continue;
      const edge = value < low ? low : high;
      const by = Math.abs(value - edge) / width;
      if (worst !== undefined && by <= worst.by) continue;
      const given = slot === 0 ? null : { signal: (slot - 1) >> 1, on: slot % 2 === 0 };
      worst = { signal, by, value, edge, given };
    }
  }
  return worst;
}
