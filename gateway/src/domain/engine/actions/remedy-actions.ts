import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ReinstateRequest, RemediesRequest } from "#domain/record.ts";

interface Word {
  readonly by: string;
  readonly comment: string;
}

/** An engineer lets the waiting step go ahead. */
export function approveStep(_world: World, state: CaseState, _word: Word): ActionAnswer {
  return refuse(409, `Case ${state.view.id} has no step that waits for approval.`);
}

export function declineStep(_world: World, state: CaseState, _word: Word): ActionAnswer {
  return refuse(409, `Case ${state.view.id} has no step that waits for approval.`);
}

export function undoStep(
  _world: World,
  state: CaseState,
  { action }: { by: string; action: string },
): ActionAnswer {
  return refuse(409, `Step ${action} of case ${state.view.id} cannot be taken back.`);
}

export function switchRemedies(_world: World, action: RemediesRequest, _by: string): ActionAnswer {
  return { ok: true, id: action.product };
}

export function reinstateFix(_world: World, action: ReinstateRequest, _by: string): ActionAnswer {
  return refuse(404, `No fix ${action.step} of ${action.rule} is withdrawn.`);
}
