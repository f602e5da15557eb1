import type { CaseAction, CaseView, Resolution } from "#domain/case/case.ts";
import type { CaseState } from "#domain/engine/state.ts";
import { START_RUN } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { goOnIn, memberChanged, openProblemOf } from "#domain/problem/membership.ts";
import { forgetUndo } from "#domain/remedy/memo.ts";
import { dropWake, takeBack } from "#domain/remedy/take-back.ts";
import type { Escalation } from "#domain/rules/rule.ts";
import { followStage } from "#domain/service/case-clocks.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, iso } from "#domain/units.ts";

/** How long a resolved case can still be judged, commented or reopened. */
export const CASE_KEPT_MS: DurationMs = 30 * DAY_MS;

/** Replaces fields of the case's view; every change raises its revision. */
export function patchCase(world: World, state: CaseState, patch: Partial<CaseView>): void {
  const { view } = state;
  state.view = { ...view, ...patch, revision: view.revision + 1, updatedAt: world.now };
  world.touchCase(state);
  const { stage, status } = state.view;
  if (stage === view.stage && status === view.status) return;
  followStage(world, state, view);
  memberChanged(world, state, view);
}

export function patchAction(
  world: World,
  state: CaseState,
  id: string,
  patch: Partial<CaseAction>,
): void {
  const actions = state.view.actions.map((a) => (a.id === id ? { ...a, ...patch } : a));
  patchCase(world, state, { actions });
}

/** Sets when the case must be looked at again; 0 = never by itself. */
export function setDue(world: World, state: CaseState, due: number): void {
  state.run = { ...state.run, due };
  world.timers.set(`c/${state.view.id}`, due);
  world.touchCase(state);
}

/** Puts the case on, or takes it off, the list that fresh telemetry of its device is checked for. */
export function setWaiting(world: World, state: CaseState, waiting: boolean): void {
  const device = world.deviceOf(state);
  const others = device.waitingCases.filter((id) => id !== state.view.id);
  device.waitingCases = waiting ? [...others, state.view.id] : others;
  world.touchDevice(device);
}

/** Takes back what was not sent yet, also advice beside an escalation, and stops waiting. */
export function stopStep(world: World, state: CaseState, why: string): void {
  const device = world.deviceOf(state);
  for (const action of state.view.actions) {
    if (action.state !== "waiting") continue;
    takeBack(world, device, action, { state: "cancelled", why });
    patchAction(world, state, action.id, { state: "cancelled", detail: why });
    const of = forgetUndo(world, state, action.id);
    if (of !== undefined) patchAction(world, state, of, { undoable: true });
  }
  setWaiting(world, state, state.late !== undefined);
  setDue(world, state, 0);
  dropWake(world, state);
}

const WEBHOOK_TYPES = {
  opened: "case.opened",
  escalated: "case.escalated",
  resolved: "case.resolved",
} as const;

/** Owes the outside one message about the case; its id makes a second one of the same revision impossible. */
export function announce(world: World, state: CaseState, what: keyof typeof WEBHOOK_TYPES): void {
  const { view } = state;
  const type = WEBHOOK_TYPES[what];
  const body = JSON.stringify({ type, timestamp: iso(world.now), data: view });
  world.owe({
    kind: "webhook",
    id: stableId("w", [view.id, type, view.revision]),
    device: view.device,
    caseId: view.id,
    type,
    createdAt: world.now,
    body,
  });
}

export function resolveCase(
  world: World,
  state: CaseState,
  { resolution, reason, by = "gateway" }: { resolution: Resolution; reason: string; by?: string },
): void {
  stopStep(world, state, `the case was resolved: ${resolution}`);
  patchCase(world, state, {
    status: "resolved",
    stage: "done",
    resolvedAt: world.now,
    resolution,
    nextStep: "Nothing to do.",
  });
  world.say(state.view, "resolved", reason, by);
  world.count("cases_resolved_total", { resolution });
  announce(world, state, "resolved");
  const device = world.deviceOf(state);
  tellDetector(world, state, resolution);
  for (const { caseId, view } of device.goneAlerts) {
    if (caseId === state.view.id)
      world.changed.goneAlerts.set(view.key, { ...view, phase: "inactive" });
  }
  device.goneAlerts = device.goneAlerts.filter(({ caseId }) => caseId !== state.view.id);
  // The timer now says when the case leaves the decision state.
  setDue(world, state, world.now + CASE_KEPT_MS);
}

/** A detector that learns may take from the outcome what is normal for the device. */
function tellDetector(world: World, { view }: CaseState, resolution: Resolution): void {
  const device = world.devices.get(view.device);
  const slot = device?.slots[view.rule];
  if (device === undefined || slot === undefined || slot.caseId !== view.id) return;
  const compiled = world.ruleOf(device, view.rule);
  const learn = compiled?.detector.caseResolved?.bind(compiled.detector);
  if (compiled === undefined || learn === undefined) return;
  const learned = world.ask(device, compiled, () => learn(slot.detector, resolution));
  if (learned !== undefined) slot.detector = learned;
  world.touchDevice(device);
}

/** A person must act. `step` is the playbook's own escalation, if it has come to it. */
export function escalateCase(
  world: World,
  state: CaseState,
  { reason, step, index = -1 }: { reason: string; step?: Escalation; index?: number },
): void {
  stopStep(world, state, reason);
  const action: CaseAction = {
    id: stableId("a", [state.view.id, "escalation", state.view.revision]),
    step: index,
    kind: "escalation",
    what: reason,
    startedAt: world.now,
    state: "done",
    proof: "none",
    detail: step?.callback === true ? "The owner is to be called back." : "",
  };
  const problem = openProblemOf(world, state.view);
  const next = step?.next ?? "Look at the evidence and decide; no automatic step is left.";
  patchCase(world, state, {
    stage: "escalated",
    callback: state.view.callback || step?.callback === true,
    nextStep: problem === undefined ? next : `${goOnIn(problem)}${next}`,
    actions: [...state.view.actions, action],
  });
  const { step: at, key } = state.run;
  state.run = {
    ...START_RUN,
    step: index < 0 ? at : index,
    ...(key !== undefined && index < 0 && { key }),
  };
  world.say(state.view, "escalated", reason);
  world.count("cases_escalated_total");
  announce(world, state, "escalated");
}
