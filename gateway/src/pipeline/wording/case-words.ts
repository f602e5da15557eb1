import type {
  CaseAction,
  CaseEventKind,
  CaseStage,
  Resolution,
  RuleKind,
  Severity,
} from "#domain/case/case.ts";
import type { Presence } from "#domain/device-view.ts";
import type { AgentVerdict } from "#domain/record.ts";

/** The same word for the same thing, in the console, in a desk and in a mail. */
export const SEVERITY_TEXT: Readonly<Record<Severity, string>> = {
  safety: "Safety",
  urgent: "Urgent",
  normal: "Normal",
};

export const PRESENCE_TEXT: Readonly<Record<Presence, string>> = {
  online: "Online",
  offline: "Offline",
  sleeping: "Asleep",
  lost: "Connection lost",
  unknown: "Presence unknown",
  never_seen: "Never seen",
};

export const STAGE_TEXT: Readonly<Record<CaseStage, string>> = {
  acting: "Acting",
  approval: "Waits for approval",
  verifying: "Waiting for proof",
  watching: "Proved, watching",
  escalated: "Needs a person",
  done: "Done",
};

export const RESOLUTION_TEXT: Readonly<Record<Resolution, string>> = {
  fixed: "Fixed, proved by telemetry",
  recovered: "Recovered by itself",
  by_agent: "Closed by a person",
  false_alarm: "False alarm",
  wont_fix: "Left as it is by a person",
  with_problem: "Solved together with its problem",
};

export const KIND_TEXT: Readonly<Record<RuleKind, string>> = {
  fault: "Fault",
  misuse: "Misuse",
  underuse: "Underuse",
};

export const VERDICT_TEXT: Readonly<Record<AgentVerdict, string>> = {
  confirmed: "Right: the problem was there",
  false_alarm: "False alarm: there was no problem",
  sensor_fault: "The sensor was wrong",
  duplicate: "Known already",
  deferred: "Right, but not now",
};

export const PROOF_TEXT: Readonly<Record<CaseAction["proof"], string>> = {
  none: "",
  pending: "Waiting for proof",
  proved: "Proved by telemetry",
  not_proved: "Not proved: it did not help",
};

export const HELD_TEXT: Readonly<Record<NonNullable<CaseAction["held"]>, string>> = {
  pending: "Watched whether it lasts",
  held: "It lasted",
  did_not_hold: "It did not last",
  harmful: "Another fault began after it",
};

export const ACTION_TEXT: Readonly<Record<CaseAction["kind"], string>> = {
  command: "Command",
  settings: "Settings",
  advice: "Advice",
  wait: "Wait",
  verify: "Look for proof",
  undo: "Taken back",
  escalation: "Handed over",
};

export const ACTION_STATE_TEXT: Readonly<Record<CaseAction["state"], string>> = {
  waiting: "waiting",
  delivered: "delivered",
  accepted: "accepted",
  succeeded: "succeeded",
  failed: "failed",
  rejected: "refused by the device",
  expired: "expired",
  cancelled: "cancelled",
  done: "done",
};

export const EVENT_TEXT: Readonly<Record<CaseEventKind, string>> = {
  opened: "Opened",
  refired: "Happened again",
  reopened: "Reopened",
  alert_cleared: "Signal back to normal",
  alert_unknown: "Cannot tell",
  step_started: "Step started",
  command_delivered: "Command delivered",
  command_result: "Device answered",
  proved: "Proved",
  not_proved: "Not proved",
  step_skipped: "Step skipped",
  escalated: "Handed to a person",
  resolved: "Resolved",
  acknowledged: "Taken",
  verdict: "Verdict",
  comment: "Comment",
  not_opened: "Not opened",
  rule_removed: "Rule removed",
  rule_stopped: "Rule stopped",
  ticket: "Ticket",
  approval_asked: "Approval asked",
  approved: "Approved",
  declined: "Declined",
  undone: "Taken back",
  held: "The fix held",
  did_not_hold: "The fix did not hold",
  harm_suspected: "The fix may have done harm",
  disputed: "Telemetry disagrees",
  suppressed: "Kept quiet",
  owner_called: "The owner called",
  problem_opened: "Problem opened",
  joined_problem: "Joined a problem",
  left_problem: "Left a problem",
  target_warning: "Target in danger",
  target_breached: "Target missed",
  target_met: "Target met",
};
