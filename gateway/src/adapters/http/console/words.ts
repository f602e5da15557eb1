import type { SignalModel, SignalValue } from "@voorzorg/firmware-contracts";
import type {
  CaseAction,
  CaseEventKind,
  CaseStage,
  CaseView,
  Severity,
} from "#domain/case/case.ts";
import { rounded } from "#domain/detect/wording.ts";
import type { DeviceView, Presence } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** Colour is never alone: every badge says its meaning in words. */
export type Tone = "good" | "watch" | "bad" | "worst" | "quiet";

export const badge = (tone: Tone, text: string): Html =>
  html`<span class="badge ${tone}">${text}</span>`;

const SEVERITY: Readonly<Record<Severity, readonly [Tone, string]>> = {
  safety: ["worst", "Safety"],
  urgent: ["bad", "Urgent"],
  normal: ["watch", "Normal"],
};

export const severityBadge = (severity: Severity): Html => badge(...SEVERITY[severity]);

const PRESENCE: Readonly<Record<Presence, readonly [Tone, string]>> = {
  online: ["good", "Online"],
  offline: ["quiet", "Offline"],
  sleeping: ["quiet", "Asleep"],
  lost: ["bad", "Connection lost"],
  unknown: ["watch", "Presence unknown"],
  never_seen: ["watch", "Never seen"],
};

export const presenceBadge = (presence: Presence): Html => badge(...PRESENCE[presence]);

/** The one word for a device: its worst open case, else whether it is there. */
export function stateBadge(device: Pick<DeviceView, "presence" | "worst">): Html {
  if (device.worst === null) {
    return device.presence === "online" ? badge("good", "Healthy") : presenceBadge(device.presence);
  }
  const [tone, word] = SEVERITY[device.worst];
  return badge(tone, `${word} case`);
}

const STAGE: Readonly<Record<CaseStage, readonly [Tone, string]>> = {
  acting: ["watch", "Acting"],
  approval: ["bad", "Waits for approval"],
  verifying: ["watch", "Waiting for proof"],
  watching: ["watch", "Proved, watching"],
  escalated: ["bad", "Needs a person"],
  done: ["good", "Done"],
};

const RESOLUTION = {
  fixed: "Fixed, proved by telemetry",
  recovered: "Recovered by itself",
  by_agent: "Closed by a person",
  false_alarm: "False alarm",
  wont_fix: "Left as it is by a person",
  with_problem: "Solved together with its problem",
} as const;

export function progressBadge(view: CaseView): Html {
  if (view.status === "resolved") {
    return badge("good", view.resolution === null ? "Resolved" : RESOLUTION[view.resolution]);
  }
  return badge(...STAGE[view.stage]);
}

export const statusText = (view: CaseView): string =>
  view.status === "acknowledged" && view.acknowledgedBy !== null
    ? `Taken by ${view.acknowledgedBy}`
    : { open: "Open", acknowledged: "Taken", resolved: "Resolved" }[view.status];

export const KIND_TEXT = { fault: "Fault", misuse: "Misuse", underuse: "Underuse" } as const;

export const VERDICT_TEXT = {
  confirmed: "Right: the problem was there",
  false_alarm: "False alarm: there was no problem",
  sensor_fault: "The sensor was wrong",
  duplicate: "Known already",
  deferred: "Right, but not now",
} as const;

export const PROOF: Readonly<Record<CaseAction["proof"], readonly [Tone, string] | undefined>> = {
  none: undefined,
  pending: ["watch", "Waiting for proof"],
  proved: ["good", "Proved by telemetry"],
  not_proved: ["bad", "Not proved: it did not help"],
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

const UNITS: Readonly<Record<string, string>> = {
  "1": "",
  Cel: "°C",
  "/min": "per min",
  "%RH": "% RH",
  Ohm: "Ω",
  m3: "m³",
  "m/s2": "m/s²",
  "l/min": "l/min",
};

/** SenML and UCUM symbols as people write them. */
export const unitText = (unit: string | undefined): string =>
  unit === undefined ? "" : (UNITS[unit] ?? unit);

export function valueText(value: SignalValue, model?: Pick<SignalModel, "unit">): string {
  if (value === null) return "not available";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return value;
  const unit = unitText(model?.unit);
  const number = Math.abs(value) >= 10_000 ? Math.round(value) : rounded(value);
  return unit === "" ? `${number}` : `${number} ${unit}`;
}

/** UTC here; the page's script turns it into the viewer's zone. */
export function time(at: EpochMs | null, absent = "never"): Html {
  if (at === null) return html`${absent}`;
  const text = iso(at);
  return html`<time datetime="${text}">${utcText(text)}</time>`;
}

/** Always with its day: for both ends of a range, of which only one may be today. */
export function dayTime(at: EpochMs): Html {
  const text = iso(at);
  return html`<time datetime="${text}" data-day="">${utcText(text)}</time>`;
}

const utcText = (text: string): string => `${text.slice(0, 16).replace("T", " ")} UTC`;

const STAMP = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence made by the gateway; the moments in it are shown in the viewer's zone, too. */
export const prose = (text: string): Html =>
  html`${text.split(STAMP).map((part) => (STAMP.test(part) ? dayTime(Date.parse(part)) : part))}`;
