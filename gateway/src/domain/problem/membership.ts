import type { CaseView } from "#domain/case/case.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import { PROBLEM_SETTLE_MS } from "#domain/problem/problem-state.ts";

/** Replaces fields of a problem; every change raises its revision. */
export function patchProblem(
  world: World,
  problem: ProblemState,
  patch: Partial<Omit<ProblemState, "id">>,
): void {
  Object.assign(problem, patch, { revision: problem.revision + 1, updatedAt: world.now });
  world.touchProblem(problem);
}

/** Sets when the problem must be looked at again; 0 = never by itself. */
export function setProblemDue(world: World, problem: ProblemState, due: number): void {
  problem.due = due;
  world.timers.set(`p/${problem.id}`, due);
  world.touchProblem(problem);
}

/** A case of a problem was resolved or opened again. */
export function memberChanged(world: World, { view }: CaseState, before: CaseView): void {
  const closed = view.status === "resolved";
  if (closed === (before.status === "resolved")) return;
  const problem = world.problems.get(view.problem ?? "");
  if (problem?.status !== "open") return;
  patchProblem(world, problem, { openCases: problem.openCases + (closed ? -1 : 1) });
  settleProblem(world, problem);
}

/** A problem without an open case is over after its settle time. */
export const settleProblem = (world: World, problem: ProblemState): void =>
  setProblemDue(world, problem, problem.openCases === 0 ? world.now + PROBLEM_SETTLE_MS : 0);

/** The open problem that a case belongs to. */
export function openProblemOf(
  world: World,
  { problem: id = "" }: CaseView,
): ProblemState | undefined {
  const problem = world.problems.get(id);
  return problem?.status === "open" ? problem : undefined;
}

/** Begins what an agent should do next with a case of a problem. */
export const goOnIn = ({ id, title }: ProblemState): string =>
  `Go on in problem ${id} (${title}). `;
