import { reopenCase } from "#domain/case/lifecycle.ts";
import { CASE_KEPT_MS, patchCase, resolveCase } from "#domain/case/transitions.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import { approveStep, declineStep, undoStep } from "#domain/engine/actions/remedy-actions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CaseRequest } from "#domain/record.ts";
import { DAY_MS } from "#domain/units.ts";

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
      patchCase(world, state, { status: "acknowledged", acknowledgedBy: by });
      world.say(state.view, "acknowledged", `${by} took the case.`, by);
      return done;
    case "resolve": {
      if (resolved) return refuse(409, `Case ${view.id} is already resolved.`);
      const reason = action.comment === "" ? `${by} closed the case.` : action.comment;
      resolveCase(world, state, { resolution: "by_agent", reason, by });
      return done;
    }
    case "reopen": {
      if (!resolved) return refuse(409, `Case ${view.id} is not resolved.`);
      const slot = world.deviceOf(state).slots[view.rule];
      const newest = world.cases.get(slot?.caseId ?? "");
      if (newest !== undefined && newest.view.status !== "resolved") {
        return refuse(
          409,
          `Case ${newest.view.id} is open for the same rule; go on with that one.`,
        );
      }
      if (slot !== undefined) slot.caseId = view.id;
      world.touchDevice(world.deviceOf(state));
      state.touched = true;
      reopenCase(world, state, { evidence: undefined, why: action.comment || "Reopened", by });
      return done;
    }
    case "verdict":
      state.touched = true;
      patchCase(world, state, { verdict: action.verdict });
      world.say(state.view, "verdict", `${action.verdict}. ${action.comment}`.trim(), by);
      world.count("verdicts_total", { verdict: action.verdict });
      if (action.verdict === "false_alarm" && !resolved) {
        const reason = "Judged a false alarm; it stays closed until this episode ends.";
        resolveCase(world, state, { resolution: "false_alarm", reason, by });
      }
      return done;
    case "comment":
      state.touched = true;
      patchCase(world, state, {});
      world.say(state.view, "comment", action.comment, by);
      return done;
    case "give_back":
      patchCase(world, state, { status: "open", acknowledgedBy: null });
      return done;
    case "approve":
      return approveStep(world, state, { by, comment: action.comment });
    case "decline":
      return declineStep(world, state, { by, comment: action.comment });
    case "undo":
      return undoStep(world, state, { by, action: action.action });
    case "ticket":
      world.say(state.view, "ticket", action.detail, by);
      return done;
  }
}
