import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import { withTicket } from "#domain/engine/actions/ticket-action.ts";
import type { World } from "#domain/engine/world.ts";
import { patchProblem } from "#domain/problem/membership.ts";
import { dissolveProblem, resolveProblem } from "#domain/problem/problem-end.ts";
import { PROBLEM_KEPT_MS } from "#domain/problem/problem-state.ts";
import type { ProblemRequest } from "#domain/record.ts";
import { DAY_MS } from "#domain/units.ts";

/** What a person, or a desk for one, asks of a problem. */
export function problemAction(world: World, action: ProblemRequest, by: string): ActionAnswer {
  const problem = world.problems.get(action.problem);
  if (problem === undefined) {
    const days = PROBLEM_KEPT_MS / DAY_MS;
    return refuse(
      404,
      `No problem ${JSON.stringify(action.problem)} can be changed: it never existed or ended over ${days} days ago.`,
    );
  }
  const { id, status } = problem;
  const over = refuse(409, `Problem ${id} is ${status} already.`);
  const done: ActionAnswer = { ok: true, id };
  switch (action.name) {
    case "problem_resolve": {
      if (status !== "open") return over;
      const reason = action.comment === "" ? `${by} closed the problem.` : action.comment;
      resolveProblem(world, problem, { reason, by });
      return done;
    }
    case "problem_dissolve": {
      if (status !== "open") return over;
      const said = action.comment === "" ? `${by} found no common cause.` : action.comment;
      dissolveProblem(world, problem, { reason: said, by });
      return done;
    }
    case "problem_ticket": {
      const { desk, ticket, url, detail } = action;
      const tickets = [...withTicket(problem.tickets, { desk, id: ticket, url })];
      patchProblem(world, problem, { tickets });
      world.sayOfProblem(id, "ticket", detail || `Ticket ${ticket} in ${desk} was created.`, by);
      return done;
    }
    case "problem_comment":
      patchProblem(world, problem, { touched: true });
      world.sayOfProblem(id, "comment", action.comment, by);
      return done;
  }
}
