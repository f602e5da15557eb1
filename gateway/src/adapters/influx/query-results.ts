import { z } from "zod";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { InfluxLink } from "./link.ts";

const Value = z.union([z.number(), z.string(), z.boolean(), z.null()]);
const Series = z.object({
  columns: z.array(z.string()),
  values: z.array(z.array(Value)).default([]),
});
/** The answer of `/query`, the same in 1.x and 2.x. */
const Answer = z.object({
  results: z.array(z.object({ error: z.string().optional(), series: z.array(Series).default([]) })),
});

export type ResultSeries = z.output<typeof Series>;

/**
 * The series of each statement.
 *
 * @throws SeriesUnavailableError if a statement failed or the answer is none of InfluxDB's.
 */
export function resultsOf(body: unknown, link: InfluxLink): readonly (readonly ResultSeries[])[] {
  const parsed = Answer.safeParse(body);
  if (!parsed.success) {
    const problem = "denied";
    const message = `${link.name} does not answer as InfluxDB does: ${parsed.error.issues[0]?.message}; check influxUrl`;
    throw new SeriesUnavailableError(message, { problem });
  }
  const failed = parsed.data.results.find((result) => result.error !== undefined);
  if (failed !== undefined) {
    const problem = /not found/i.test(failed.error ?? "") ? "denied" : "unreachable";
    throw new SeriesUnavailableError(`${link.name} cannot read: ${failed.error}`, { problem });
  }
  return parsed.data.results.map((result) => result.series);
}
