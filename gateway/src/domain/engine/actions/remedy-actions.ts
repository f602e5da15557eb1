import {
  escalateCase,
  patchAction,
  patchCase,
  setDue,
  stopStep,
} from "#domain/case/transitions.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import { inOrder } from "#domain/engine/in-order.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ReinstateRequest, RemediesRequest } from "#domain/record.ts";
import type { RemedySwitch } from "#domain/remedy/fix.ts";
import { offReason, remediesOff } from "#domain/remedy/off-switch.ts";
import { endStep } from "#domain/remedy/playbook.ts";
import { lookAgain } from "#domain/remedy/prove.ts";
import { fixId } from "#domain/remedy/remedy-state.ts";
import { busyWith, currentAction, isActing, isCarriedOut, underWay } from "#domain/remedy/run.ts";
import { reinstate } from "#domain/remedy/statistics.ts";
import { isUndoable, undoBlocked, undoByHand } from "#domain/remedy/undo.ts";

interface Word {
  readonly by: string;
  readonly comment: string;
}

const withComment = (sentence: string, comment: string): string =>
  comment === "" ? `${sentence}.` : `${sentence}: ${comment}`;

const asksForWord = ({ view, run }: CaseState): boolean =>
  view.status !== "resolved" && view.stage === "approval" && run.approval === "asked";

/** An engineer lets the waiting step go ahead; its time to act counts from now. */
export function approveStep(world: World, state: CaseState, { by, comment }: Word): ActionAnswer {
  const step = underWay(world, state)?.step;
  if (!asksForWord(state) || step === undefined || !isActing(step)) return noWord(state);
  state.run = { ...state.run, approval: "given" };
  patchCase(world, state, { stage: "acting", nextStep: "Wait for the step and its proof." });
  const sentence = `${by} approved step ${state.run.step + 1}`;
  world.say(state.view, "approved", withComment(sentence, comment), by);
  setDue(world, state, world.now + step.expiresIn);
  lookAgain(world, state, world.deviceNow(world.deviceOf(state)));
  return { ok: true, id: state.view.id };
}

export function declineStep(world: World, state: CaseState, { by, comment }: Word): ActionAnswer {
  if (!asksForWord(state)) return noWord(state);
  const sentence = `${by} declined step ${state.run.step + 1}`;
  const said = withComment(sentence, comment);
  world.say(state.view, "declined", said, by);
  patchAction(world, state, state.run.actionId, { proof: "not_proved" });
  endStep(world, state, "declined", said.replace(/\.$/, ""));
  return { ok: true, id: state.view.id };
}

const noWord = ({ view }: CaseState): ActionAnswer =>
  refuse(409, `Case ${view.id} has no step that waits for approval.`);

/** Takes a carried out step back by hand; the playbook of an open case stops, a person has it now. */
export function undoStep(
  world: World,
  state: CaseState,
  { by, action: id }: { by: string; action: string },
): ActionAnswer {
  const { view } = state;
  const action = view.actions.find((one) => one.id === id);
  const undo = state.steps?.[id]?.undo;
  if (action === undefined || undo === undefined || !isUndoable(state, action)) {
    const why = whyNot(state, id);
    return refuse(409, `Step ${id} of case ${view.id} cannot be taken back: ${why}.`);
  }
  const busy = busyWith(world, state, waiting(state)?.id ?? "");
  if (busy !== undefined) {
    return refuse(409, `Case ${view.id} has ${busy.name} under way; wait for the device's answer.`);
  }
  const at = world.deviceNow(world.deviceOf(state));
  const blocked = undoBlocked(world, state, { undo, idle: state.steps?.[id]?.idle === true, at });
  if (blocked !== undefined) {
    return refuse(409, `Step ${id} of case ${view.id} cannot be taken back now: it ${blocked}.`);
  }
  if (view.status !== "resolved" && view.stage !== "escalated") {
    const reason = `A person takes over: ${by} takes step ${action.step + 1} back.`;
    escalateCase(world, state, { reason });
  }
  undoByHand(world, state, { of: id, by });
  return { ok: true, id: view.id };
}

/** A step that has not reached the device is taken back itself. */
const waiting = (state: CaseState) => {
  const current = currentAction(state);
  return current?.state === "waiting" && state.view.status !== "resolved" ? current : undefined;
};

function whyNot(state: CaseState, id: string): string {
  const memo = state.steps?.[id];
  const action = state.view.actions.find((one) => one.id === id);
  if (memo === undefined || action === undefined) return "it is no step of its playbook";
  if (memo.undone === true) return "it is taken back already";
  if (memo.undoneBy !== undefined) return "it is being taken back";
  if (memo.undo === undefined || action.kind === "undo") return "it has no undo";
  return "the device has not carried it out";
}

/**
 * The off switch. What has not reached its device is taken back and its case goes to a person, and stays
 * there when the switch is turned on again; what was carried out may still be proved.
 */
export function switchRemedies(world: World, action: RemediesRequest, by: string): ActionAnswer {
  const { product, enabled, reason } = action;
  if (product !== "" && !world.ruleset.products.has(product)) {
    const known = [...world.ruleset.products.keys()].join(", ");
    return refuse(404, `No product ${JSON.stringify(product)} is known; known are ${known}.`);
  }
  if (reason.trim() === "") {
    return refuse(422, "reason: is empty; whoever has the cases must know why.");
  }
  const turned: RemedySwitch = { product, enabled, by, reason, at: world.now };
  const others = (world.service.remedies ?? []).filter((one) => one.product !== product);
  world.service.remedies = [...others, turned];
  world.unsaved.add("service");
  world.changed.remedies.set(product, turned);
  world.count("remedies_switched_total", { state: enabled ? "on" : "off" });
  if (!enabled) for (const state of inOrder(world.cases)) standDown(world, state);
  return { ok: true, id: product };
}

function standDown(world: World, state: CaseState): void {
  const { view } = state;
  const off = remediesOff(world, view.product);
  if (off === undefined || view.status === "resolved") return;
  if (view.stage === "escalated") {
    const waits = view.actions.some(({ kind, state }) => kind === "advice" && state === "waiting");
    if (waits) stopStep(world, state, offReason(off));
    return;
  }
  const current = currentAction(state);
  const isLooking = view.stage === "watching" || current?.kind === "verify";
  const isDone = current !== undefined && isCarriedOut(current) && state.run.undo === undefined;
  if (isLooking || isDone) return;
  escalateCase(world, state, { reason: `A person takes over: ${offReason(off)}.` });
}

/** Who asked and why stands in the journal. */
export function reinstateFix(world: World, action: ReinstateRequest, _by: string): ActionAnswer {
  const { product, rule, step } = action;
  if (!reinstate(world, { product, rule, key: step })) {
    return refuse(404, `No fix ${step} of rule ${rule} of ${product} is withdrawn.`);
  }
  return { ok: true, id: fixId({ product, rule, key: step }) };
}
