import { GatewayError } from "#domain/errors.ts";
import type { SeriesPoint, SeriesStore } from "#ports/series-store.ts";

/** A page is worth showing without its curves: why they are missing stands in their place. */
export async function readSeries(
  series: Pick<SeriesStore, "read">,
  query: Parameters<SeriesStore["read"]>[0],
): Promise<readonly SeriesPoint[] | GatewayError> {
  try {
    return await series.read(query);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}
