import type { SignalKind, SignalValue } from "@voorzorg/firmware-contracts";
import type { SeriesPoint } from "#ports/series-store.ts";

/** How a signal usually is. */
export type Distribution =
  | {
      readonly kind: "numbers";
      readonly count: number;
      readonly median: number;
      /** 5 and 95 % of the values lie below. */
      readonly low: number;
      readonly high: number;
    }
  /** A counter: how much it grows per day. */
  | { readonly kind: "growth"; readonly perDay: number; readonly days: number }
  /** Most frequent first; shares of the time. */
  | {
      readonly kind: "states";
      readonly shares: readonly (readonly [value: string, share: number])[];
    }
  | { readonly kind: "none" };

const DAY_MS = 86_400_000;
const MOST_STATES = 4;

export function distributionOf(points: readonly SeriesPoint[], kind: SignalKind): Distribution {
  const known = points.filter(({ value }) => value !== null);
  if (known.length === 0) return { kind: "none" };
  if (kind === "counter") return growthOf(known);
  const numbers = known.flatMap(({ value }) => (typeof value === "number" ? [value] : []));
  if (numbers.length === 0) return statesOf(known);
  return rangeOf(numbers);
}

/** Median and the range that nine of ten values lie in. */
export function rangeOf(numbers: readonly number[]): Distribution {
  if (numbers.length === 0) return { kind: "none" };
  const sorted = numbers.toSorted((a, b) => a - b);
  return {
    kind: "numbers",
    count: sorted.length,
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.05),
    high: quantile(sorted, 0.95),
  };
}

/** Between the two nearest ranks. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** A counter that was set back counts from there on. */
function growthOf(points: readonly SeriesPoint[]): Distribution {
  let grown = 0;
  let previous: number | undefined;
  for (const { value } of points) {
    if (typeof value !== "number") continue;
    if (previous !== undefined && value > previous) grown += value - previous;
    previous = value;
  }
  const days = ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)) / DAY_MS;
  return days < 0.5 ? { kind: "none" } : { kind: "growth", perDay: grown / days, days };
}

/** Each state holds until the next point. */
function statesOf(points: readonly SeriesPoint[]): Distribution {
  const held = new Map<string, number>();
  for (const [i, { at, value }] of points.entries()) {
    const next = points[i + 1]?.at ?? at + 1;
    const name = stateText(value);
    held.set(name, (held.get(name) ?? 0) + Math.max(1, next - at));
  }
  const all = [...held.values()].reduce((sum, time) => sum + time, 0);
  const shares = [...held]
    .map(([name, time]) => [name, time / all] as const)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return { kind: "states", shares: shares.slice(0, MOST_STATES) };
}

const stateText = (value: SignalValue): string =>
  typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
