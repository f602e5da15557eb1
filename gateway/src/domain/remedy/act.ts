import type { CaseAction } from "#domain/case/case.ts";
import { patchAction, patchCase, setDue, setWaiting } from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ActingCompiled, Gate } from "#domain/remedy/gates.ts";
import { commandOf, gateOf } from "#domain/remedy/gates.ts";
import { countedStep, setMemo } from "#domain/remedy/memo.ts";
import type { StepMemo, UndoPlan } from "#domain/remedy/remedy-state.ts";
import { setRemedyTimer } from "#domain/remedy/remedy-timer.ts";
import { describeStep, isActing, stepSentence, underWay } from "#domain/remedy/run.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import { SETTLE_MS } from "#domain/remedy/settle.ts";
import { noteSent } from "#domain/remedy/statistics.ts";
import { addTrace } from "#domain/remedy/traces.ts";
import { settingsBefore, wantSettings } from "#domain/remedy/want-settings.ts";
import type { ActingStep } from "#domain/rules/rule.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** Without its own `verify`, a step is proved by the alert's clearing within this. */
const DEFAULT_PROOF_MS: Readonly<Record<ActingStep["kind"], DurationMs>> = {
  command: HOUR_MS,
  settings: HOUR_MS,
  advice: 7 * DAY_MS,
};
/** A word may wait for Monday. */
const APPROVAL_WITHIN_MS: DurationMs = 3 * DAY_MS;

/** Ids stay as they were before a playbook could come to a step twice in one episode. */
function actionId(state: CaseState, index: number): string {
  const { id, openedAt, refires, actions } = state.view;
  const usual = stableId("a", [id, index, openedAt, refires]);
  return actions.some((action) => action.id === usual)
    ? stableId("a", [id, index, openedAt, refires, actions.length])
    : usual;
}

export function addAction(
  world: World,
  state: CaseState,
  given: Pick<CaseAction, "kind" | "what" | "proof"> & { readonly detail?: string },
): string {
  const id = actionId(state, state.run.step);
  const action: CaseAction = {
    id,
    step: state.run.step,
    startedAt: world.now,
    state: "waiting",
    detail: "",
    ...given,
  };
  patchCase(world, state, { actions: [...state.view.actions, action] });
  state.run = { ...state.run, actionId: id };
  return id;
}

/** Puts an acting step under way: held back until `tryAct` lets it go. */
export function beginActing(world: World, state: CaseState, compiled: ActingCompiled): void {
  const { step, key } = compiled;
  const device = world.deviceOf(state);
  const proof = step.verify === "none" ? "none" : "pending";
  const id = addAction(world, state, { kind: step.kind, what: describeStep(step), proof });
  setMemo(world, state, id, memoOf(step, key, device));
  const name = step.kind === "command" ? step.name : step.kind;
  patchCase(world, state, {
    stage: "acting",
    nextStep:
      step.kind === "advice"
        ? "Wait for the advice to be followed."
        : `Wait for ${name} and its proof.`,
  });
  state.run = { ...state.run, unsafe: true, proofWithin: proofWithin(step) };
  const sentence = `Step ${state.run.step + 1}: ${stepSentence(step)}.`;
  world.say(state.view, "step_started", sentence);
  setDue(world, state, world.now + step.expiresIn);
  setWaiting(world, state, true);
}

/** How long the proof of a step may take; without its own `verify` the alert clears within it. */
export const proofWithin = ({ kind, verify }: ActingStep): DurationMs => {
  if (verify === "none") return 0;
  return verify?.within ?? DEFAULT_PROOF_MS[kind];
};

function memoOf(step: ActingStep, key: string, device: DeviceState): StepMemo {
  const { verify } = step;
  const settle =
    verify === undefined || verify === "none" ? SETTLE_MS : (verify.settle ?? SETTLE_MS);
  const undo = undoPlan(step, device);
  return {
    key,
    settle,
    ...(step.safety === "idle" && { idle: true as const }),
    ...(undo !== undefined && { undo }),
  };
}

/** Settings that had no value before cannot be set back. */
function undoPlan(step: ActingStep, device: DeviceState): UndoPlan | undefined {
  const { undo } = step;
  if (undo === undefined || undo.kind !== "before") return undo;
  if (step.kind !== "settings") return undefined;
  const settings = settingsBefore(device, step.settings);
  return Object.keys(settings).length === 0 ? undefined : { kind: "settings", settings };
}

