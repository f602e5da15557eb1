import type { DurationMs } from "#domain/units.ts";

/**
 * Signals that usually go together no longer do. Samples are counted, not seconds, but for
 * `learnFor` and `freezeFor`.
 */
export interface MultivariateTest {
  readonly type: "multivariate";
  /** 2 to 48 numeric or flag signals that come in one message. */
  readonly signals: readonly string[];
  /** CEL: samples count only while this is true, for machines that rest. */
  readonly while?: string;
  /** Device time before the first verdict; its last quarter learns how good the model is. */
  readonly learnFor: DurationMs;
  /** Samples that the normal is averaged over. */
  readonly memory: number;
  /** Samples that the present is averaged over, at least 1. */
  readonly smooth: number;
  /** How many times its usual size the common deviation may have, above 1. */
  readonly limit: number;
  /** Samples in a row beyond the limit before it is a breach, at least 1. */
  readonly inARow: number;
  /** How much correlations are shrunk towards independence, above 0. */
  readonly shrink: number;
  /** Longest time that an alert keeps the normal from following. */
  readonly freezeFor: DurationMs;
  /** Steps to which values are rounded before anything is learned, per signal and in its unit. */
  readonly resolution: Readonly<Record<string, number>>;
  readonly ranges?: RangesTest;
}

/** Values that were never seen while the machine was in this state. */
export interface RangesTest {
  /** Signals whose lowest and highest values are learned; a part of the rule's. */
  readonly of: readonly string[];
  /** Two-valued signals of the rule (pump on, valve open) in each of whose states they are learned. */
  readonly given: readonly string[];
  /** How far outside is a breach, in widths of the signal's whole range. */
  readonly margin: number;
}
