import { personClosed } from "#domain/case/closing.ts";
import { judgeCase } from "#domain/case/judging.ts";
import { reopenCase } from "#domain/case/lifecycle.ts";
import { CASE_KEPT_MS, patchCase, resolveCase } from "#domain/case/transitions.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import { approveStep, declineStep, undoStep } from "#domain/engine/actions/remedy-actions.ts";
import { ticketChanged } from "#domain/engine/actions/ticket-action.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CaseRequest } from "#domain/record.ts";
import { answeredByAgent } from "#domain/service/case-clocks.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** What a person, or a desk for one, asks of a case. */
export function caseAction(world: World, action: CaseRequest, by: string): ActionAnswer {
  const state = world.cases.get(action.caseId);
  if (state === undefined) {
    const days = CASE_KEPT_MS / DAY_MS;
    return refuse(
      404,
      `No case ${JSON.stringify(action.caseId)} can be changed: it never existed or was resolved over ${days} days ago.`,
    );
  }
  return onCase(world, state, action, by);
}

function onCase(world: World, state: CaseState, action: CaseRequest, by: string): ActionAnswer {
  const { view } = state;
  const resolved = view.status === "resolved";
  const done: ActionAnswer = { ok: true, id: view.id };
  switch (action.name) {
    case "acknowledge":
      if (resolved) return refuse(409, `Case ${view.id} is resolved; reopen it first.`);
      state.touched = true;
      answeredByAgent(world, state);
      patchCase(world, state, { status: "acknowledged", acknowledgedBy: by });
      world.say(state.view, "acknowledged", `${by} took the case.`, by);
      return done;
    case "resolve":
      if (resolved) return refuse(409, `Case ${view.id} is already resolved.`);
      closeCase(world, state, action, by);
      return done;
    case "reopen":
      return reopenByPerson(world, state, action, by);
    case "verdict":
      judgeCase(world, state, action, by);
      return done;
    case "comment":
      state.touched = true;
      answeredByAgent(world, state);
      patchCase(world, state, {});
      world.say(state.view, "comment", action.comment, by);
      return done;
    case "give_back":
      return giveBack(world, state, by);
    case "approve":
      return answered(world, state, approveStep(world, state, { by, comment: action.comment }));
    case "decline":
      return answered(world, state, declineStep(world, state, { by, comment: action.comment }));
    case "undo":
      return answered(world, state, undoStep(world, state, { by, action: action.action }));
    case "ticket":
      ticketChanged(world, state, action, by);
      return done;
  }
}

function answered(world: World, state: CaseState, answer: ActionAnswer): ActionAnswer {
  if (answer.ok) answeredByAgent(world, state);
  return answer;
}

/** Work is done: telemetry gets its time to agree. Won't fix: it is not to come back by itself. */
function closeCase(
  world: World,
  state: CaseState,
  { comment, as = "done" }: Extract<CaseRequest, { name: "resolve" }>,
  by: string,
): void {
  answeredByAgent(world, state);
  const wontFix = as === "wont_fix";
  const said = wontFix ? `${by} decided to leave it as it is.` : `${by} closed the case.`;
  const reason = comment === "" ? said : comment;
  resolveCase(world, state, { resolution: wontFix ? "wont_fix" : "by_agent", reason, by });
  const device = world.deviceOf(state);
  const quiet = world.ruleOf(device, state.view.rule)?.rule.reopenWithin ?? HOUR_MS;
  personClosed(world, state, by, wontFix ? { kind: "leave", quiet } : { kind: "done" });
}

function reopenByPerson(
  world: World,
  state: CaseState,
  { comment }: Extract<CaseRequest, { name: "reopen" }>,
  by: string,
): ActionAnswer {
  const { view } = state;
  if (view.status !== "resolved") return refuse(409, `Case ${view.id} is not resolved.`);
  const slot = world.deviceOf(state).slots[view.rule];
  const newest = world.cases.get(slot?.caseId ?? "");
  if (newest !== undefined && newest.view.status !== "resolved") {
    const { id } = newest.view;
    return refuse(409, `Case ${id} is open for the same rule; go on with that one.`);
  }
  if (slot !== undefined) slot.caseId = view.id;
  world.touchDevice(world.deviceOf(state));
  state.touched = true;
  reopenCase(world, state, { evidence: undefined, why: comment || "Reopened", by });
  return { ok: true, id: view.id };
}

/** Nobody has it any more; with nobody to take it from there is nothing to say. */
function giveBack(world: World, state: CaseState, by: string): ActionAnswer {
  const { view } = state;
  if (view.status === "resolved") return refuse(409, `Case ${view.id} is resolved.`);
  if (view.acknowledgedBy === null) return { ok: true, id: view.id };
  patchCase(world, state, { status: "open", acknowledgedBy: null });
  const whose = view.acknowledgedBy === by ? "it" : `the case of ${view.acknowledgedBy}`;
  world.say(state.view, "comment", `${by} gave ${whose} back; nobody has it now.`, by);
  return { ok: true, id: view.id };
}
