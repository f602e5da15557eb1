import type { CommandState } from "@voorzorg/firmware-contracts";
import type { CaseAction } from "#domain/case/case.ts";
import { patchAction, patchCase, setDue } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { nextStep } from "#domain/remedy/playbook.ts";
import { iso } from "#domain/units.ts";

const nameOf = (action: CaseAction): string =>
  action.kind === "advice" ? "the advice" : action.what;

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
  if (state.run.actionId !== actionId) return;
  const device = world.deviceOf(state);
  state.run = { ...state.run, proofFrom: world.deviceNow(device) };
  patchCase(world, state, { stage: "verifying" });
  // A device that answers nothing may still have acted: give the proof its time.
  setDue(world, state, Math.max(state.run.due, world.now + state.run.proofWithin));
}

/** What the device says of the command. A late answer to a step given up is noted, never acted upon. */
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
  const current = state.run.actionId === action.id && state.view.status !== "resolved";
  const givenUp = !current && action.proof !== "none";
  const late = givenUp ? " It came after the step was given up." : "";
  world.say(
    state.view,
    "command_result",
    `The device answered ${said} to ${nameOf(action)}.${late}`,
    "device",
  );
  if (!current || result.state === "accepted") return;
  if (result.state === "succeeded") {
    setDue(world, state, world.now + state.run.proofWithin);
    return;
  }
  patchAction(world, state, action.id, { proof: "not_proved" });
  nextStep(world, state, `the device answered ${said} to step ${state.run.step + 1}`);
}

/** The command can never be sent; the device knows nothing of it. */
export function stepUnsendable(
  world: World,
  state: CaseState,
  { actionId, detail }: { actionId: string; detail: string },
): void {
  const action = state.view.actions.find((a) => a.id === actionId);
  if (action === undefined || action.state !== "waiting") return;
  patchAction(world, state, actionId, { state: "failed", proof: "not_proved", detail });
  world.say(state.view, "command_result", `${nameOf(action)} could not be sent: ${detail}.`);
  if (state.run.actionId !== actionId) return;
  nextStep(world, state, `step ${state.run.step + 1} could not be sent: ${detail}`);
}
