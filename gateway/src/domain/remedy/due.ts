import { patchAction, resolveCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { dropLate } from "#domain/remedy/late.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { endStep, endWait, isGone, undoFailed } from "#domain/remedy/playbook.ts";
import { wasUsed } from "#domain/remedy/proof.ts";
import { lookAgain, verificationOf } from "#domain/remedy/prove.ts";
import { setRemedyTimer } from "#domain/remedy/remedy-timer.ts";
import { currentAction, isActing, underWay } from "#domain/remedy/run.ts";
import { didNotHold, settleDue } from "#domain/remedy/settle.ts";
import { takeBack } from "#domain/remedy/take-back.ts";
import { undoEnded } from "#domain/remedy/undo.ts";

/** The step's time is up. */
export function stepDue(world: World, state: CaseState): void {
  const { run, view } = state;
  const action = currentAction(state);
  const number = run.step + 1;
  if (view.stage === "watching") {
    const why = `step ${number} was proved, but the alert did not clear`;
    world.say(view, "not_proved", `${why[0]?.toUpperCase()}${why.slice(1)} in time.`);
    didNotHold(world, state, "the alert did not clear");
    endStep(world, state, "not_proved", why);
    return;
  }
  if (action === undefined) return;
  if (run.undo !== undefined) {
    undoDue(world, state);
    return;
  }
  switch (action.kind) {
    case "wait": {
      const compiled = underWay(world, state);
      if (compiled?.until === undefined) endWait(world, state, "the time is over");
      else expire(world, state, `${compiled.until.source} did not come to hold`);
      return;
    }
    case "verify":
      patchAction(world, state, action.id, { state: "done" });
      notProved(world, state);
      return;
    case "command":
    case "settings":
    case "advice":
    case "undo":
    case "escalation":
      if (action.state === "waiting") expire(world, state, whyWaiting(state));
      else if (action.proof === "none") noAnswer(world, state);
      else notProved(world, state);
      return;
  }
}

function whyWaiting({ run, view }: CaseState): string {
  const action = view.actions.find(({ id }) => id === run.actionId);
  if (run.approval === "asked") return "no engineer gave a word in time";
  if (run.unsafe) return `it was never safe to send (${action?.detail ?? ""})`;
  if (action?.kind === "settings") return "the device did not report the settings in time";
  return "the device did not come online in time";
}

function expire(world: World, state: CaseState, why: string): void {
  const action = currentAction(state);
  if (action === undefined) return;
  const number = state.run.step + 1;
  takeBack(world, world.deviceOf(state), action, { state: "expired", why });
  const proof = action.proof === "none" ? "none" : "not_proved";
  patchAction(world, state, action.id, { state: "expired", proof, detail: why });
  world.say(state.view, "command_result", `Step ${number} expired: ${why}.`);
  endStep(world, state, "expired", `step ${number} expired: ${why}`);
}

/** A step without a proof of its own that the device has and says nothing about. */
function noAnswer(world: World, state: CaseState): void {
  const why = `the device gave no final answer to step ${state.run.step + 1} in time`;
  world.say(state.view, "command_result", `${why[0]?.toUpperCase()}${why.slice(1)}.`);
  endStep(world, state, "expired", why);
}

function notProved(world: World, state: CaseState): void {
  const { run, view } = state;
  const number = run.step + 1;
  const compiled = underWay(world, state);
  const verify = compiled === undefined ? undefined : verificationOf(compiled);
  const expected = verify?.when ?? "the alert to clear";
  const device = world.deviceOf(state);
  const unused =
    verify?.inUse !== undefined && run.progress !== undefined && !wasUsed(device, run.progress);
  const rest = unused ? "; the device was not in use" : "";
  patchAction(world, state, run.actionId, { proof: "not_proved" });
  world.say(
    view,
    "not_proved",
    `Step ${number} was not proved in time: expected ${expected}${rest}.`,
  );
  if (isGone(world, state)) {
    const acted = compiled !== undefined && isActing(compiled.step);
    for (const id of acted ? [run.actionId] : (run.unproved ?? [])) {
      countAction(world, state, id, "failed");
    }
    const reason = `The alert has cleared by telemetry, though the proof of step ${number} (${expected}) did not come.`;
    resolveCase(world, state, { resolution: "recovered", reason });
    return;
  }
  const why = `step ${number} was not proved by telemetry (expected ${expected}${rest})`;
  endStep(world, state, "not_proved", why);
}

function undoDue(world: World, state: CaseState): void {
  const action = currentAction(state);
  if (action === undefined) return;
  const { id } = action;
  const held = state.run.unsafe ? `: ${action.detail}` : "";
  const why =
    action.state === "waiting"
      ? `the device did not get it in time${held}`
      : "the device gave no final answer in time";
  if (action.state === "waiting") {
    takeBack(world, world.deviceOf(state), action, { state: "expired", why });
    patchAction(world, state, id, { state: "expired", detail: why });
  }
  undoEnded(world, state, { id, ok: false, detail: why });
  undoFailed(world, state, why);
}

/** What waits for a limit, a settle time or a late proof is looked at again. */
export function remedyDue(world: World, id: string): void {
  const state = world.cases.get(id);
  if (state === undefined) return;
  settleDue(world, state);
  if (state.late !== undefined && state.late.until <= world.now) dropLate(world, state);
  const { wakeAt = 0 } = state.run;
  const isOver = wakeAt !== 0 && wakeAt <= world.now;
  if (isOver) state.run = { ...state.run, wakeAt: 0 };
  setRemedyTimer(world, state);
  if (isOver) lookAgain(world, state, world.deviceNow(world.deviceOf(state)));
}
