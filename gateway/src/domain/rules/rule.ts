import type { RuleKind, Severity } from "#domain/case/case.ts";
import type { BaselineTest } from "#domain/rules/kinds/baseline-test.ts";
import type { CohortTest } from "#domain/rules/kinds/cohort-test.ts";
import type { CompositeTest } from "#domain/rules/kinds/composite-test.ts";
import type { MultivariateTest } from "#domain/rules/kinds/multivariate-test.ts";
import type { RateTest } from "#domain/rules/kinds/rate-test.ts";
import type { SequenceTest } from "#domain/rules/kinds/sequence-test.ts";
import type { ShiftTest } from "#domain/rules/kinds/shift-test.ts";
import type { StuckTest } from "#domain/rules/kinds/stuck-test.ts";
import type { TrendTest } from "#domain/rules/kinds/trend-test.ts";
import type {
  DroppedTest,
  FeatureUnusedTest,
  HardlyUsedTest,
  NeverConnectedTest,
  NeverUsedTest,
  StoppedTest,
  UnfinishedTest,
} from "#domain/rules/kinds/usage-test.ts";
import type { DurationMs } from "#domain/units.ts";

/** How a rule sees its problem. One kind of test per rule; docs/rules.md defines each exactly. */
export type RuleTest =
  | {
      readonly type: "condition";
      readonly when: string;
      /** Absent: the negation of `when`. */
      readonly clear?: string;
    }
  | {
      readonly type: "event";
      readonly code: string;
      readonly clearCode?: string;
      readonly where?: string;
    }
  | {
      readonly type: "count";
      /** Occurrences of an event code, or rising edges of a CEL condition. */
      readonly of: { readonly event: string } | { readonly when: string };
      readonly atLeast: number;
      readonly within: DurationMs;
      /** Event that makes up for all occurrences up to it (the filter was changed after all). */
      readonly clearCode?: string;
    }
  | { readonly type: "silence"; readonly after: DurationMs }
  | DriftTest
  | BaselineTest
  | MultivariateTest
  | RateTest
  | StuckTest
  | ShiftTest
  | CohortTest
  | CompositeTest
  | TrendTest
  | NeverUsedTest
  | HardlyUsedTest
  | DroppedTest
  | StoppedTest
  | FeatureUnusedTest
  | UnfinishedTest
  | NeverConnectedTest
  | SequenceTest;

/**
 * A signal leaves its own recent normal. Counted in samples, because recorded and low-power devices
 * have no even period; only `learnFor` is device time.
 */
export interface DriftTest {
  readonly type: "drift";
  /** Numeric signals that come in one message; each is judged against itself, the worst one decides. */
  readonly signals: readonly string[];
  /** Device time before the first verdict; its first half (start-up) is not learned. */
  readonly learnFor: DurationMs;
  /** Samples that the present is averaged over, at least 1. */
  readonly smooth: number;
  /** Samples that the normal is averaged over, at least 4 times `smooth`. */
  readonly memory: number;
  /** How many of its own usual steps the present may be away from the normal, above 0. */
  readonly limit: number;
  /** Samples in a row beyond the limit before it is a breach, at least 1. */
  readonly inARow: number;
  /** Longest time that an alert keeps the normal from following; absent: as long as it is active. */
  readonly freezeFor?: DurationMs;
  /** Smallest standard deviation to assume, per signal and in its unit: a sensor's resolution. */
  readonly minSd: Readonly<Record<string, number>>;
}

export type PlaybookStep =
  | {
      readonly kind: "command";
      readonly name: string;
      readonly args: Readonly<Record<string, string | number | boolean>>;
      /** How long the command may wait for the device and its result. */
      readonly expiresIn: DurationMs;
      readonly verify?: Verification;
    }
  | {
      readonly kind: "advice";
      /** Neutral wording, shown on the device's display. */
      readonly text: string;
      readonly expiresIn: DurationMs;
      readonly verify?: Verification;
    }
  | {
      readonly kind: "escalate";
      /** What the agent should do next. */
      readonly next: string;
      /** What the owner may be told; "" = nothing. */
      readonly advice: string;
      readonly callback: boolean;
    };

export interface Verification {
  /** CEL that telemetry newer than the step must make true. */
  readonly when: string;
  readonly within: DurationMs;
}

export interface Rule {
  readonly id: string;
  readonly product: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  /** `watch` opens no case. */
  readonly level: "watch" | "act";
  /** Part of the alert's key: raise it when the rule now means another problem. */
  readonly keyVersion: number;
  readonly title: string;
  /** Why this matters and what it means, for an agent. */
  readonly why: string;
  /** What would prove the finding wrong. */
  readonly disproof: string;
  readonly test: RuleTest;
  /** A breach must last this long before the alert fires. */
  readonly for: DurationMs;
  /** A firing alert must be ok for this long before it clears. */
  readonly keep: DurationMs;
  /** How long after its resolution a case is opened again instead of a new one. */
  readonly reopenWithin: DurationMs;
  readonly playbook: readonly PlaybookStep[];
}

export interface RuleView extends Rule {
  readonly file: string;
  readonly rulesetHash: string;
}
