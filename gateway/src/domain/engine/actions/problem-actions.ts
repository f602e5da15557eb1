import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { World } from "#domain/engine/world.ts";
import type { ProblemRequest } from "#domain/record.ts";

export function problemAction(_world: World, action: ProblemRequest, _by: string): ActionAnswer {
  return refuse(404, `There is no problem ${JSON.stringify(action.problem)}.`);
}
