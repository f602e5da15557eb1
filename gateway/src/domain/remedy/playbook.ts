import type { CaseAction } from "#domain/case/case.ts";
import {
  escalateCase,
  patchAction,
  patchCase,
  resolveCase,
  setDue,
  setWaiting,
  stopStep,
} from "#domain/case/transitions.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import type { PlaybookStep } from "#domain/rules/rule.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";

/** Without its own `verify`, a step is proved by the alert's clearing within this. */
const DEFAULT_PROOF_MS: Readonly<Record<"command" | "advice", DurationMs>> = {
  command: HOUR_MS,
  advice: 7 * DAY_MS,
};
/** After the proof, the alert itself must clear within its `keep` and this. */
const CLEAR_AFTER_PROOF_MS: DurationMs = DAY_MS;

type ActiveStep = Extract<PlaybookStep, { kind: "command" | "advice" }>;

const stepsOf = (world: World, state: CaseState): readonly PlaybookStep[] =>
  world.ruleOf(world.deviceOf(state), state.view.rule)?.rule.playbook ?? [];

/** Goes to the step after the one under way; past the last one a person takes over. */
export function nextStep(world: World, state: CaseState, why: string): void {
  stopStep(world, state, why);
  const steps = stepsOf(world, state);
  const index = state.run.step + 1;
  const step = steps[index];
  if (step === undefined) {
    const tried = steps.length === 0 ? "the rule has no automatic step" : why;
    escalateCase(world, state, { reason: `A person takes over: ${tried}.` });
    return;
  }
  state.run = { step: index, actionId: "", unsafe: false, due: 0, proofFrom: -1, proofWithin: 0 };
  if (step.kind === "escalate") {
    escalateCase(world, state, { reason: `A person takes over: ${why}.`, step, index });
    if (step.advice !== "") advise(world, state, { text: step.advice, index, expiresIn: DAY_MS });
    return;
  }
  startStep(world, state, step, index);
}

function startStep(world: World, state: CaseState, step: ActiveStep, index: number): void {
  const device = world.deviceOf(state);
  const product = world.productOf(device);
  const name = step.kind === "command" ? step.name : (product?.model.adviceCommand ?? "");
  const model = product?.model.commands[name];
  if (product === undefined || model === undefined) {
    skip(world, state, `the product has no command ${JSON.stringify(name)}`);
    return;
  }
  if (model.needsConsent) {
    skip(world, state, `${name} needs the owner's consent, which only a person can ask for here`);
    return;
  }
  const id = stableId("a", [state.view.id, index, state.view.openedAt, state.view.refires]);
  const action: CaseAction = {
    id,
    step: index,
    kind: step.kind,
    what: step.kind === "command" ? describe(step.name, step.args) : step.text,
    startedAt: world.now,
    state: "waiting",
    proof: "pending",
    detail: "",
  };
  patchCase(world, state, {
    stage: "acting",
    actions: [...state.view.actions, action],
    nextStep:
      step.kind === "command"
        ? `Wait for ${name} and its proof.`
        : "Wait for the advice to be followed.",
  });
  const proofWithin = step.verify?.within ?? DEFAULT_PROOF_MS[step.kind];
  state.run = { step: index, actionId: id, unsafe: true, due: 0, proofFrom: -1, proofWithin };
  world.say(state.view, "step_started", `Step ${index + 1}: ${stepSentence(step)}.`);
  setDue(world, state, world.now + step.expiresIn);
  setWaiting(world, state, true);
  trySend(world, state, world.deviceNow(device));
}

const stepSentence = (step: ActiveStep): string =>
  step.kind === "command"
    ? `send ${describe(step.name, step.args)} when the device is there`
    : `show the advice ${JSON.stringify(step.text)}`;

const describe = (name: string, args: Readonly<Record<string, unknown>>): string =>
  Object.keys(args).length === 0 ? name : `${name} ${JSON.stringify(args)}`;

function skip(world: World, state: CaseState, why: string): void {
  world.say(state.view, "step_skipped", `Step ${state.run.step + 1} was skipped: ${why}.`);
  nextStep(world, state, why);
}

/** Hands the command to the outbox once its safety condition holds at device time `at`. */
function trySend(world: World, state: CaseState, at: EpochMs): void {
  const device = world.deviceOf(state);
  const step = stepsOf(world, state)[state.run.step];
  const product = world.productOf(device);
  if (step === undefined || step.kind === "escalate" || product === undefined) return;
  const name = step.kind === "command" ? step.name : (product.model.adviceCommand ?? "");
  const safe = product.safeWhen.get(name);
  const verdict = safe?.test(world.signalsOf(device, product, at)) ?? safe === undefined;
  if (verdict !== true) {
    const why = `waits until ${safe?.source ?? ""} is known to hold`;
    const action = state.view.actions.find((a) => a.id === state.run.actionId);
    if (action?.detail !== why) patchAction(world, state, state.run.actionId, { detail: why });
    return;
  }
  state.run = { ...state.run, unsafe: false };
  patchAction(world, state, state.run.actionId, { detail: "waits for the device" });
  sendCommand(world, device, {
    id: state.run.actionId,
    caseId: state.view.id,
    name,
    args: step.kind === "command" ? step.args : { text: step.text },
    expiresAt: state.run.due,
    by: "gateway",
  });
}

