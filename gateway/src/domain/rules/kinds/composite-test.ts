import type { DurationMs } from "#domain/units.ts";

/** All of these rules, or some of them, see their problem on the same device. */
export interface CompositeTest {
  readonly type: "all" | "any";
  /** Ids of rules of the same product that stand before this one. */
  readonly rules: readonly string[];
  /** Only with `all`: must be active too, unless they cannot tell or have never judged. */
  readonly whereKnown: readonly string[];
  /** How many of `rules` at least; with `all` the number of rules. */
  readonly atLeast: number;
  /** How long ago an alert may have ended and still count; 0 = all at the same time. */
  readonly within: DurationMs;
}
