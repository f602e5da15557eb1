import type { DurationMs } from "#domain/units.ts";

/** A quantity moves towards a limit and will reach it within a stated time. */
export interface TrendTest {
  readonly type: "trend";
  /** CEL calculation over signals; absent when `index` is given. */
  readonly of?: string;
  readonly index?: TrendIndex;
  /** The limit, in the unit of the quantity; an index counts usual steps of its signals. */
  readonly limit: number;
  /** The side the limit is approached from. */
  readonly direction: "rising" | "falling";
  /** Breach when the limit is reached sooner than this; at most `over`. */
  readonly within: DurationMs;
  /** Device time that the trend is seen over. */
  readonly over: DurationMs;
  /** One point per period, the median of its readings; `over` is 8 to 30 of them. */
  readonly period: DurationMs;
  /** CEL: readings count only while this is true. */
  readonly where?: string;
  /** Event that ends the trend: the part was changed. */
  readonly clearCode?: string;
}

/** The mean wear of several signals, each against its own normal. */
export interface TrendIndex {
  /** Signals that rise with wear. */
  readonly rising: readonly string[];
  /** Signals that fall with wear. */
  readonly falling: readonly string[];
  /** Device time in which the normal of this device is learned. */
  readonly learnFor: DurationMs;
}
