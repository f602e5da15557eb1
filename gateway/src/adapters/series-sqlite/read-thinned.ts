import type { DurationMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesPoint, SeriesQuery } from "#ports/series-store.ts";
import { collect } from "./collect.ts";
import type { Source } from "./source.ts";

const POINTS_PER_BUCKET = 4;

/** The points asked for; roll-ups stand for samples where a step is no wider than what one bucket of the chart shows. */
export function readThinned(
  sources: readonly Source[],
  query: SeriesQuery,
): readonly SeriesPoint[] {
  const { signal, from, to, points } = query;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const source of sources) {
    const isInside = source.first >= from && source.last < to;
    // Only those at the ends are unpacked for it; so a chart looks the same however its samples are stored.
    for (const at of isInside ? [source.first, source.last] : source.times()) {
      if (at < from || at >= to) continue;
      first = Math.min(first, at);
      last = Math.max(last, at);
    }
  }
  if (first > last) return [];
  const range = { from: first, to: last + 1 };
  const wanted = { signal, from, to };
  const step = stepOf(
    (range.to - range.from) / Math.max(1, Math.floor(points / POINTS_PER_BUCKET)),
  );
  if (step !== undefined) {
    const rough = new Thinning(points, { ...range, step });
    collect(sources, { ...wanted, step }, rough);
    if (rough.seen > points) return rough.result();
    // So few values that all of them are wanted.
  }
  const thinning = new Thinning(points, range);
  collect(sources, wanted, thinning);
  return thinning.result();
}

function stepOf(width: DurationMs): DurationMs | undefined {
  if (width >= HOUR_MS) return HOUR_MS;
  return width >= MINUTE_MS ? MINUTE_MS : undefined;
}
