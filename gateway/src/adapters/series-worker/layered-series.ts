import type { EpochMs } from "#domain/units.ts";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesAnswer, SeriesPoint, SeriesQuery, SeriesStore } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";

/**
 * Recent history is here, all of it is remote. A remote store that does not answer costs the older
 * part only, and the answer says so.
 */
export async function readLayered(
  local: Pick<SeriesStore, "read">,
  remote: Pick<SeriesStore, "read"> | undefined,
  request: { readonly query: SeriesQuery; readonly recentFrom: EpochMs },
): Promise<SeriesAnswer> {
  const { query, recentFrom } = request;
  if (remote === undefined || query.from >= recentFrom) {
    return { points: await local.read(query), missing: null };
  }
  const [here, there] = await Promise.all([local.read(query), older(remote, query)]);
  if (there instanceof SeriesUnavailableError) return { points: here, missing: there.message };
  return { points: merged(here, there, query.points), missing: null };
}

async function older(remote: Pick<SeriesStore, "read">, query: SeriesQuery) {
  try {
    return await remote.read(query);
  } catch (error) {
    if (error instanceof SeriesUnavailableError) return error;
    throw error;
  }
}

/** Oldest first; of the same moment the local one counts, it was written first. */
function merged(
  here: readonly SeriesPoint[],
  there: readonly SeriesPoint[],
  limit: number,
): readonly SeriesPoint[] {
  if (here.length === 0) return there;
  if (there.length === 0) return here;
  const byTime = new Map(there.map((point) => [point.at, point]));
  for (const point of here) byTime.set(point.at, point);
  const all = [...byTime.values()].sort((a, b) => a.at - b.at);
  const from = all[0]?.at ?? 0;
  const thinning = new Thinning(limit, { from, to: (all.at(-1)?.at ?? from) + 1 });
  for (const point of all) thinning.add(point);
  return thinning.result();
}
