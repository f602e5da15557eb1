import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { dropLate } from "#domain/remedy/late.ts";
import { prove } from "#domain/remedy/prove.ts";
import { currentAction, isCarriedOut } from "#domain/remedy/run.ts";
import { credit } from "#domain/remedy/settle.ts";

/**
 * The alert of an open case cleared while its playbook is at work. `recovered`: nothing was carried out
 * that could have done it. `fixed`: a step did that was given up before. `kept`: a step was carried out,
 * which is proved by this or keeps the time of its own proof.
 */
export function clearedAtWork(world: World, state: CaseState): "recovered" | "fixed" | "kept" {
  const { run, late } = state;
  const action = currentAction(state);
  if (run.undo !== undefined || action?.kind === "verify") return "kept";
  if (action !== undefined && isCarriedOut(action)) {
    const isProof = action.proof === "pending" && !hasOwnProof(world, state);
    if (isProof) prove(world, state, "the alert has cleared");
    return "kept";
  }
  // A wait between a step and its proof goes on; without a step before it there is nothing to wait for.
  if (action?.kind === "wait" && (run.unproved ?? []).length > 0) return "kept";
  if (late === undefined) return "recovered";
  dropLate(world, state);
  credit(world, state, [late.action]);
  return "fixed";
}

function hasOwnProof(world: World, { view, run }: CaseState): boolean {
  const device = world.devices.get(view.device);
  const compiled = device === undefined ? undefined : world.ruleOf(device, view.rule);
  return compiled?.verifications.get(run.step) !== undefined;
}
