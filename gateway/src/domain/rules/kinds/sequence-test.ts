import type { Happening } from "#domain/rules/kinds/usage-test.ts";
import type { DurationMs } from "#domain/units.ts";

/** `first` (so many times), then `followedBy`, without `without` in between, and that repeatedly. */
export interface SequenceTest {
  readonly type: "sequence";
  readonly first: Happening;
  /** How often `first` must have happened before `followedBy` counts, 1 to 20. */
  readonly times: number;
  /** What follows: a happening, or use that goes on by so much (in the unit of the product's use). */
  readonly followedBy: Happening | { readonly use: number };
  /** Makes up for everything before it. */
  readonly without?: Happening;
  /** From the first of the `times` to the end of `followedBy`. */
  readonly within: DurationMs;
  /** How many such sequences are a breach, 1 to 20. */
  readonly repeated: number;
  /** Sequences older than this no longer count. */
  readonly repeatedWithin: DurationMs;
}
