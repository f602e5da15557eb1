import { personClosed } from "#domain/case/closing.ts";
import { resolveCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { leaveProblem } from "#domain/problem/leave.ts";
import { patchProblem, setProblemDue } from "#domain/problem/membership.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import { PROBLEM_KEPT_MS } from "#domain/problem/problem-state.ts";
import { iso } from "#domain/units.ts";

/** The cause is fixed: its open cases are resolved with it; telemetry may still speak against that. */
export function resolveProblem(
  world: World,
  problem: ProblemState,
  { reason, by = "gateway" }: { readonly reason: string; readonly by?: string },
): void {
  end(world, problem, "resolved");
  world.sayOfProblem(problem.id, "resolved", reason, by);
  for (const state of casesOf(world, problem)) {
    if (state.view.status === "resolved") continue;
    const why = `Solved with problem ${problem.id}: ${reason}`;
    resolveCase(world, state, { resolution: "with_problem", reason: why, by });
    personClosed(world, state, by, { kind: "done" });
  }
  patchProblem(world, problem, { openCases: 0 });
}

/** There was no common cause: its cases stand alone again. */
export function dissolveProblem(
  world: World,
  problem: ProblemState,
  { reason, by }: { readonly reason: string; readonly by: string },
): void {
  end(world, problem, "dissolved");
  world.sayOfProblem(problem.id, "left_problem", reason, by);
  const why = `${by} found no common cause`;
  for (const state of casesOf(world, problem)) leaveProblem(world, state, { why });
  patchProblem(world, problem, { cases: [], openCases: 0 });
}

function end(world: World, problem: ProblemState, status: "resolved" | "dissolved"): void {
  patchProblem(world, problem, { status, resolvedAt: world.now, nextStep: "Nothing to do." });
  setProblemDue(world, problem, world.now + PROBLEM_KEPT_MS);
}

const casesOf = (world: World, { cases }: ProblemState): readonly CaseState[] =>
  cases.flatMap((id) => world.cases.get(id) ?? []);

/** A problem's time is up: it had no open case for long enough, or it was over long ago. */
export function problemDue(world: World, id: string): void {
  const problem = world.problems.get(id);
  if (problem === undefined) return;
  problem.due = 0;
  if (problem.status !== "open") {
    world.forgetProblem(problem);
    return;
  }
  if (problem.openCases > 0) return;
  if (problem.touched) {
    const nextStep = `All its cases have been resolved since ${iso(problem.updatedAt)}; close it when the cause is fixed.`;
    patchProblem(world, problem, { nextStep });
    return;
  }
  resolveProblem(world, problem, { reason: howTheyEnded(world, problem) });
}

function howTheyEnded(world: World, problem: ProblemState): string {
  const ends = new Map<string, number>();
  for (const { view } of casesOf(world, problem)) {
    const how = (view.resolution ?? "").replaceAll("_", " ");
    ends.set(how, (ends.get(how) ?? 0) + 1);
  }
  const told = [...ends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([how, n]) => `${n} ${how}`);
  return `All its cases are resolved and stayed so for a day (${told.join(", ")}).`;
}
