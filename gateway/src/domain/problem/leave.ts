import { patchCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { goOnIn, openProblemOf, patchProblem, settleProblem } from "#domain/problem/membership.ts";

/** The case stands alone again. `like`: it may be grouped with others anew. */
export function leaveProblem(
  world: World,
  state: CaseState,
  { why, like = false }: { readonly why: string; readonly like?: boolean },
): void {
  const { problem: id } = state.view;
  if (id === undefined) return;
  const problem = world.problems.get(id);
  const prefix = problem === undefined ? "" : goOnIn(problem);
  const { nextStep } = state.view;
  const own =
    prefix !== "" && nextStep.startsWith(prefix) ? nextStep.slice(prefix.length) : nextStep;
  patchCase(world, state, { nextStep: own });
  const { problem: _, ...alone } = state.view;
  state.view = alone;
  if (!like) state.left = true;
  world.likeness?.caseChanged(state);
  world.say(state.view, "left_problem", `It no longer belongs to problem ${id}: ${why}.`);
  if (problem === undefined || problem.status !== "open") return;
  const open = state.view.status === "resolved" ? 0 : 1;
  patchProblem(world, problem, {
    cases: problem.cases.filter((one) => one !== state.view.id),
    openCases: problem.openCases - open,
  });
  settleProblem(world, problem);
}

/**
 * A case that is opened again stays in an open problem, and leaves one that is over. Should many come
 * back, they are like each other anew.
 */
export function leaveIfOver(world: World, state: CaseState): void {
  const { view } = state;
  if (view.problem === undefined || openProblemOf(world, view) !== undefined) return;
  const why = "the problem is over, and the case is open again";
  leaveProblem(world, state, { why, like: true });
}
