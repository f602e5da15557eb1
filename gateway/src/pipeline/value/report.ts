import type { ValueFigures } from "#pipeline/value/figures.ts";
import { figuresOf, sumOf } from "#pipeline/value/figures.ts";
import type { ValueQuery, ValueReader, ValueTally } from "#ports/value-store.ts";

export interface ValueReport extends Pick<ValueQuery, "from" | "to" | "by"> {
  readonly total: ValueFigures;
  readonly groups: readonly { readonly tally: ValueTally; readonly figures: ValueFigures }[];
}

/** The figures of each group and of all together, of one reading. */
export async function valueReport(
  reader: Pick<ValueReader, "tallies">,
  query: ValueQuery,
): Promise<ValueReport> {
  const tallies = await reader.tallies(query);
  const { from, to, by } = query;
  return {
    from,
    to,
    by,
    total: figuresOf(sumOf(tallies)),
    groups: tallies.map((tally) => ({ tally, figures: figuresOf(tally) })),
  };
}