/** The step needs an engineer's word: what may act without it waits. */
export function askApproval(world: World, state: CaseState, step: ActingStep): void {
  state.run = { ...state.run, approval: "asked" };
  const { actionId: id } = state.run;
  patchAction(world, state, id, { detail: "waits for an engineer's word" });
  patchCase(world, state, {
    stage: "approval",
    nextStep: `Approve or decline step ${state.run.step + 1}: ${describeStep(step)}.`,
  });
  const within = durationText(APPROVAL_WITHIN_MS);
  const sentence = `Step ${state.run.step + 1} (${describeStep(step)}) needs an engineer's word within ${within}.`;
  world.say(state.view, "approval_asked", sentence);
  setDue(world, state, world.now + APPROVAL_WITHIN_MS);
}

/**
 * Lets the step under way act if it may at device time `at`; answers what it met. A gate that skips, or
 * one that the owner keeps, is for the caller.
 */
export function tryAct(world: World, state: CaseState, at: EpochMs): Gate | undefined {
  const compiled = underWay(world, state);
  if (compiled === undefined || !isActing(compiled.step)) return undefined;
  const acting: ActingCompiled = { ...compiled, step: compiled.step };
  const gate = gateOf(world, state, { compiled: acting, at, giveUpAt: state.run.due });
  switch (gate.kind) {
    case "go":
      setWake(world, state, 0);
      act(world, state, acting);
      break;
    case "wait": {
      const action = state.view.actions.find(({ id }) => id === state.run.actionId);
      if (action?.detail !== gate.why) {
        patchAction(world, state, state.run.actionId, { detail: gate.why });
      }
      setWake(world, state, gate.wakeAt);
      break;
    }
    case "ask":
      if (state.run.approval === undefined) askApproval(world, state, acting.step);
      break;
    case "skip":
    case "owner":
      break;
  }
  return gate;
}

function setWake(world: World, state: CaseState, wakeAt: EpochMs): void {
  if ((state.run.wakeAt ?? 0) === wakeAt) return;
  state.run = { ...state.run, wakeAt };
  setRemedyTimer(world, state);
}

function act(world: World, state: CaseState, { step, key }: ActingCompiled): void {
  const device = world.deviceOf(state);
  const { actionId: action, due } = state.run;
  const caseId = state.view.id;
  state.run = { ...state.run, unsafe: false };
  patchAction(world, state, action, { detail: "waits for the device" });
  leaveTrace(world, state, { step, key });
  if (step.kind === "settings") {
    const before = settingsBefore(device, step.settings);
    const version = wantSettings(world, device, step.settings);
    const entry = { action, caseId, version, settings: step.settings, before };
    device.awaited = [...(device.awaited ?? []), entry];
    return;
  }
  const product = world.productOf(device);
  sendCommand(world, device, {
    id: action,
    caseId,
    name: product === undefined ? "" : (commandOf(step, product) ?? ""),
    args: step.kind === "command" ? step.args : { text: step.text },
    expiresAt: due,
    by: "gateway",
  });
}

/** For cool-downs, limits and suspicion of harm. */
function leaveTrace(
  world: World,
  state: CaseState,
  { step, key }: Pick<ActingCompiled, "step" | "key">,
): void {
  const device = world.deviceOf(state);
  const { id: caseId, rule } = state.view;
  const { actionId: action } = state.run;
  const settle = state.steps?.[action]?.settle ?? 0;
  const lookBack = Math.max(
    step.expiresIn + settle,
    step.coolDown ?? 0,
    step.perDevice?.within ?? 0,
  );
  const active = Object.entries(device.slots).flatMap(([id, { alert }]) =>
    alert.phase === "inactive" && !alert.unknown ? [] : [id],
  );
  addTrace(world, device, {
    action,
    caseId,
    rule,
    key,
    at: world.now,
    harmUntil: 0,
    active,
    keepUntil: world.now + lookBack,
  });
  if (step.perFleet === undefined) return;
  const sent = state.view.actions.find(({ id }) => id === action);
  const counted = sent === undefined ? undefined : countedStep(state, sent);
  if (counted !== undefined) {
    noteSent(world, counted, { action, within: step.perFleet.within });
  }
}
