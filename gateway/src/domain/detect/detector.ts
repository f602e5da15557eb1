import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { Contribution, EvidenceLimit, Resolution } from "#domain/case/case.ts";
import type { AlertsView, CohortWish, PeersView } from "#domain/detect/others.ts";
import type { DayOfUse, Presence } from "#domain/device-view.ts";
import type { Rule } from "#domain/rules/rule.ts";
import type { EpochMs } from "#domain/units.ts";

/** What a rule sees. "unknown" neither raises nor clears. */
export type Verdict =
  | { readonly kind: "ok" }
  /** `since`: when the breach began, in the clock of the input that was judged. */
  | { readonly kind: "breach"; readonly since: EpochMs }
  | { readonly kind: "unknown"; readonly why: string };

/** Signals of one device as known at device time `at`. */
export interface SignalView {
  readonly at: EpochMs;
  /**
   * undefined = unknown: never seen, `null`, a gauge or counter older than three expected periods,
   * or any signal of a device that is not online (states hold only while it is).
   */
  get(signal: string): number | string | boolean | undefined;
}

/** What is known of a device apart from its signals. All instants on the service clock. */
export interface DeviceFacts {
  readonly activatedAt: EpochMs;
  readonly presence: Presence;
  /** True after status `offline` with reason `planned`, or `sleeping`: silence is expected. */
  readonly silenceExpected: boolean;
  /** Last message of the device; undefined = never. */
  readonly lastSeenAt: EpochMs | undefined;
  /**
   * Silence deadlines never lie before this: the end of the service's own downtime plus
   * max(10 min, one period). 0 = no downtime to excuse.
   */
  readonly excusedUntil: EpochMs;
  /** Newest 60 UTC days with a tally, oldest first; days of the service's own downtime carry no claim. */
  readonly use: readonly DayOfUse[];
  /** First and last day (UTC start) on which use could be seen at all; undefined = none yet. */
  readonly useObservedFrom: EpochMs | undefined;
  /** All use since it could be seen, of the present owner; undefined = none. */
  readonly useTotal?: number;
  /** Device time of the first use of each feature that the present owner has used. */
  readonly features?: Readonly<Record<string, EpochMs>>;
  /** Settings that the device reported. */
  readonly settings?: Readonly<Record<string, SignalValue>>;
}

export type DetectorInput =
  /** Device clock. Signals that the detector named have new values. */
  | {
      readonly kind: "samples";
      readonly at: EpochMs;
      /** What deadlines are counted from, on the clock that the detector names. */
      readonly now: EpochMs;
      readonly view: SignalView;
      /** Only for detectors that want a cohort. */
      readonly peers?: PeersView;
    }
  /** Device clock. `late`: older than what was already decided; counted, never re-decides a condition. */
  | {
      readonly kind: "event";
      readonly at: EpochMs;
      /** What deadlines are counted from, on the clock that the detector names. */
      readonly now: EpochMs;
      readonly code: string;
      readonly attrs: Readonly<Record<string, unknown>>;
      readonly late: boolean;
      readonly view: SignalView;
    }
  /**
   * Service clock. Presence, registry, use or the service's own downtime changed, or a message came.
   * For detectors that want rules, on their own clock: the alert of one of those rules changed.
   */
  | {
      readonly kind: "device";
      readonly at: EpochMs;
      readonly facts: DeviceFacts;
      /** Only for detectors that want rules. */
      readonly alerts?: AlertsView;
    }
  /**
   * The detector's own deadline (asked for on the service clock) came due. `at` is that deadline;
   * `deviceAt` the device time that corresponds to it.
   */
  | {
      readonly kind: "deadline";
      readonly at: EpochMs;
      readonly deviceAt: EpochMs;
      readonly facts: DeviceFacts;
      readonly view: SignalView;
      /** Only for detectors that want rules. */
      readonly alerts?: AlertsView;
    };

export interface Step<S> {
  readonly state: S;
  readonly verdict: Verdict;
  /** Service clock; replaces the detector's earlier one. undefined = none needed. */
  readonly deadline: EpochMs | undefined;
  /** What the peers of this device may know from now on; only from detectors that want a cohort. */
  readonly tells?: { readonly at: EpochMs; readonly value: number };
}

/** The part of Evidence that a detector knows. Built only when an alert fires. */
export interface Explanation {
  readonly observed: string;
  readonly expected: string;
  readonly signals: readonly string[];
  readonly limits: readonly EvidenceLimit[];
  readonly values: Readonly<Record<string, number | string | boolean>>;
  readonly disproof: string;
  /**
   * How sure and why, in words a person can weigh: "high: 12 readings in a row over the limit",
   * "low: only 3 days of history". Begins with high, medium or low and a colon.
   */
  readonly sure: string;
  /** Of several signals that were judged together: who carries how much, largest first. */
  readonly contributions?: readonly Contribution[];
  /** Device time of the oldest data it rests on, when that is long before the onset. */
  readonly basedFrom?: EpochMs;
}

/**
 * One compiled rule. Pure: all memory is in `S`, which is small, plain JSON and owned by the caller.
 * `step` is called only with inputs that `wants` names.
 */
export interface Detector<S = unknown> {
  readonly rule: Rule;
  readonly wants: {
    /** `samples` inputs, only when one of these changed. */
    readonly signals: readonly string[];
    /** `event` inputs with these codes. */
    readonly events: readonly string[];
    readonly device: boolean;
    /** `device` inputs whenever the alert of one of these rules changed; they stand before this one. */
    readonly rules?: readonly string[];
    /** `samples` inputs come with the peers. */
    readonly cohort?: CohortWish;
  };
  /** Which clock `for` and `keep` of the rule run on. */
  readonly clock: "device" | "service";
  start(): S;
  /** `active`: the alert is firing or clearing, so the reset test decides instead of the enter test. */
  step(state: S, input: DetectorInput, active: boolean): Step<S>;
  explain(state: S, input: DetectorInput): Explanation;
  /** What the detector learns from the outcome of the case that its alert opened. */
  caseResolved?(state: S, resolution: Resolution): S;
}

/** A compiled condition over signals: undefined when any signal that matters is unknown. */
export interface Predicate {
  readonly source: string;
  readonly signals: readonly string[];
  readonly limits: readonly EvidenceLimit[];
  test(view: SignalView): boolean | undefined;
}

/** A compiled calculation over signals: undefined when a signal is unknown or the result not finite. */
export interface Quantity {
  readonly source: string;
  readonly signals: readonly string[];
  value(view: SignalView): number | undefined;
}
