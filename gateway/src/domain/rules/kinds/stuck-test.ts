import type { DurationMs } from "#domain/units.ts";

/** A signal does not change although it should. */
export interface StuckTest {
  readonly type: "stuck";
  readonly signal: string;
  /** Largest difference between two readings that still counts as no change, in the signal's unit. */
  readonly eps: number;
  /** How long it must not have changed, in device time. */
  readonly within: DurationMs;
  /** CEL: a change is expected only while this is true; absent: always. */
  readonly while?: string;
}
