import type { CaseAction } from "#domain/case/case.ts";
import { patchAction, patchCase, setDue, setWaiting } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import { START_RUN } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { forgetUndo, patchMemo, setMemo } from "#domain/remedy/memo.ts";
import { remediesOff } from "#domain/remedy/off-switch.ts";
import type { UndoPlan } from "#domain/remedy/remedy-state.ts";
import { busyWith, currentAction, describeUndo, isCarriedOut } from "#domain/remedy/run.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import { settingsBefore, wantSettings } from "#domain/remedy/want-settings.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { HOUR_MS } from "#domain/units.ts";

/** An undo may wait longer than the step did: what it would leave behind stays until a person comes. */
const UNDO_WITHIN_MS: DurationMs = HOUR_MS;

/** Can be taken back: it has an undo, the device has it, and nobody has taken it back yet. */
export function isUndoable(state: CaseState, action: CaseAction): boolean {
  const memo = state.steps?.[action.id];
  const isOpen = memo?.undo !== undefined && memo.undoneBy === undefined;
  return isOpen && action.kind !== "undo" && isCarriedOut(action);
}

/**
 * Takes carried out steps back, newest first, before the playbook goes on at step `goOnAt`. False: there
 * is nothing to take back, or the playbook may not act.
 */
export function beginUndo(
  world: World,
  state: CaseState,
  { actions, goOnAt, why }: { actions: readonly string[]; goOnAt: number; why: string },
): boolean {
  if (remediesOff(world, state.view.product) !== undefined) return false;
  const todo = state.view.actions
    .filter((action) => actions.includes(action.id) && isUndoable(state, action))
    .map(({ id }) => id)
    .reverse();
  const [first, ...left] = todo;
  if (first === undefined) return false;
  const { step, key } = state.run;
  const id = addUndo(world, state, first);
  state.run = {
    ...START_RUN,
    step,
    ...(key !== undefined && { key }),
    actionId: id,
    unsafe: true,
    undo: { left, goOnAt, why },
  };
  patchCase(world, state, {
    stage: "acting",
    nextStep: "Wait until what was tried is taken back.",
  });
  const of = state.view.actions.find((action) => action.id === first);
  const what = state.view.actions.find((action) => action.id === id)?.what ?? "";
  const sentence = `Step ${(of?.step ?? 0) + 1} is taken back, as ${why}: ${what}.`;
  world.say(state.view, "step_started", sentence);
  setDue(world, state, world.now + UNDO_WITHIN_MS);
  setWaiting(world, state, true);
  tryUndo(world, state, world.deviceNow(world.deviceOf(state)));
  return true;
}

/** An action that takes another one back; it waits. */
function addUndo(world: World, state: CaseState, of: string): string {
  const memo = state.steps?.[of];
  const undone = state.view.actions.find((action) => action.id === of);
  const id = stableId("u", [of, state.view.actions.length]);
  const action: CaseAction = {
    id,
    step: undone?.step ?? -1,
    kind: "undo",
    what: memo?.undo === undefined ? "" : describeUndo(memo.undo),
    startedAt: world.now,
    state: "waiting",
    proof: "none",
    detail: "",
  };
  patchCase(world, state, { actions: [...state.view.actions, action] });
  patchAction(world, state, of, { undoable: false });
  patchMemo(world, state, of, { undoneBy: id });
  setMemo(world, state, id, {
    key: memo?.key ?? "",
    settle: 0,
    of,
    ...(memo?.idle === true && { idle: true as const }),
    ...(memo?.undo !== undefined && { undo: memo.undo }),
  });
  return id;
}

/** Sends the undo under way once it is safe at device time `at`. */
export function tryUndo(world: World, state: CaseState, at: EpochMs): void {
  const action = currentAction(state);
  const memo = action === undefined ? undefined : state.steps?.[action.id];
  if (action === undefined || memo?.undo === undefined) return;
  const why = undoBlocked(world, state, { undo: memo.undo, idle: memo.idle === true, at });
  if (why !== undefined) {
    if (action.detail !== why) patchAction(world, state, action.id, { detail: why });
    return;
  }
  state.run = { ...state.run, unsafe: false };
  send(world, state, { id: action.id, undo: memo.undo, by: "gateway", expiresAt: state.run.due });
}

/** Why an undo cannot be sent now; undefined = it can. */
export function undoBlocked(
  world: World,
  state: CaseState,
  { undo, idle, at }: { undo: UndoPlan; idle: boolean; at: EpochMs },
): string | undefined {
  const device = world.deviceOf(state);
  const product = world.productOf(device);
  if (product === undefined) return "waits until its product is known";
  const busy = busyWith(world, state, state.run.actionId);
  if (busy !== undefined) return `waits for the device's answer to ${busy.name}`;
  const view = world.signalsOf(device, product, at);
  if (idle && product.inUse?.test(view) !== false) {
    return "waits until the device is known not to be in use";
  }
  const safe = undo.kind === "command" ? product.safeWhen.get(undo.name) : undefined;
  return safe === undefined || safe.test(view) === true
    ? undefined
    : `waits until ${safe.source} is known to hold`;
}

function send(
  world: World,
  state: CaseState,
  { id, undo, by, expiresAt }: { id: string; undo: UndoPlan; by: string; expiresAt: EpochMs },
): void {
  const device = world.deviceOf(state);
  patchAction(world, state, id, { detail: "waits for the device" });
  const caseId = state.view.id;
  if (undo.kind === "command") {
    sendCommand(world, device, { id, caseId, name: undo.name, args: undo.args, expiresAt, by });
    return;
  }
  const before = settingsBefore(device, undo.settings);
  const version = wantSettings(world, device, undo.settings);
  const entry = { action: id, caseId, version, settings: undo.settings, before };
  device.awaited = [...(device.awaited ?? []), entry];
}

/** By hand, at once: whoever asks has looked at the device. */
export function undoByHand(
  world: World,
  state: CaseState,
  { of, by }: { of: string; by: string },
): string {
  const id = addUndo(world, state, of);
  const undo = state.steps?.[id]?.undo;
  if (undo !== undefined) {
    send(world, state, { id, undo, by, expiresAt: world.now + UNDO_WITHIN_MS });
  }
  return id;
}

/** How an undo ended. */
export function undoEnded(
  world: World,
  state: CaseState,
  { id, ok, detail }: { id: string; ok: boolean; detail: string },
): void {
  const of = state.steps?.[id]?.of ?? "";
  const undone = state.view.actions.find((action) => action.id === of);
  const step = `Step ${(undone?.step ?? 0) + 1} (${undone?.what ?? ""})`;
  if (ok) {
    patchMemo(world, state, of, { undone: true });
    world.say(state.view, "undone", `${step} is taken back.`);
    return;
  }
  // Whoever takes over may try again.
  forgetUndo(world, state, id);
  patchAction(world, state, of, { undoable: true });
  world.say(state.view, "command_result", `${step} could not be taken back: ${detail}.`);
}
