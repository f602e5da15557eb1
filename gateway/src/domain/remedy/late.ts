import { patchAction, setWaiting } from "#domain/case/transitions.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { proofWithin } from "#domain/remedy/act.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { nextProgress, startProgress } from "#domain/remedy/proof.ts";
import { setRemedyTimer } from "#domain/remedy/remedy-timer.ts";
import { currentAction, isActing, stepsOf } from "#domain/remedy/run.ts";
import { startSettling } from "#domain/remedy/settle.ts";
import { iso } from "#domain/units.ts";

/** A step that was given up succeeded after all: from now on its proof counts. */
export function expectLateProof(world: World, state: CaseState, action: string): void {
  const key = state.steps?.[action]?.key;
  const step = stepsOf(world, state).find((compiled) => compiled.key === key)?.step;
  if (state.view.status === "resolved" || step === undefined || !isActing(step)) return;
  if (step.verify === "none") return;
  const device = world.deviceOf(state);
  const from = world.deviceNow(device);
  const until = world.now + proofWithin(step);
  state.late = { action, from, until, progress: startProgress(device) };
  setRemedyTimer(world, state);
  setWaiting(world, state, true);
}

/**
 * Fresh telemetry proves a step that was given up. True: what waits instead of it is not needed any
 * more; what is under way already keeps its own proof, since nobody can tell which of the two it was.
 */
export function lateProved(world: World, state: CaseState, device: DeviceState): boolean {
  const { late } = state;
  if (late === undefined || device.sampleTime <= late.from) return false;
  const key = state.steps?.[late.action]?.key;
  const compiled = stepsOf(world, state).find((one) => one.key === key);
  const rule = world.ruleOf(device, state.view.rule);
  const product = world.productOf(device);
  const step = compiled?.step;
  const proof = compiled?.proof;
  if (step === undefined || !isActing(step) || step.verify === undefined) return false;
  if (step.verify === "none" || proof === undefined) return false;
  if (rule === undefined || product === undefined) return false;
  const { verify } = step;
  const view = world.signalsOf(device, product, device.sampleTime);
  const next = world.ask(device, rule, () =>
    nextProgress({ product, device, verify, proof, view }, late.progress),
  );
  if (next === undefined) return false;
  state.late = { ...late, progress: next.progress };
  world.touchCase(state);
  if (!next.proved) return false;
  dropLate(world, state);
  patchAction(world, state, late.action, { proof: "proved", provedAt: world.now });
  countAction(world, state, late.action, "proved");
  const number = (state.view.actions.find(({ id }) => id === late.action)?.step ?? 0) + 1;
  const when = iso(device.sampleTime);
  const sentence = `Telemetry proves step ${number}, which was given up before: ${proof.source} holds at ${when}.`;
  world.say(state.view, "proved", sentence);
  world.count("fixes_verified_total", { kind: state.view.kind });
  startSettling(world, state, { actions: [late.action] });
  return isNeeded(state);
}

/** The step that took the place of the late one has not reached the device. */
function isNeeded(state: CaseState): boolean {
  const { stage } = state.view;
  if (stage !== "acting" && stage !== "approval") return false;
  return state.run.undo === undefined && currentAction(state)?.state === "waiting";
}

/** Its time is up, or it is not needed any more. */
export function dropLate(world: World, state: CaseState): void {
  delete state.late;
  setRemedyTimer(world, state);
}
