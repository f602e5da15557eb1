import {
  patchAction,
  patchCase,
  resolveCase,
  setDue,
  setWaiting,
  stopStep,
} from "#domain/case/transitions.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { tryAct } from "#domain/remedy/act.ts";
import { lateProved } from "#domain/remedy/late.ts";
import { countAction } from "#domain/remedy/memo.ts";
import { endWait, goTo, refused } from "#domain/remedy/playbook.ts";
import { nextProgress, startProgress } from "#domain/remedy/proof.ts";
import { currentAction, isActing, underWay } from "#domain/remedy/run.ts";
import { startSettling } from "#domain/remedy/settle.ts";
import { tryUndo } from "#domain/remedy/undo.ts";
import type { Verification } from "#domain/rules/rule.ts";
import type { CompiledStep } from "#domain/rules/ruleset.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, iso } from "#domain/units.ts";

/** After the proof, the alert itself must clear within its `keep` and this. */
const CLEAR_AFTER_PROOF_MS: DurationMs = DAY_MS;

export function verificationOf({ step }: CompiledStep): Verification | undefined {
  if (step.kind === "verify") return step.verify;
  return isActing(step) && step.verify !== "none" ? step.verify : undefined;
}

/** Fresh telemetry of the case's device: may a step that is held back act, is one proved? */
export function checkCase(world: World, state: CaseState, device: DeviceState): void {
  if (state.view.status === "resolved") {
    setWaiting(world, state, false);
    return;
  }
  if (lateProved(world, state, device)) {
    settled(world, state, "a step that was given up before worked after all");
    return;
  }
  if (state.run.unsafe) {
    lookAgain(world, state, device.sampleTime);
    return;
  }
  const compiled = underWay(world, state);
  if (compiled?.until !== undefined) {
    checkWait(world, state, { device, compiled });
    return;
  }
  checkProof(world, state, { device, compiled });
}

/** A step that is held back may act now, at device time `at`. */
export function lookAgain(world: World, state: CaseState, at: EpochMs): void {
  if (state.run.undo === undefined) refused(world, state, tryAct(world, state, at));
  else tryUndo(world, state, at);
}

interface Looked {
  readonly device: DeviceState;
  readonly compiled: CompiledStep | undefined;
}

function checkWait(world: World, state: CaseState, { device, compiled }: Looked): void {
  const rule = world.ruleOf(device, state.view.rule);
  const product = world.productOf(device);
  const until = compiled?.until;
  if (rule === undefined || product === undefined || until === undefined) return;
  const view = world.signalsOf(device, product, device.sampleTime);
  if (world.ask(device, rule, () => until.test(view)) !== true) return;
  endWait(world, state, `${until.source} holds`);
}

function checkProof(world: World, state: CaseState, { device, compiled }: Looked): void {
  const { run } = state;
  if (run.proofFrom < 0 || device.sampleTime <= run.proofFrom || compiled === undefined) return;
  const rule = world.ruleOf(device, state.view.rule);
  const product = world.productOf(device);
  const { proof } = compiled;
  const verify = verificationOf(compiled);
  if (rule === undefined || product === undefined || proof === undefined) return;
  if (verify === undefined) return;
  const view = world.signalsOf(device, product, device.sampleTime);
  const before = run.progress ?? startProgress(device);
  const next = world.ask(device, rule, () =>
    nextProgress({ product, device, verify, proof, view }, before),
  );
  if (next === undefined) return;
  if (verify.for !== undefined || verify.inUse !== undefined) {
    state.run = { ...state.run, progress: next.progress };
    world.touchCase(state);
  }
  if (!next.proved) return;
  const seen = proof.signals.map((name) => `${name} ${String(device.signals[name]?.[0])}`);
  const evidence = `${proof.source} holds: ${seen.join(", ")} at ${iso(device.sampleTime)}`;
  prove(world, state, evidence);
}

/** Telemetry proves the step under way, and those before it that left the proof to it. */
export function prove(world: World, state: CaseState, evidence: string): void {
  const { actionId, unproved = [], step } = state.run;
  const action = currentAction(state);
  const proved = action?.kind === "verify" || action?.kind === "wait" ? unproved : [actionId];
  const done = action?.kind === "verify" ? { state: "done" as const } : {};
  patchAction(world, state, actionId, { proof: "proved", provedAt: world.now, ...done });
  for (const id of proved) {
    if (id !== actionId) patchAction(world, state, id, { proof: "proved", provedAt: world.now });
    countAction(world, state, id, "proved");
  }
  world.say(state.view, "proved", `Telemetry proves step ${step + 1}: ${evidence}.`);
  world.count("fixes_verified_total", { kind: state.view.kind });
  state.run = { ...state.run, unproved: [] };
  const compiled = underWay(world, state)?.step;
  const settle = compiled?.kind === "verify" ? compiled.verify.settle : undefined;
  startSettling(world, state, { actions: proved, settle });
  const branch =
    compiled === undefined || compiled.kind === "escalate" ? undefined : compiled.next?.proved;
  if (typeof branch === "number") {
    const why = `step ${step + 1} was proved`;
    stopStep(world, state, why);
    goTo(world, state, { index: branch, why });
    return;
  }
  settled(world, state, `step ${step + 1} is proved by telemetry (${evidence})`);
}

/**
 * The step worked. A fault's case stays open until its alert has cleared; advice that was followed is
 * enough. While the alert cannot tell, nothing is closed.
 */
function settled(world: World, state: CaseState, why: string): void {
  if (state.view.stage === "escalated") return;
  setWaiting(world, state, false);
  const slot = world.deviceOf(state).slots[state.view.rule];
  const alertGone = slot === undefined || slot.alert.phase === "inactive";
  if ((alertGone || state.view.kind !== "fault") && slot?.alert.unknown !== true) {
    resolveCase(world, state, { resolution: "fixed", reason: `Solved: ${why}.` });
    return;
  }
  stopStep(world, state, why);
  patchCase(world, state, {
    stage: "watching",
    nextStep: "Wait until the alert has been clear long enough.",
  });
  const keep = world.ruleOf(world.deviceOf(state), state.view.rule)?.rule.keep ?? 0;
  state.run = { ...state.run, proofFrom: -1, unsafe: false };
  setDue(world, state, world.now + keep + CLEAR_AFTER_PROOF_MS);
}