/** Advice beside an escalation: shown if the device has a display; nothing waits for it. */
function advise(
  world: World,
  state: CaseState,
  { text, index, expiresIn }: { text: string; index: number; expiresIn: DurationMs },
): void {
  const device = world.deviceOf(state);
  const name = world.productOf(device)?.model.adviceCommand;
  if (name === undefined) return;
  const id = stableId("a", [state.view.id, index, "advice", state.view.refires]);
  const action: CaseAction = {
    id,
    step: index,
    kind: "advice",
    what: text,
    startedAt: world.now,
    state: "waiting",
    proof: "none",
    detail: "waits for the device",
  };
  patchCase(world, state, { actions: [...state.view.actions, action] });
  const expiresAt = world.now + expiresIn;
  sendCommand(world, device, {
    id,
    caseId: state.view.id,
    name,
    args: { text },
    expiresAt,
    by: "gateway",
  });
}

/** Fresh telemetry of the case's device: may a waiting command go out, is the step proved? */
export function checkCase(world: World, state: CaseState, device: DeviceState): void {
  if (state.run.unsafe) {
    trySend(world, state, device.sampleTime);
    return;
  }
  if (state.run.proofFrom < 0 || device.sampleTime <= state.run.proofFrom) return;
  const compiled = world.ruleOf(device, state.view.rule);
  const product = world.productOf(device);
  const proof = compiled?.verifications.get(state.run.step);
  if (compiled === undefined || proof === undefined || product === undefined) return;
  const view = world.signalsOf(device, product, device.sampleTime);
  if (world.ask(device, compiled, () => proof.test(view)) !== true) return;
  const seen = proof.signals
    .map((name) => `${name} ${String(device.signals[name]?.[0])}`)
    .join(", ");
  prove(world, state, `${proof.source} holds: ${seen} at ${iso(device.sampleTime)}`);
}

/**
 * The step worked. A fault's case stays open until its alert has cleared; advice that was followed is
 * enough. While the alert cannot tell, nothing is closed.
 */
export function prove(world: World, state: CaseState, evidence: string): void {
  patchAction(world, state, state.run.actionId, { proof: "proved" });
  world.say(state.view, "proved", `Telemetry proves step ${state.run.step + 1}: ${evidence}.`);
  world.count("fixes_verified_total", { kind: state.view.kind });
  setWaiting(world, state, false);
  const slot = world.deviceOf(state).slots[state.view.rule];
  const alertGone = slot === undefined || slot.alert.phase === "inactive";
  if ((alertGone || state.view.kind !== "fault") && slot?.alert.unknown !== true) {
    const reason = `Solved: step ${state.run.step + 1} is proved by telemetry (${evidence}).`;
    resolveCase(world, state, { resolution: "fixed", reason });
    return;
  }
  patchCase(world, state, {
    stage: "watching",
    nextStep: "Wait until the alert has been clear long enough.",
  });
  const keep = world.ruleOf(world.deviceOf(state), state.view.rule)?.rule.keep ?? 0;
  state.run = { ...state.run, proofFrom: -1 };
  setDue(world, state, world.now + keep + CLEAR_AFTER_PROOF_MS);
}

/** The step's time is up. */
export function stepDue(world: World, state: CaseState): void {
  const { run, view } = state;
  const action = view.actions.find((a) => a.id === run.actionId);
  const number = run.step + 1;
  if (view.stage === "watching") {
    const why = `step ${number} was proved, but the alert did not clear`;
    world.say(view, "not_proved", `${why[0]?.toUpperCase()}${why.slice(1)} in time.`);
    nextStep(world, state, why);
    return;
  }
  if (action === undefined) return;
  if (action.state === "waiting") {
    world.cancel(action.id);
    const why = run.unsafe ? "it was never safe to send" : "the device did not come online in time";
    patchAction(world, state, action.id, { state: "expired", proof: "not_proved", detail: why });
    world.say(view, "command_result", `Step ${number} expired: ${why}.`);
    nextStep(world, state, `step ${number} expired: ${why}`);
    return;
  }
  const step = stepsOf(world, state)[run.step];
  const want = step !== undefined && step.kind !== "escalate" ? step.verify?.when : undefined;
  const expected = want ?? "the alert to clear";
  patchAction(world, state, action.id, { proof: "not_proved" });
  world.say(view, "not_proved", `Step ${number} was not proved in time: expected ${expected}.`);
  const slot = world.deviceOf(state).slots[view.rule];
  if (slot !== undefined && slot.alert.phase === "inactive" && !slot.alert.unknown) {
    const reason = `The alert has cleared by telemetry, though the proof of step ${number} (${expected}) did not come.`;
    resolveCase(world, state, { resolution: "recovered", reason });
    return;
  }
  nextStep(world, state, `step ${number} was not proved by telemetry (expected ${expected})`);
}
