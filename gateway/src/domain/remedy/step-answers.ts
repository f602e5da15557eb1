import type { CommandState } from "@voorzorg/firmware-contracts";
import type { CaseAction } from "#domain/case/case.ts";
import { patchAction, patchCase, setDue } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { expectLateProof } from "#domain/remedy/late.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { endStep, goOnAfterUndo, undoFailed } from "#domain/remedy/playbook.ts";
import { startProgress } from "#domain/remedy/proof.ts";
import { lookAgain } from "#domain/remedy/prove.ts";
import { addTrace, patchTrace } from "#domain/remedy/traces.ts";
import { isUndoable, undoEnded } from "#domain/remedy/undo.ts";
import { iso } from "#domain/units.ts";

const nameOf = (action: CaseAction): string =>
  action.kind === "advice" ? "the advice" : action.what;

const isCurrent = (state: CaseState, id: string): boolean =>
  state.run.actionId === id && state.view.status !== "resolved";

/** The device acknowledged the PUBLISH of the step's command: telemetry from now on can prove it. */
export function stepDelivered(world: World, state: CaseState, actionId: string): void {
  const action = state.view.actions.find((a) => a.id === actionId);
  if (action === undefined || action.state !== "waiting") return;
  patchAction(world, state, actionId, {
    state: "delivered",
    detail: `delivered ${iso(world.now)}`,
  });
  world.say(state.view, "command_delivered", `The device received ${nameOf(action)}.`);
  if (action.kind === "advice") world.count("advice_sent_total");
  carriedOut(world, state, actionId);
  if (!isCurrent(state, actionId) || state.run.undo !== undefined) return;
  const device = world.deviceOf(state);
  const progress = startProgress(device);
  state.run = { ...state.run, proofFrom: world.deviceNow(device), progress };
  patchCase(world, state, { stage: "verifying" });
  // A device that answers nothing may still have acted: give the proof its time.
  setDue(world, state, Math.max(state.run.due, world.now + state.run.proofWithin));
}

/** The device has the step: it counts as tried, can be taken back and may be suspected of harm. */
function carriedOut(world: World, state: CaseState, id: string): void {
  const action = state.view.actions.find((a) => a.id === id);
  const memo = state.steps?.[id];
  if (action === undefined || memo === undefined || action.kind === "undo") return;
  countAction(world, state, id, "tried");
  if (isUndoable(state, action)) patchAction(world, state, id, { undoable: true });
  const device = world.deviceOf(state);
  const harmUntil = world.now + memo.settle;
  const trace = device.remedied?.find((t) => t.action === id);
  if (trace !== undefined) {
    patchTrace(world, device, id, {
      harmUntil,
      keepUntil: Math.max(trace.keepUntil, harmUntil),
    });
    return;
  }
  // It was given back as not sent, and the device has it after all.
  const { id: caseId, rule } = state.view;
  const active = Object.keys(device.slots);
  const { key } = memo;
  const keepUntil = harmUntil;
  const at = world.now;
  addTrace(world, device, { action: id, caseId, rule, key, at, harmUntil, active, keepUntil });
}

/** What the device says of the command. A late answer to a step given up acts only through its proof. */
export function stepResult(
  world: World,
  state: CaseState,
  result: { actionId: string; state: CommandState; detail: string },
): void {
  const action = state.view.actions.find((a) => a.id === result.actionId);
  if (action === undefined) return;
  const said = result.detail === "" ? result.state : `${result.state} (${result.detail})`;
  if (result.state === "progress" || result.state === "duplicate") return;
  if (action.state === "waiting") stepDelivered(world, state, action.id);
  patchAction(world, state, action.id, { state: result.state, detail: result.detail });
  const current = isCurrent(state, action.id);
  const givenUp = !current && (action.proof !== "none" || action.state === "cancelled");
  const late = givenUp ? " It came after the step was given up." : "";
  world.say(
    state.view,
    "command_result",
    `The device answered ${said} to ${nameOf(action)}.${late}`,
    "device",
  );
  if (result.state === "accepted") return;
  if (action.kind === "undo") {
    const ok = result.state === "succeeded";
    undoAnswered(world, state, { id: action.id, ok, detail: said });
    return;
  }
  if (result.state !== "succeeded" && action.undoable === true) {
    patchAction(world, state, action.id, { undoable: false });
  }
  if (!current) {
    if (result.state === "succeeded" && givenUp) lateSuccess(world, state, action.id);
    // What is held back may have waited for this.
    if (state.run.unsafe) lookAgain(world, state, world.deviceNow(world.deviceOf(state)));
    return;
  }
  stepAnswered(world, state, { id: action.id, state: result.state, said });
}

/** A final answer to the step under way. */
function stepAnswered(
  world: World,
  state: CaseState,
  answer: {
    id: string;
    state: Exclude<CommandState, "accepted" | "progress" | "duplicate">;
    said: string;
  },
): void {
  const number = state.run.step + 1;
  if (answer.state === "succeeded") {
    const action = state.view.actions.find((a) => a.id === answer.id);
    if (action?.proof === "none") endStep(world, state, "done", `step ${number} was done`);
    else setDue(world, state, world.now + state.run.proofWithin);
    return;
  }
  patchAction(world, state, answer.id, { proof: "not_proved" });
  endStep(world, state, answer.state, `the device answered ${answer.said} to step ${number}`);
}

function lateSuccess(world: World, state: CaseState, id: string): void {
  carriedOut(world, state, id);
  expectLateProof(world, state, id);
}

/** The end of an undo, the playbook's own or one by hand. */
export function undoAnswered(
  world: World,
  state: CaseState,
  { id, ok, detail }: { id: string; ok: boolean; detail: string },
): void {
  undoEnded(world, state, { id, ok, detail });
  if (!isCurrent(state, id) || state.run.undo === undefined) return;
  if (ok) goOnAfterUndo(world, state);
  else undoFailed(world, state, detail);
}

/** The command can never be sent; the device knows nothing of it. */
export function stepUnsendable(
  world: World,
  state: CaseState,
  { actionId, detail }: { actionId: string; detail: string },
): void {
  const action = state.view.actions.find((a) => a.id === actionId);
  if (action === undefined || action.state !== "waiting") return;
  const proof = action.proof === "none" ? "none" : "not_proved";
  patchAction(world, state, actionId, { state: "failed", proof, detail });
  world.say(state.view, "command_result", `${nameOf(action)} could not be sent: ${detail}.`);
  const why = `could not be sent: ${detail}`;
  if (action.kind === "undo") undoAnswered(world, state, { id: actionId, ok: false, detail: why });
  else if (isCurrent(state, actionId)) {
    endStep(world, state, "failed", `step ${state.run.step + 1} ${why}`);
  }
}
