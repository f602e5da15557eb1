import type { DurationMs } from "#domain/units.ts";

/** A signal rises or falls faster than it may. */
export interface RateTest {
  readonly type: "rate";
  readonly signal: string;
  /** Unit of time of the limits. */
  readonly per: "minute" | "hour" | "day";
  /** Device time that the rate is taken over. */
  readonly window: DurationMs;
  /** Highest and lowest rate that are right, in the unit of the signal per `per`; at least one. */
  readonly above?: number;
  readonly below?: number;
}
