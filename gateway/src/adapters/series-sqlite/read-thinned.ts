import type { DurationMs, EpochMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesPoint, SeriesQuery } from "#ports/series-store.ts";
import { collect } from "./collect.ts";
import type { Source } from "./source.ts";

const POINTS_PER_BUCKET = 4;

/** What one month has of the device, in the order written; valid until the next month is asked for. */
export type MonthSources = () => readonly Source[];

/**
 * The points asked for, `months` oldest first. Roll-ups stand for samples where a step is no wider
 * than what one bucket of the chart shows.
 */
export function readThinned(
  months: readonly MonthSources[],
  query: SeriesQuery,
): readonly SeriesPoint[] {
  const { signal, from, to, points } = query;
  const range = extentOf(months, query);
  if (range === undefined) return [];
  const buckets = Math.max(1, Math.floor(points / POINTS_PER_BUCKET));
  const step = stepOf((range.to - range.from) / buckets);
  const rough = new Thinning(points, { ...range, step });
  for (const sources of months) {
    collect(sources(), { signal, from, to, step, exact: false }, rough);
  }
  if (rough.isComplete) return rough.result();
  const thinning = new Thinning(points, range);
  for (const sources of months) collect(sources(), { signal, from, to, exact: true }, thinning);
  return thinning.result();
}

/** From the first row in the range to just behind the last; undefined without any. */
function extentOf(
  months: readonly MonthSources[],
  { from, to }: SeriesQuery,
): { readonly from: EpochMs; readonly to: EpochMs } | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const sources of months) {
    for (const source of sources()) {
      const isInside = source.first >= from && source.last < to;
      // Only those at the ends are unpacked for it; so a chart looks the same however its samples are stored.
      for (const at of isInside ? [source.first, source.last] : source.times()) {
        if (at < from || at >= to) continue;
        first = Math.min(first, at);
        last = Math.max(last, at);
      }
    }
  }
  return first > last ? undefined : { from: first, to: last + 1 };
}

function stepOf(width: DurationMs): DurationMs | undefined {
  if (width >= HOUR_MS) return HOUR_MS;
  return width >= MINUTE_MS ? MINUTE_MS : undefined;
}
