import {
  escalateCase,
  patchAction,
  patchCase,
  resolveCase,
  setDue,
  setWaiting,
  stopStep,
} from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState } from "#domain/engine/state.ts";
import { START_RUN } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { addAction, askApproval, beginActing, tryAct } from "#domain/remedy/act.ts";
import { adviseBeside } from "#domain/remedy/advise.ts";
import type { ActingCompiled, Gate } from "#domain/remedy/gates.ts";
import { gateOf } from "#domain/remedy/gates.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { offReason, remediesOff } from "#domain/remedy/off-switch.ts";
import { startProgress } from "#domain/remedy/proof.ts";
import { currentAction, isActing, positionOf, stepsOf, underWay } from "#domain/remedy/run.ts";
import { credit, didNotHold } from "#domain/remedy/settle.ts";
import { beginUndo } from "#domain/remedy/undo.ts";
import type { StepResult, VerifyStep, WaitStep } from "#domain/rules/rule.ts";
import type { CompiledStep } from "#domain/rules/ruleset.ts";

/** Goes to the step after the one under way; past the last one a person takes over. */
export function nextStep(world: World, state: CaseState, why: string): void {
  stopStep(world, state, why);
  goTo(world, state, { index: indexAfter(world, state), why });
}

function indexAfter(world: World, state: CaseState): number {
  const steps = stepsOf(world, state);
  const position = positionOf(steps, state.run);
  // A changed playbook that has the step no more does not say where to go on.
  return position < 0 && state.run.step >= 0 ? steps.length : position + 1;
}

/**
 * It came back, or a person reopened the case: what was tried did not last. It is taken back, and the
 * playbook goes on after it instead of repeating it.
 */
export function goOnAfterReopening(world: World, state: CaseState, why: string): void {
  const notHeld = didNotHold(world, state, why.charAt(0).toLowerCase() + why.slice(1));
  const next = underWay(world, state)?.step;
  const branch = next === undefined || next.kind === "escalate" ? undefined : next.next?.not_proved;
  const index =
    notHeld.length > 0 && typeof branch === "number" ? branch : indexAfter(world, state);
  stopStep(world, state, why);
  // What an earlier episode left unproved is no matter of this one.
  state.run = { ...state.run, unproved: [] };
  if (beginUndo(world, state, { actions: notHeld, goOnAt: index, why })) return;
  goTo(world, state, { index, why });
}

/** How a step ended; what was carried out in vain is taken back before the playbook goes on. */
export function endStep(world: World, state: CaseState, result: StepResult, why: string): void {
  const step = underWay(world, state)?.step;
  const branch = step === undefined || step.kind === "escalate" ? undefined : step.next?.[result];
  const index = typeof branch === "number" ? branch : indexAfter(world, state);
  const vain = inVain(state, result);
  if (result === "done" && state.run.actionId !== "" && step !== undefined && isActing(step)) {
    state.run = { ...state.run, unproved: [...(state.run.unproved ?? []), state.run.actionId] };
  }
  stopStep(world, state, why);
  const failed = result === "not_proved" || result === "failed" || result === "rejected";
  if (failed) for (const id of vain) countAction(world, state, id, "failed");
  if (result !== "done" && beginUndo(world, state, { actions: vain, goOnAt: index, why })) return;
  goTo(world, state, { index, why });
}

/** Actions that this end speaks against. */
function inVain(state: CaseState, result: StepResult): readonly string[] {
  const { actionId, unproved = [] } = state.run;
  if (result === "done" || result === "proved" || actionId === "") return [];
  const action = currentAction(state);
  return action?.kind === "verify" ? unproved : [actionId];
}

export function goTo(
  world: World,
  state: CaseState,
  { index, why }: { index: number; why: string },
): void {
  const steps = stepsOf(world, state);
  const compiled = steps[index];
  if (compiled === undefined) {
    const tried = steps.length === 0 ? "the rule has no automatic step" : why;
    escalateCase(world, state, { reason: `A person takes over: ${tried}.` });
    return;
  }
  const { step, key } = compiled;
  const { unproved } = state.run;
  state.run = { ...START_RUN, step: index, key, ...(unproved !== undefined && { unproved }) };
  switch (step.kind) {
    case "escalate":
      escalateCase(world, state, { reason: `A person takes over: ${why}.`, step, index });
      if (step.advice !== "") adviseBeside(world, state, { text: step.advice, index });
      return;
    case "wait":
      startWait(world, state, { step, compiled });
      return;
    case "verify":
      startVerify(world, state, step);
      return;
    case "command":
    case "settings":
    case "advice":
      startActing(world, state, { ...compiled, step });
      return;
  }
}

