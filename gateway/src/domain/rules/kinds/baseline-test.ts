import type { DurationMs } from "#domain/units.ts";

/** A signal goes where this device never was before, seen from several sides at once. */
export interface BaselineTest {
  readonly type: "baseline";
  readonly signal: string;
  /** CEL: only samples while this is true are learned and judged; absent: all. */
  readonly where?: string;
  /** Samples of so much device time are one reading, their mean; 0 = every sample is a reading. */
  readonly every: DurationMs;
  /** Device time before the first verdict; 200 readings are needed in any case. */
  readonly learnFor: DurationMs;
  /** Habit to separate: none, by hour of the day, or also by hour of the week. */
  readonly season: "none" | "day" | "week";
  /** Which side of the normal is a finding. */
  readonly side: "both" | "above" | "below";
  /** Mean evidence over all views that makes a breach, in powers of ten. */
  readonly evidence: number;
  /** Narrowest band to assume, in the unit of the signal: what the sensor resolves, or matters. */
  readonly minWidth: number;
  /** Events after which everything is learned anew (a part was exchanged, a new owner). */
  readonly relearnOn: readonly string[];
}
