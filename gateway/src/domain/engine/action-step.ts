import type { ActionAnswer } from "#domain/effects.ts";
import { caseAction } from "#domain/engine/actions/case-actions.ts";
import { commandAction } from "#domain/engine/actions/command-action.ts";
import { ownerCalled } from "#domain/engine/actions/owner-called.ts";
import { problemAction } from "#domain/engine/actions/problem-actions.ts";
import { reinstateFix, switchRemedies } from "#domain/engine/actions/remedy-actions.ts";
import { desireSettings } from "#domain/engine/settings-step.ts";
import type { World } from "#domain/engine/world.ts";
import type { ActionRecord } from "#domain/record.ts";

const ANSWERS_KEPT = 1_000;

/** Applies what a person asked for; the same idempotency key again gets the first answer. */
export function applyAction(world: World, record: ActionRecord): void {
  const known = world.service.answers.find(([id]) => id === record.id);
  if (known !== undefined) {
    world.answer(known[1]);
    return;
  }
  const answer = decide(world, record);
  world.service.answers.push([record.id, answer]);
  world.service.answers.splice(0, world.service.answers.length - ANSWERS_KEPT);
  world.unsaved.add("service");
  world.answer(answer);
}

function decide(world: World, record: ActionRecord): ActionAnswer {
  const { action, by } = record;
  switch (action.name) {
    case "command":
      return commandAction(world, action, record);
    case "settings":
      return desireSettings(world, action);
    case "owner_called":
      return ownerCalled(world, action, by);
    case "remedies":
      return switchRemedies(world, action, by);
    case "reinstate":
      return reinstateFix(world, action, by);
    case "problem_resolve":
    case "problem_dissolve":
    case "problem_ticket":
    case "problem_comment":
      return problemAction(world, action, by);
    case "acknowledge":
    case "give_back":
    case "resolve":
    case "reopen":
    case "verdict":
    case "comment":
    case "approve":
    case "decline":
    case "undo":
    case "ticket":
      return caseAction(world, action, by);
  }
}
