import type { DurationMs } from "#domain/units.ts";

/** A small shift of a signal's level that lasts (cumulative sum, or average). */
export interface ShiftTest {
  readonly type: "shift";
  /** Numeric signals that come in one message; each is judged against itself, the worst one decides. */
  readonly signals: readonly string[];
  /** Device time before the first verdict. */
  readonly learnFor: DurationMs;
  /** Samples that the normal and its spread are averaged over. */
  readonly memory: number;
  /** Shift that is tolerated for ever, in standard deviations. */
  readonly allowance: number;
  /** How far the statistic may go, in standard deviations of the signal. */
  readonly limit: number;
  /** Judges the average of so many samples instead of the sum; 0 = the sum. */
  readonly average: number;
  /** Smallest standard deviation to assume, per signal and in its unit. */
  readonly minSd: Readonly<Record<string, number>>;
}
