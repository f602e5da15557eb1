import type { AgentVerdict } from "#domain/record.ts";
import type { EpochMs, Offset } from "#domain/units.ts";

export type RuleKind = "fault" | "misuse" | "underuse";
export type Severity = "normal" | "urgent" | "safety";
/** `open` until somebody takes it (`acknowledged`) or telemetry proves recovery (`resolved`). */
export type CaseStatus = "open" | "acknowledged" | "resolved";
/**
 * What the case is doing now: `acting` (a step is under way), `approval` (the next step needs an
 * engineer's word), `verifying` (waiting for the proof by telemetry), `watching` (proved, waiting for the
 * alert to clear), `escalated` (a person must act), `done`.
 */
export type CaseStage = "acting" | "approval" | "verifying" | "watching" | "escalated" | "done";
/**
 * `fixed`: a step of the playbook was proved by telemetry. `recovered`: telemetry shows that it is
 * gone without our doing. `by_agent`: a person closed it. `wont_fix`: a person decided to leave it so.
 * `with_problem`: the problem that it belonged to was solved.
 */
export type Resolution =
  | "fixed"
  | "recovered"
  | "by_agent"
  | "false_alarm"
  | "wont_fix"
  | "with_problem";

export interface EvidenceLimit {
  readonly signal: string;
  readonly op: "<" | "<=" | ">" | ">=" | "==" | "!=";
  readonly value: number | string | boolean;
}

/** How much of a finding one signal carries. */
export interface Contribution {
  readonly signal: string;
  /** 0 to 1; the shares of one finding add up to 1, or to less when small ones were left out. */
  readonly share: number;
}

/** Why the rule fired: enough to draw the chart and to say it in one sentence. */
export interface Evidence {
  /** E.g. "boiler_temp 141.2 Cel for 30 s". */
  readonly observed: string;
  /** E.g. "boiler_temp at most 135 Cel". */
  readonly expected: string;
  readonly onsetAt: EpochMs;
  readonly detectedAt: EpochMs;
  /** Signals to draw, most telling first; may be empty (silence). */
  readonly signals: readonly string[];
  readonly limits: readonly EvidenceLimit[];
  /** Values at detection. */
  readonly values: Readonly<Record<string, number | string | boolean>>;
  /** What would prove the finding wrong, in words. */
  readonly disproof: string;
  /** How sure the finding is and why: "high: ", "medium: " or "low: " and the reason in words. */
  readonly sure: string;
  /** Signals that made the finding, largest share first; only when several were judged together. */
  readonly contributions?: readonly Contribution[];
  /** Device time of the oldest data it rests on, when that is long before the onset (a trend). */
  readonly basedFrom?: EpochMs;
}

export interface CaseAction {
  /** Deterministic: hash of rule, device, onset and step. */
  readonly id: string;
  readonly step: number;
  readonly kind: "command" | "settings" | "advice" | "wait" | "verify" | "undo" | "escalation";
  /** Command name, settings, advice text, what is waited for, or the reason of the escalation. */
  readonly what: string;
  readonly startedAt: EpochMs;
  readonly state:
    | "waiting"
    | "delivered"
    | "accepted"
    | "succeeded"
    | "failed"
    | "rejected"
    | "expired"
    | "cancelled"
    | "done";
  /** Outcome of the verification by telemetry; `none` if the step has no verification. */
  readonly proof: "none" | "pending" | "proved" | "not_proved";
  readonly detail: string;
  /** Service clock of the proof. */
  readonly provedAt?: EpochMs;
  /**
   * Whether a proved fix lasted: `pending` until its settle time has passed in use. `harmful`: another
   * fault began on the device within it.
   */
  readonly held?: "pending" | "held" | "did_not_hold" | "harmful";
  /** Can be taken back by hand: the step has an undo and was carried out. */
  readonly undoable?: boolean;
}

/** A ticket that stands for the case in a desk. */
export interface TicketLink {
  readonly desk: string;
  readonly id: string;
  readonly url: string;
}

/** A target of the service clocks. Times are on the service clock; the due time counts business hours. */
export interface ServiceTarget {
  readonly dueAt: EpochMs;
  readonly warnAt: EpochMs;
  readonly metAt: EpochMs | null;
  readonly breachedAt: EpochMs | null;
}

export interface ServiceTargets {
  /** Name of the service level that the device's contract and the severity gave. */
  readonly level: string;
  readonly team: string;
  readonly firstResponse: ServiceTarget;
  readonly solution: ServiceTarget;
  /** The clocks stand still, because the gateway acts; due times are as if a person took over now. */
  readonly paused?: boolean;
}

export interface CaseView {
  readonly id: string;
  readonly device: string;
  readonly product: string;
  readonly rule: string;
  readonly kind: RuleKind;
  readonly severity: Severity;
  readonly status: CaseStatus;
  readonly stage: CaseStage;
  readonly title: string;
  /** What happened and what to do next, a sentence each. */
  readonly summary: string;
  readonly nextStep: string;
  readonly onsetAt: EpochMs;
  readonly openedAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly resolvedAt: EpochMs | null;
  readonly resolution: Resolution | null;
  readonly acknowledgedBy: string | null;
  readonly verdict: AgentVerdict | null;
  readonly callback: boolean;
  readonly refires: number;
  /** Raised with every change. */
  readonly revision: number;
  readonly evidence: Evidence;
  readonly actions: readonly CaseAction[];
  /** Latest ticket per desk; absent = none. */
  readonly tickets?: readonly TicketLink[];
  /** Absent: no service levels are configured. */
  readonly targets?: ServiceTargets;
  /** Id of the problem (mass defect) that it belongs to; absent = none. */
  readonly problem?: string;
  /** Earlier case of the same key that this one follows; absent = none. */
  readonly follows?: string;
  /** First time that the owner called about the device, from the day before the onset on; absent = never. */
  readonly ownerCalledAt?: EpochMs;
  /** A person closed it while its alert was active: nothing new opens until that episode ends. */
  readonly suppressed?: boolean;
}

export const CASE_EVENT_KINDS = [
  "opened",
  "refired",
  "reopened",
  "alert_cleared",
  "alert_unknown",
  "step_started",
  "command_delivered",
  "command_result",
  "proved",
  "not_proved",
  "step_skipped",
  "escalated",
  "resolved",
  "acknowledged",
  "verdict",
  "comment",
  "not_opened",
  "rule_removed",
  "rule_stopped",
  "ticket",
  "approval_asked",
  "approved",
  "declined",
  "undone",
  "held",
  "did_not_hold",
  "harm_suspected",
  "disputed",
  "suppressed",
  "owner_called",
  "problem_opened",
  "joined_problem",
  "left_problem",
  "target_warning",
  "target_breached",
  "target_met",
] as const;
export type CaseEventKind = (typeof CASE_EVENT_KINDS)[number];

/** One line of a timeline. Keyed (offset, n): a replay writes the same key with the same content. */
export interface CaseEvent {
  readonly offset: Offset;
  /** Number of the effect within the record's effects. */
  readonly n: number;
  readonly caseId: string;
  /** Service clock. */
  readonly at: EpochMs;
  readonly kind: CaseEventKind;
  /** Who decided: `gateway`, `device`, or the name of a person. */
  readonly by: string;
  /** A sentence that a person understands. */
  readonly reason: string;
}
