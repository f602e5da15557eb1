import { GatewayError } from "#domain/errors.ts";
import type { SeriesPoint, SeriesQuery, SeriesReader } from "#ports/series-store.ts";

export interface Curve {
  readonly points: readonly SeriesPoint[] | GatewayError;
  /** Why older points may be missing; null = nothing is. */
  readonly missing: string | null;
}

/** A page is worth showing without its curves: why they are missing stands in their place. */
export async function readSeries(series: SeriesReader, query: SeriesQuery): Promise<Curve> {
  try {
    return await series.read(query);
  } catch (error) {
    if (error instanceof GatewayError) return { points: error, missing: null };
    throw error;
  }
}
