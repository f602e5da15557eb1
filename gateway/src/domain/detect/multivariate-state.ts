import type { Verdict } from "#domain/detect/detector.ts";
import type { Model } from "#domain/detect/multivariate-model.ts";
import type { Outside, ValueRanges } from "#domain/detect/value-ranges.ts";
import type { EpochMs } from "#domain/units.ts";

/** A signal's part in a finding. */
export interface Part {
  readonly signal: string;
  /** 0 … 1 of the common deviation, squared. */
  readonly share: number;
  readonly value: number;
  /** What the other signals imply of it. */
  readonly implied: number;
}

/** What was seen at the last sample beyond the limit. */
export interface Finding {
  /** Common deviation in its usual sizes. */
  readonly distance: number;
  /** How much of what is allowed: above 1 is a breach. */
  readonly excess: number;
  readonly parts: readonly Part[];
  readonly outside: Outside | null;
}

export interface MultivariateState {
  /** First sample that counted; null before. */
  readonly startedAt: EpochMs | null;
  readonly at: EpochMs | null;
  readonly phase: "levels" | "residuals" | "live";
  /** Samples learned from in this phase. */
  readonly learned: number;
  readonly model: Model;
  readonly ranges: ValueRanges | null;
  /** Samples in a row beyond the limit, and when the first of them was. */
  readonly beyond: number;
  readonly beyondSince: EpochMs;
  /** Since when the normal does not follow; null = it does. */
  readonly frozenSince: EpochMs | null;
  readonly finding: Finding | null;
  readonly verdict: Verdict;
}
