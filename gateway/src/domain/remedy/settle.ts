import { patchAction } from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { useSince } from "#domain/remedy/proof.ts";
import type { Settling } from "#domain/remedy/remedy-state.ts";
import { isHarm } from "#domain/remedy/remedy-state.ts";
import { setRemedyTimer } from "#domain/remedy/remedy-timer.ts";
import { countFix } from "#domain/remedy/statistics.ts";
import { patchTrace } from "#domain/remedy/traces.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** A day holds a morning and an evening: what comes back usually does so with the next use. */
export const SETTLE_MS: DurationMs = DAY_MS;
/** A device that was not used, or not heard of, is looked at again after this at the latest. */
const LOOK_AGAIN_MS: DurationMs = 6 * HOUR_MS;

/** Steps were proved: whether that lasts shows within their settle time. */
export function startSettling(
  world: World,
  state: CaseState,
  proved: { readonly actions: readonly string[]; readonly settle?: DurationMs | undefined },
): void {
  // A step that an older build began has no settle time.
  const actions = proved.actions.filter((id) => state.steps?.[id] !== undefined);
  if (actions.length === 0) return;
  const longest = Math.max(...actions.map((id) => state.steps?.[id]?.settle ?? 0));
  const settle = proved.settle ?? longest;
  if (settle === 0) {
    for (const id of actions) {
      patchAction(world, state, id, { held: "held" });
      countAction(world, state, id, "held");
    }
    return;
  }
  const device = world.deviceOf(state);
  for (const id of actions) patchAction(world, state, id, { held: "pending" });
  const entry: Settling = {
    actions,
    settle,
    until: world.now + settle,
    useFrom: device.use.total ?? 0,
    sampleFrom: device.sampleTime,
  };
  state.settling = [...(state.settling ?? []), entry];
  setRemedyTimer(world, state);
}

/** Steps whose proof came otherwise than by their own. */
export function credit(world: World, state: CaseState, actions: readonly string[]): void {
  for (const id of actions) {
    patchAction(world, state, id, { proof: "proved", provedAt: world.now });
    countAction(world, state, id, "proved");
  }
  world.count("fixes_verified_total", { kind: state.view.kind });
  startSettling(world, state, { actions });
}

/** Settle times that are over: held, or still nothing to tell by. */
export function settleDue(world: World, state: CaseState): void {
  const { settling = [] } = state;
  if (!settling.some(({ until }) => until <= world.now)) return;
  const device = world.devices.get(state.view.device);
  const kept: Settling[] = [];
  for (const entry of settling) {
    if (entry.until > world.now) kept.push(entry);
    else if (device !== undefined && isJudged(world, state, device)) {
      if (hasHeld(world, state, device, entry)) held(world, state, entry);
      else kept.push({ ...entry, until: world.now + Math.min(entry.settle, LOOK_AGAIN_MS) });
    }
  }
  state.settling = kept;
  setRemedyTimer(world, state);
}

/** Whether the rule still says anything about this case. */
function isJudged(world: World, { view }: CaseState, device: DeviceState): boolean {
  const slot = device.slots[view.rule];
  const known = slot !== undefined && !slot.orphan && slot.caseId === view.id;
  return (
    known && view.resolution !== "false_alarm" && world.ruleOf(device, view.rule) !== undefined
  );
}

/** A silent device, or one that nobody used, proves nothing. */
function hasHeld(
  world: World,
  { view }: CaseState,
  device: DeviceState,
  { settle, useFrom, sampleFrom }: Settling,
): boolean {
  const alert = device.slots[view.rule]?.alert;
  if (alert === undefined || alert.phase !== "inactive" || alert.unknown) return false;
  const model = world.productOf(device)?.model;
  if (model?.use !== undefined && useSince(device, useFrom) <= 0) return false;
  const lately = Math.max(settle / 8, 3 * (model?.expectedPeriodMs ?? 0));
  const isHeard = device.sampleTime >= world.deviceNow(device) - lately;
  return isHeard && device.sampleTime > sampleFrom;
}

function held(world: World, state: CaseState, { actions, settle }: Settling): void {
  for (const id of actions) {
    patchAction(world, state, id, { held: "held" });
    countAction(world, state, id, "held");
  }
  const time = durationText(settle);
  world.say(state.view, "held", `The fix has held: nothing came back within ${time} of the proof.`);
  world.count("fixes_held_total", { kind: state.view.kind });
}

/** It came back, or was proved and did not clear; answers the actions that did not hold. */
export function didNotHold(world: World, state: CaseState, why: string): readonly string[] {
  const actions = (state.settling ?? []).flatMap((entry) => entry.actions);
  if (actions.length === 0) return [];
  state.settling = [];
  setRemedyTimer(world, state);
  for (const id of actions) {
    patchAction(world, state, id, { held: "did_not_hold" });
    countAction(world, state, id, "failed");
  }
  world.say(state.view, "did_not_hold", `The fix did not hold: ${why}.`);
  world.count("fixes_not_held_total", { kind: state.view.kind });
  return actions;
}

export const isSettling = ({ settling = [] }: CaseState): boolean => settling.length > 0;

/** Time in which the service heard nothing settles nothing. */
export function shiftSettling(world: World, state: CaseState, by: DurationMs): void {
  if (!isSettling(state)) return;
  state.settling = state.settling?.map((entry) => ({ ...entry, until: entry.until + by })) ?? [];
  setRemedyTimer(world, state);
}

/**
 * A fault of level `act` began on a device: steps that it had a short while ago, when that fault was at
 * rest, are suspected. A suspicion: whether the step caused it, a person must judge.
 */
export function suspectHarm(world: World, device: DeviceState, rule: RuleView): void {
  if (!isHarm(rule.kind) || rule.level !== "act") return;
  for (const trace of device.remedied ?? []) {
    if (trace.rule === rule.id || trace.harmUntil <= world.now) continue;
    if (trace.active.includes(rule.id)) continue;
    patchTrace(world, device, trace.action, { harmUntil: 0 });
    const { id, product } = device.registered;
    const fix = world.fixes.get(`${product}/${trace.rule}/${trace.key}`);
    const state = world.cases.get(trace.caseId);
    const action = state?.view.actions.find((a) => a.id === trace.action);
    if (fix === undefined || state === undefined || action === undefined) continue;
    const { kind, what } = action;
    if (kind !== "command" && kind !== "settings" && kind !== "advice") continue;
    patchAction(world, state, action.id, { held: "harmful" });
    state.settling = (state.settling ?? []).flatMap((entry) => {
      const actions = entry.actions.filter((one) => one !== action.id);
      return actions.length === 0 ? [] : [{ ...entry, actions }];
    });
    setRemedyTimer(world, state);
    const since = durationText(Math.max(1_000, world.now - trace.at));
    world.say(
      state.view,
      "harm_suspected",
      `Another fault began ${since} after step ${action.step + 1} (${what}): ${rule.title}. Whether the step caused it, a person must judge.`,
    );
    world.count("fixes_harmful_total", { kind: state.view.kind });
    const about = { device: id, caseId: state.view.id };
    countFix(world, { product, rule: trace.rule, key: trace.key, what, kind }, "harmful", about);
  }
}
