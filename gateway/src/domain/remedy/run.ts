import type { CaseAction } from "#domain/case/case.ts";
import type { CommandNow } from "#domain/device-view.ts";
import type { CaseState, PlaybookRun } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { UndoPlan } from "#domain/remedy/remedy-state.ts";
import type { ActingStep, PlaybookStep } from "#domain/rules/rule.ts";
import type { CompiledStep } from "#domain/rules/ruleset.ts";

export const stepsOf = (world: World, state: CaseState): readonly CompiledStep[] =>
  world.ruleOf(world.deviceOf(state), state.view.rule)?.steps ?? [];

/** Where the step under way stands in the playbook as it is now; -1 = none is, or it is gone. */
export function positionOf(steps: readonly CompiledStep[], run: PlaybookRun): number {
  if (run.key === undefined || steps[run.step]?.key === run.key) return run.step;
  return steps.findIndex(({ key }) => key === run.key);
}

/** The step under way; undefined = none, or the playbook was changed and has it no more. */
export function underWay(world: World, state: CaseState): CompiledStep | undefined {
  const steps = stepsOf(world, state);
  return steps[positionOf(steps, state.run)];
}

export const isActing = (step: PlaybookStep): step is ActingStep =>
  step.kind === "command" || step.kind === "settings" || step.kind === "advice";

export const currentAction = ({ view, run }: CaseState): CaseAction | undefined =>
  run.actionId === "" ? undefined : view.actions.find(({ id }) => id === run.actionId);

/** The device has it, or had it: it may have acted. */
export const isCarriedOut = ({ state }: CaseAction): boolean =>
  state === "delivered" || state === "accepted" || state === "succeeded";

/** Another command of the case that the device has, or may still get, and has not answered for good. */
export function busyWith(
  world: World,
  { view }: CaseState,
  except: string,
): CommandNow | undefined {
  const own = view.actions.filter(({ id, kind }) => id !== except && kind !== "advice");
  const device = world.devices.get(view.device);
  return device?.commands.find(({ id, state, expiresAt }) => {
    const isOpen = state === "waiting" || state === "delivered" || state === "accepted";
    return isOpen && expiresAt > world.now && own.some((action) => action.id === id);
  });
}

const describeCall = (name: string, args: Readonly<Record<string, unknown>>): string =>
  Object.keys(args).length === 0 ? name : `${name} ${JSON.stringify(args)}`;

export const describeUndo = (undo: UndoPlan): string =>
  undo.kind === "command"
    ? describeCall(undo.name, undo.args)
    : `settings ${JSON.stringify(undo.settings)}`;

/** What a step does, in short. */
export function describeStep(step: ActingStep): string {
  switch (step.kind) {
    case "command":
      return describeCall(step.name, step.args);
    case "settings":
      return `settings ${JSON.stringify(step.settings)}`;
    case "advice":
      return step.text;
  }
}

export function stepSentence(step: ActingStep): string {
  switch (step.kind) {
    case "command":
      return `send ${describeStep(step)} when the device is there`;
    case "settings":
      return `want ${describeStep(step)}`;
    case "advice":
      return `show the advice ${JSON.stringify(step.text)}`;
  }
}
