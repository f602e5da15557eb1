import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { DossierStyle } from "#pipeline/dossier/deps.ts";
import type { CaseFacts } from "#pipeline/dossier/facts.ts";
import {
  PRESENCE_TEXT,
  RESOLUTION_TEXT,
  STAGE_TEXT,
  VERDICT_TEXT,
} from "#pipeline/wording/case-words.ts";
import { momentText } from "#pipeline/wording/moment.ts";

/** What an agent would look at first, and what was found: a line each. */
export function checkedLines(facts: CaseFacts, style: DossierStyle): readonly string[] {
  const open = facts.others.filter(({ status }) => status !== "resolved");
  return [
    connectionText(facts.device, style),
    sensorText(facts, style),
    open.length === 0
      ? "Other cases: none is open on this device."
      : `Other cases open on this device: ${open.map((one) => caseText(one, style)).join("; ")}.`,
    ownerText(facts, style),
    siblingText(facts),
    ...followsText(facts, style),
  ];
}

function followsText({ view, others }: CaseFacts, style: DossierStyle): readonly string[] {
  if (view.follows === undefined) return [];
  const before = others.find(({ id }) => id === view.follows);
  const what = before === undefined ? view.follows : caseText(before, style);
  return [`Happened before: it follows ${what}.`];
}

function connectionText(device: DeviceView | undefined, { timeZone }: DossierStyle): string {
  if (device === undefined) return "Connection: the device is not registered any more.";
  const seen =
    device.lastSeenAt === null
      ? "it never sent anything"
      : `last heard of ${momentText(device.lastSeenAt, timeZone)}`;
  return `Connection: ${PRESENCE_TEXT[device.presence].toLowerCase()}, ${seen}.`;
}

/** Whether the readings themselves can be trusted: other alerts on the same device, and signals that are mute. */
function sensorText({ alerts, view, device, product }: CaseFacts, style: DossierStyle): string {
  const mute = view.evidence.signals.filter((signal) => device?.signals[signal]?.value === null);
  const titles = mute.map((signal) => product?.signals[signal]?.title ?? signal);
  const silent =
    titles.length === 0
      ? ""
      : ` ${titles.join(" and ")} ${titles.length === 1 ? "gives" : "give"} no value now.`;
  if (alerts.length === 0) return `Sensors: no other rule has an alert on this device.${silent}`;
  return `Sensors and other alerts on this device: ${alerts.map((alert) => alertText(alert, style)).join("; ")}.${silent}`;
}

const alertText = ({ title, onsetAt, unknown }: AlertView, { timeZone }: DossierStyle): string =>
  `${title} (since ${momentText(onsetAt, timeZone)}${unknown ? ", cannot tell now" : ""})`;

function ownerText({ device, ofOwner, ownerDevices }: CaseFacts, style: DossierStyle): string {
  if (device === undefined || device.owner === "") return "Owner: none is registered.";
  if (ownerDevices === 0) return "Owner: has no other device here.";
  const devices = `${ownerDevices} other ${ownerDevices === 1 ? "device" : "devices"} of the owner`;
  if (ofOwner.length === 0) return `Owner: no case is open on ${devices}.`;
  return `Owner: open on ${devices}: ${ofOwner.map((one) => `${one.device}: ${caseText(one, style)}`).join("; ")}.`;
}

function siblingText({ siblings, problem }: CaseFacts): string {
  if (problem !== undefined) {
    return `Common cause: it is part of a problem with ${problem.cases.length} cases: ${problem.title}. ${problem.summary}`;
  }
  if (siblings === 0) return "Common cause: no other device has an open case of this rule.";
  return `Common cause: ${siblings} other ${siblings === 1 ? "device has" : "devices have"} an open case of this rule; not more than chance so far.`;
}

/** An earlier case with its outcome, or an open one with its state. */
export function caseText(view: CaseView, { timeZone }: DossierStyle): string {
  const opened = momentText(view.openedAt, timeZone);
  const verdict = view.verdict === null ? "" : `; verdict: ${VERDICT_TEXT[view.verdict]}`;
  const state =
    view.status !== "resolved"
      ? STAGE_TEXT[view.stage]
      : view.resolution === null
        ? "Resolved"
        : RESOLUTION_TEXT[view.resolution];
  return `${view.title} (${opened}: ${state}${verdict})`;
}
