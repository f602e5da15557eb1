import type { DurationMs } from "#domain/units.ts";

/** Something that happens: an event code of the product, or a CEL condition that becomes true. */
export type Happening = { readonly event: string } | { readonly when: string };

/** How a device says that its owner is away: CEL over signals, or a reported setting's value. */
export type Away =
  | { readonly when: string }
  | { readonly setting: Readonly<Record<string, string | number | boolean>> };

/** When little use means something; what is common to tests that judge whole UTC days. */
export interface DaysThatCount {
  /** CEL: low use means something only while this is true (a heating in winter). */
  readonly where?: string;
  /** Days on which the owner is away make no claim. */
  readonly away?: Away;
}

/** Not used once since activation. */
export interface NeverUsedTest {
  readonly type: "never_used";
  readonly within: DurationMs;
}

/** Mean use per day over the last `days` whole days below a floor. */
export interface HardlyUsedTest extends DaysThatCount {
  readonly type: "hardly_used";
  readonly belowPerDay: number;
  readonly days: number;
}

/** Common to tests that compare with what this device was used for before. */
export interface HabitTest extends DaysThatCount {
  /** Whole days with a claim before the first verdict, 14 to 60. */
  readonly learnDays: number;
  /** Days that the habit is averaged over, 14 to 180. */
  readonly memoryDays: number;
  /** Event that says a new owner begins (a reset to factory settings): the habit starts anew. */
  readonly newOwner?: string;
}

/** Use fell to a share of the own habit and stays there. */
export interface DroppedTest extends HabitTest {
  readonly type: "dropped";
  /** Share of the habit that the use is suspected to have fallen to, above 0 and below 1. */
  readonly to: number;
  /** How much better the drop must explain the days than the habit does, in nats, above 0. */
  readonly evidence: number;
}

/** No use at all while the habit expects some. */
export interface StoppedTest extends HabitTest {
  readonly type: "stopped";
  /** Whole days in a row without use, at least 2. */
  readonly days: number;
  /** Use that the habit expects in these days, in the unit of the product's use, above 0. */
  readonly expected: number;
}

/** A declared feature that was never used although the product is. */
export interface FeatureUnusedTest {
  readonly type: "feature_unused";
  readonly feature: string;
  /** Since activation, or since use could be seen. */
  readonly within: DurationMs;
  /** Use of the product that must have been seen meanwhile, in its unit. */
  readonly afterUse: number;
}

/** A cycle that was started several times in a row and never finished. */
export interface UnfinishedTest {
  readonly type: "unfinished";
  readonly start: Happening;
  readonly finish: Happening;
  /** Starts in a row without a finish. */
  readonly atLeast: number;
  /** Time that the last start has to finish. */
  readonly finishWithin: DurationMs;
}

/** Registered, and not one message since. */
export interface NeverConnectedTest {
  readonly type: "never_connected";
  readonly within: DurationMs;
}
