import type { Evidence } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";

/** The alert of another rule on the same device, for rules that are made of rules. */
export interface OtherAlert {
  /** Firing or clearing. */
  readonly active: boolean;
  /** The other rule cannot tell at the moment. */
  readonly unknown: boolean;
  /** What it saw when it fired; null while inactive. */
  readonly evidence: Evidence | null;
}

export interface AlertsView {
  /** undefined = that rule has judged nothing on this device yet. */
  get(rule: string): OtherAlert | undefined;
}

/** What one device told its peers when one of its windows ended. */
export interface PeerReading {
  /** End of the window, on that device's own clock. */
  readonly at: EpochMs;
  /** The value that is normal for it, in the unit of the signal. */
  readonly value: number;
  /** Its value of the attribute that sets batches apart; "" = none. */
  readonly batch: string;
}

/** The other devices of the same cohort, as far as they are remembered. */
export interface PeersView {
  /** Batch of the device that asks. */
  readonly batch: string;
  /** Without the device that asks. */
  readings(): readonly PeerReading[];
}

/** Whom a rule compares with, by attributes of the registry. */
export interface CohortWish {
  /** Peers have the same value of this attribute; undefined: the device's registered cohort. */
  readonly by: string | undefined;
  /** Peers of the same value of this attribute are recognisable as one batch; undefined: none. */
  readonly batch: string | undefined;
}
