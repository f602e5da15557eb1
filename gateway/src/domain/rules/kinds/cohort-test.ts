import type { DurationMs } from "#domain/units.ts";

/** A device differs from its peers. */
export interface CohortTest {
  readonly type: "cohort";
  readonly signal: string;
  /** Attribute whose value peers share; absent: the cohort of the registry. */
  readonly by?: string;
  /** Attribute that sets batches apart: peers of the device's own batch are no reference. */
  readonly unlike?: string;
  /** Readings are averaged over windows of so much device time. */
  readonly window: DurationMs;
  /** Windows that a device's own normal, which it lends to its peers, is averaged over; 1 = the newest. */
  readonly memory: number;
  /** Fewest peers for a verdict. */
  readonly minPeers: number;
  /** How many spreads of the peers a device may be away from their median. */
  readonly limit: number;
  /** Smallest spread to assume, in the unit of the signal, above 0. */
  readonly minSpread: number;
  /** What is right whatever the peers do: lowest and highest mean of a window; null = open. */
  readonly bounds: readonly [low: number | null, high: number | null];
}