function startActing(world: World, state: CaseState, compiled: ActingCompiled): void {
  const { unproved = [] } = state.run;
  if (unproved.length > 0 && isGone(world, state)) {
    const reason = "Solved: the alert has cleared by telemetry after the steps that were done.";
    credit(world, state, unproved);
    resolveCase(world, state, { resolution: "fixed", reason });
    return;
  }
  const off = remediesOff(world, state.view.product);
  if (off !== undefined) {
    escalateCase(world, state, { reason: `A person takes over: ${offReason(off)}.` });
    return;
  }
  const at = world.deviceNow(world.deviceOf(state));
  const giveUpAt = world.now + compiled.step.expiresIn;
  const gate = gateOf(world, state, { compiled, at, giveUpAt });
  if (refused(world, state, gate)) return;
  beginActing(world, state, compiled);
  if (gate.kind === "ask") askApproval(world, state, compiled.step);
  else tryAct(world, state, at);
}

/** The gate keeps the step from acting for good; says so and goes on. */
export function refused(world: World, state: CaseState, gate: Gate | undefined): boolean {
  const number = state.run.step + 1;
  if (gate?.kind === "skip") {
    world.say(state.view, "step_skipped", `Step ${number} was skipped: ${gate.why}.`);
    endStep(world, state, "skipped", gate.why);
    return true;
  }
  if (gate?.kind !== "owner") return false;
  const next = `Ask the owner about step ${number} and decide with them: ${gate.why}.`;
  const step = { kind: "escalate", next, advice: "", callback: true } as const;
  const { step: index } = state.run;
  escalateCase(world, state, { reason: `A person takes over: ${gate.why}.`, step, index });
  return true;
}

function startWait(
  world: World,
  state: CaseState,
  { step, compiled }: { step: WaitStep; compiled: CompiledStep },
): void {
  const time = durationText(step.atMost);
  const what = step.until === undefined ? time : `until ${step.until}, at most ${time}`;
  addAction(world, state, { kind: "wait", what, proof: "none" });
  patchCase(world, state, { stage: "acting", nextStep: `Wait ${what}.` });
  world.say(state.view, "step_started", `Step ${state.run.step + 1}: wait ${what}.`);
  setDue(world, state, world.now + step.atMost);
  if (compiled.until === undefined) return;
  setWaiting(world, state, true);
  const device = world.deviceOf(state);
  const product = world.productOf(device);
  const { until } = compiled;
  const rule = world.ruleOf(device, state.view.rule);
  if (product === undefined || rule === undefined) return;
  const view = world.signalsOf(device, product, world.deviceNow(device));
  if (world.ask(device, rule, () => until.test(view)) === true)
    endWait(world, state, `${until.source} holds`);
}

/** What was waited for has come. */
export function endWait(world: World, state: CaseState, why: string): void {
  patchAction(world, state, state.run.actionId, { state: "done", detail: why });
  endStep(world, state, "done", why);
}

function startVerify(world: World, state: CaseState, { verify }: VerifyStep): void {
  const device = world.deviceOf(state);
  addAction(world, state, { kind: "verify", what: verify.when, proof: "pending" });
  patchCase(world, state, {
    stage: "verifying",
    nextStep: `Wait for the proof: ${verify.when}.`,
  });
  const sentence = `Step ${state.run.step + 1}: look for the proof ${verify.when} within ${durationText(verify.within)}.`;
  world.say(state.view, "step_started", sentence);
  const proofFrom = world.deviceNow(device);
  const progress = startProgress(device);
  state.run = { ...state.run, proofFrom, proofWithin: verify.within, progress };
  setDue(world, state, world.now + verify.within);
  setWaiting(world, state, true);
}

/** True when telemetry shows that nothing is wrong any more: then nothing further is tried. */
export function isGone(world: World, state: CaseState): boolean {
  const slot = world.deviceOf(state).slots[state.view.rule];
  return slot !== undefined && slot.alert.phase === "inactive" && !slot.alert.unknown;
}

/** The next of several undos, or the step after them; a problem that is gone needs no further step. */
export function goOnAfterUndo(world: World, state: CaseState): void {
  const { undo } = state.run;
  if (undo === undefined) return;
  stopStep(world, state, undo.why);
  const { left, goOnAt, why } = undo;
  if (beginUndo(world, state, { actions: left, goOnAt, why })) return;
  if (isGone(world, state)) {
    const reason = "The alert has cleared by telemetry while a step was taken back.";
    resolveCase(world, state, { resolution: "recovered", reason });
    return;
  }
  goTo(world, state, { index: goOnAt, why });
}

/** An automatic undo failed: what the step changed is still so, and a person must know. */
export function undoFailed(world: World, state: CaseState, why: string): void {
  escalateCase(world, state, {
    reason: `A person takes over: what a step changed could not be taken back (${why}).`,
  });
}
