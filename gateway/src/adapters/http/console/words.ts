import type { CaseAction, CaseStage, CaseView, Severity } from "#domain/case/case.ts";
import type { DeviceView, Presence } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";
import {
  HELD_TEXT,
  PRESENCE_TEXT,
  PROOF_TEXT,
  RESOLUTION_TEXT,
  SEVERITY_TEXT,
  STAGE_TEXT,
} from "#pipeline/wording/case-words.ts";
import type { Html } from "./html.ts";
import { html } from "./html.ts";

/** Colour is never alone: every badge says its meaning in words. */
export type Tone = "good" | "watch" | "bad" | "worst" | "quiet";

export const badge = (tone: Tone, text: string): Html =>
  html`<span class="badge ${tone}">${text}</span>`;

const SEVERITY: Readonly<Record<Severity, Tone>> = {
  safety: "worst",
  urgent: "bad",
  normal: "watch",
};

export const severityBadge = (severity: Severity): Html =>
  badge(SEVERITY[severity], SEVERITY_TEXT[severity]);

const PRESENCE: Readonly<Record<Presence, Tone>> = {
  online: "good",
  offline: "quiet",
  sleeping: "quiet",
  lost: "bad",
  unknown: "watch",
  never_seen: "watch",
};

export const presenceBadge = (presence: Presence): Html =>
  badge(PRESENCE[presence], PRESENCE_TEXT[presence]);

/** The one word for a device: its worst open case, else whether it is there. */
export function stateBadge(device: Pick<DeviceView, "presence" | "worst">): Html {
  if (device.worst === null) {
    return device.presence === "online" ? badge("good", "Healthy") : presenceBadge(device.presence);
  }
  return badge(SEVERITY[device.worst], `${SEVERITY_TEXT[device.worst]} case`);
}

const STAGE: Readonly<Record<CaseStage, Tone>> = {
  acting: "watch",
  approval: "bad",
  verifying: "watch",
  watching: "watch",
  escalated: "bad",
  done: "good",
};

export function progressBadge(view: CaseView): Html {
  if (view.status === "resolved") {
    return badge("good", view.resolution === null ? "Resolved" : RESOLUTION_TEXT[view.resolution]);
  }
  return badge(STAGE[view.stage], STAGE_TEXT[view.stage]);
}

export const statusText = (view: CaseView): string =>
  view.status === "acknowledged" && view.acknowledgedBy !== null
    ? `Taken by ${view.acknowledgedBy}`
    : { open: "Open", acknowledged: "Taken", resolved: "Resolved" }[view.status];

const PROOF: Readonly<Record<Exclude<CaseAction["proof"], "none">, Tone>> = {
  pending: "watch",
  proved: "good",
  not_proved: "bad",
};

/** Nothing for a step that needs no proof. */
export const proofBadge = (proof: CaseAction["proof"]): Html =>
  proof === "none" ? html`` : badge(PROOF[proof], PROOF_TEXT[proof]);

const HELD: Readonly<Record<keyof typeof HELD_TEXT, Tone>> = {
  pending: "watch",
  held: "good",
  did_not_hold: "bad",
  harmful: "worst",
};

/** Whether a proved fix lasted. */
export const heldBadge = (held: CaseAction["held"]): Html =>
  held === undefined ? html`` : badge(HELD[held], HELD_TEXT[held]);

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
