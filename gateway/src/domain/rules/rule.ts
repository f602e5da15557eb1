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

/** How a step ended. `done`: the end of a wait, or of a step that asks for no proof of its own. */
export const STEP_RESULTS = [
  "proved",
  "done",
  "not_proved",
  "failed",
  "rejected",
  "expired",
  "declined",
  "skipped",
] as const;
export type StepResult = (typeof STEP_RESULTS)[number];

export const SAFETY_CLASSES = ["alone", "idle", "engineer", "owner"] as const;
/**
 * `alone`: may run by itself. `idle`: never while the device is in use, or nobody can tell. `engineer`:
 * an engineer must approve it. `owner`: only the owner may allow it; the case goes to a person.
 */
export type SafetyClass = (typeof SAFETY_CLASSES)[number];

export type Scalars = Readonly<Record<string, string | number | boolean>>;

/** So many times within so long. */
export interface TryLimit {
  readonly tries: number;
  readonly within: DurationMs;
}

/** What takes a step back. `before`: the settings that were wanted before it. */
export type StepUndo =
  | { readonly kind: "command"; readonly name: string; readonly args: Scalars }
  | { readonly kind: "settings"; readonly settings: Scalars }
  | { readonly kind: "before" };

export interface Verification {
  /** CEL that telemetry newer than the step must make true. */
  readonly when: string;
  readonly within: DurationMs;
  /** How long it must hold, as far as samples show it; absent: one sample is enough. */
  readonly for?: DurationMs;
  /** Only samples in use count; or only samples after so much use, in time or in units of the product's use. */
  readonly inUse?: true | { readonly ms: DurationMs } | { readonly amount: number };
  /** After the proof: how long it must not come back. */
  readonly settle?: DurationMs;
}

interface AnyStep {
  /** Name as a target of `next`. */
  readonly id?: string;
  /** Where each result leads: index of a later step, or `resolve`. Others lead to the following step. */
  readonly next?: Readonly<Partial<Record<StepResult, number | "resolve">>>;
}

/** What a step that acts on the device may ask for. */
export interface Guards {
  /** How long it may wait for the device and for what else it must wait for. */
  readonly expiresIn: DurationMs;
  /** CEL that must hold before it acts. */
  readonly if?: string;
  /** What becomes of it when `if` does not hold at its turn; absent: it waits. */
  readonly else?: "skip";
  /** Absent: `alone`, or `owner` for a command that needs consent. */
  readonly safety?: SafetyClass;
  /** Not again on the same device within. */
  readonly coolDown?: DurationMs;
  readonly perDevice?: TryLimit;
  readonly perFleet?: TryLimit;
  readonly undo?: StepUndo;
  /** Absent: the alert's clearing is the proof. `none`: it is done when the device says so. */
  readonly verify?: Verification | "none";
}

export type ActingStep =
  | (AnyStep & Guards & { readonly kind: "command"; readonly name: string; readonly args: Scalars })
  /** Desired settings; those not named stay as they were wanted before. */
  | (AnyStep & Guards & { readonly kind: "settings"; readonly settings: Scalars })
  /** Neutral wording, shown on the device's display. */
  | (AnyStep & Guards & { readonly kind: "advice"; readonly text: string });

export type WaitStep = AnyStep & {
  readonly kind: "wait";
  /** CEL that ends it before its time; absent: it ends with its time. */
  readonly until?: string;
  readonly atMost: DurationMs;
};

/** Proves the steps before it that ask for no proof of their own. */
export type VerifyStep = AnyStep & { readonly kind: "verify"; readonly verify: Verification };

export type PlaybookStep = ActingStep | WaitStep | VerifyStep | Escalation;

/** A person takes the case. */
export interface Escalation {
  readonly kind: "escalate";
  readonly id?: string;
  /** What the agent should do next. */
  readonly next: string;
  /** What the owner may be told; "" = nothing. */
  readonly advice: string;
  readonly callback: boolean;
}

/** When a step is withdrawn by itself; absent parts: never for that reason. */
export interface WithdrawWhen {
  /** Share (0 to 1) of failed among at least so many finished ones. */
  readonly failed?: { readonly share: number; readonly of: number };
  /** Share (0 to 1) of harmful among at least so many tried ones, and at least so many harmful. */
  readonly harmful?: { readonly share: number; readonly of: number; readonly atLeast: number };
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
  /** Absent: the defaults of docs/rules.md. */
  readonly withdrawWhen?: WithdrawWhen;
}

export interface RuleView extends Rule {
  readonly file: string;
  readonly rulesetHash: string;
}
