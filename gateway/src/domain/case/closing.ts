import type { CaseView, Evidence } from "#domain/case/case.ts";
import { escalateCase, patchCase } from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import { isActive } from "#domain/engine/judge.ts";
import type { CaseState, Closing, DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { compareReopened } from "#domain/problem/grouping.ts";
import { leaveIfOver } from "#domain/problem/leave.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";

/** After "work done", telemetry gets this long to agree. */
const SETTLE_MS: DurationMs = DAY_MS;
/** Nothing is kept quiet for longer than this. */
const SUPPRESSED_MS: DurationMs = 30 * DAY_MS;
/** An alert that was judged wrong must stay clear this long before the next one is a new one. */
export const QUIET_MS: DurationMs = HOUR_MS;
const LOOK_AGAIN_MS: DurationMs = 6 * HOUR_MS;
/** A line about repeats at most this often. */
const TELL_EVERY_MS: DurationMs = DAY_MS;

/** What a person means by closing a case. */
export type Meaning =
  /** The work is done. */
  | { readonly kind: "done" }
  /** Nothing more is to come of it, until the alert has been clear for `quiet`. */
  | { readonly kind: "leave"; readonly quiet: DurationMs };

interface Key {
  readonly device: DeviceState;
  readonly slot: RuleSlot;
  readonly rule: string;
}

const keyOf = (world: World, { view }: CaseState): Key | undefined => {
  const device = world.devices.get(view.device);
  const slot = device?.slots[view.rule];
  if (device === undefined || slot === undefined || slot.caseId !== view.id) return undefined;
  return { device, slot, rule: view.rule };
};

function set(world: World, { device, slot, rule }: Key, closing: Closing | undefined): void {
  if (closing === undefined) delete slot.closing;
  else slot.closing = closing;
  world.timers.set(`k/${device.registered.id}/${rule}`, closing?.due ?? 0);
  world.touchDevice(device);
}

/** A person has closed the case: what follows for its key. */
export function personClosed(world: World, state: CaseState, by: string, meaning: Meaning): void {
  const key = keyOf(world, state);
  if (key === undefined || key.slot.orphan) return;
  const active = isActive(key.slot.alert);
  const again = active && key.slot.closing?.kind === "disputed";
  const start = { caseId: state.view.id, by, at: world.now, fired: 0, toldAt: 0 };
  if (meaning.kind === "done" && !again) {
    const due = world.now + SETTLE_MS;
    const closing: Closing = { ...start, kind: "settling", due, until: due, clearAt: 0, quiet: 0 };
    set(world, key, active ? closing : undefined);
    return;
  }
  const quiet = meaning.kind === "done" ? QUIET_MS : meaning.quiet;
  const until = world.now + SUPPRESSED_MS;
  const clearAt = active ? 0 : world.now;
  const due = active ? until : Math.min(until, world.now + quiet);
  if (due <= world.now) {
    set(world, key, undefined);
    return;
  }
  set(world, key, { ...start, kind: "suppressed", due, until, clearAt, quiet });
  const clear = `until its alert has been clear for ${durationText(quiet)}, at most until ${iso(until)}`;
  const nextStep = `Nothing to do. Nothing new opens for this rule on the device ${clear}.`;
  patchCase(world, state, { suppressed: true, nextStep });
  const why = again ? "It was closed a second time while telemetry still showed it. " : "";
  world.say(state.view, "suppressed", `${why}Nothing new opens ${clear}.`);
}

/** A person takes the closing back. */
export function liftClosing(world: World, state: CaseState): void {
  const key = keyOf(world, state);
  if (key !== undefined) dropClosing(world, key.device, key.rule);
}

/** The key means something else now, or another owner's use. */
export function dropClosing(world: World, device: DeviceState, rule: string): void {
  const slot = device.slots[rule];
  if (slot?.closing === undefined) return;
  const state = world.cases.get(slot.closing.caseId);
  set(world, { device, slot, rule }, undefined);
  if (state?.view.suppressed === true) patchCase(world, state, { suppressed: false });
}

/** The alert fired on a key that a person closed. True: nothing more is to come of it. */
export function firedWhileClosed(
  world: World,
  device: DeviceState,
  { slot, rule, evidence }: { slot: RuleSlot; rule: { readonly id: string }; evidence: Evidence },
): boolean {
  const { closing } = slot;
  const state = world.cases.get(closing?.caseId ?? "");
  if (closing === undefined || state === undefined) return false;
  const key = { device, slot, rule: rule.id };
  if (closing.kind === "disputed") {
    set(world, key, { ...closing, clearAt: 0, due: 0 });
    return false;
  }
  const fired = closing.fired + 1;
  const tells = closing.toldAt === 0 || world.now - closing.toldAt >= TELL_EVERY_MS;
  const toldAt = tells ? world.now : closing.toldAt;
  const due = closing.kind === "suppressed" ? closing.until : closing.due;
  set(world, key, { ...closing, clearAt: 0, fired, toldAt, due });
  if (!tells) return true;
  const often = fired === 1 ? "It fired again" : `It has fired ${fired} times since`;
  const then =
    closing.kind === "suppressed"
      ? `nothing opens: ${closing.by} closed it at ${iso(closing.at)}`
      : `whether the work of ${closing.by} has helped is looked at again at ${iso(closing.due)}`;
  world.say(state.view, "suppressed", `${often} (${evidence.observed}); ${then}.`);
  return true;
}

/** The alert has cleared on a key that a person closed. */
export function clearedWhileClosed(
  world: World,
  device: DeviceState,
  { slot, rule }: { slot: RuleSlot; rule: { readonly id: string } },
): void {
  const { closing } = slot;
  if (closing === undefined) return;
  const key = { device, slot, rule: rule.id };
  if (closing.kind === "settling") {
    set(world, key, { ...closing, clearAt: world.now });
    return;
  }
  const quiet = closing.kind === "disputed" ? QUIET_MS : closing.quiet;
  const due = Math.min(closing.until, world.now + quiet);
  // With nothing to wait for it ends now.
  set(world, key, { ...closing, clearAt: world.now, quiet, due });
  if (due <= world.now) closingDue(world, device, rule.id);
}

/** The time of a closing is up, or its alert has been clear long enough. */
export function closingDue(world: World, device: DeviceState, rule: string): void {
  const slot = device.slots[rule];
  const closing = slot?.closing;
  if (slot === undefined || closing === undefined) return;
  const key: Key = { device, slot, rule };
  const state = world.cases.get(closing.caseId);
  const gone = slot.orphan || world.ruleOf(device, rule) === undefined;
  if (state === undefined || gone) {
    if (state !== undefined) liftClosing(world, state);
    set(world, key, undefined);
    return;
  }
  const { phase, unknown } = slot.alert;
  if (phase === "inactive" || phase === "pending") {
    over(world, key, { closing, state });
    return;
  }
  if (phase === "clearing" || unknown || !isHeardSince(world, device, { rule, at: closing.at })) {
    set(world, key, { ...closing, due: world.now + LOOK_AGAIN_MS });
    return;
  }
  if (closing.kind === "settling") dispute(world, key, { closing, state });
  else if (closing.kind === "suppressed") runOut(world, key, { closing, state });
  else set(world, key, { ...closing, due: 0 });
}

/** A device that has sent nothing since shows nothing, unless that is what the rule is about. */
function isHeardSince(
  world: World,
  device: DeviceState,
  { rule, at }: { readonly rule: string; readonly at: EpochMs },
): boolean {
  const detector = world.ruleOf(device, rule)?.detector;
  return detector?.wants.device === true || device.lastSeenAt > at;
}

interface Closed {
  readonly closing: Closing;
  readonly state: CaseState;
}

function over(world: World, key: Key, { closing, state }: Closed): void {
  set(world, key, undefined);
  const since = closing.clearAt === 0 ? "" : ` since ${iso(closing.clearAt)}`;
  if (closing.kind === "settling") {
    const reason = `Telemetry agrees with ${closing.by}: the alert has been clear${since}.`;
    world.say(state.view, "alert_cleared", reason);
    return;
  }
  if (closing.kind === "disputed") return;
  const { fired } = closing;
  const often = fired === 0 ? "" : ` It had fired ${fired === 1 ? "once" : `${fired} times`} more.`;
  patchCase(world, state, { suppressed: false, nextStep: "Nothing to do." });
  const reason = `The alert has been clear${since}: what comes now opens a new case.${often}`;
  world.say(state.view, "suppressed", reason);
}

/** Telemetry speaks against the person who closed it: once, and then a person decides. */
function dispute(world: World, key: Key, { closing, state }: Closed): void {
  set(world, key, { ...closing, kind: "disputed", due: 0, until: world.now + SUPPRESSED_MS });
  const shown = stillShown(key, state.view);
  reopen(world, state);
  const closed = `closed by ${closing.by} at ${iso(closing.at)}`;
  world.say(state.view, "disputed", `Telemetry still shows ${shown}; ${closed}.`);
  compareReopened(world, state);
  const why = `telemetry still shows it ${durationText(world.now - closing.at)} after it was ${closed}`;
  escalateCase(world, state, { reason: `A person decides: ${why}.` });
}

/** It was kept quiet for as long as anything may be, and still fires. */
function runOut(world: World, key: Key, { closing, state }: Closed): void {
  set(world, key, undefined);
  reopen(world, state);
  const closed = `${closing.by} closed it at ${iso(closing.at)}`;
  const reason = `It still fires, and nothing is kept quiet for longer than ${durationText(SUPPRESSED_MS)}: ${closed}.`;
  world.say(state.view, "reopened", reason);
  compareReopened(world, state);
  escalateCase(world, state, { reason: "A person decides: it still fires after all this time." });
}

function reopen(world: World, state: CaseState): void {
  leaveIfOver(world, state);
  world.timers.set(`c/${state.view.id}`, 0);
  // Whoever had it closed it: nobody has it now, and telemetry may close it.
  state.touched = false;
  const { refires, suppressed } = state.view;
  patchCase(world, state, {
    status: "open",
    stage: "acting",
    resolvedAt: null,
    resolution: null,
    acknowledgedBy: null,
    refires: refires + 1,
    ...(suppressed === true ? { suppressed: false } : {}),
  });
  world.count("cases_reopened_total", { kind: state.view.kind });
}

/** What the device shows now of the signals that tell it, else what was observed. */
function stillShown({ device }: Key, { evidence }: CaseView): string {
  const now = evidence.signals.flatMap((name) => {
    const found = device.signals[name];
    return found === undefined ? [] : [`${name} ${String(found[0])} at ${iso(found[1])}`];
  });
  return now.length === 0 ? evidence.observed : now.slice(0, 3).join(", ");
}
