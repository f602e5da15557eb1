import type { CaseAction } from "#domain/case/case.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { StepMemo } from "#domain/remedy/remedy-state.ts";
import type { CountedStep } from "#domain/remedy/statistics.ts";
import { countFix } from "#domain/remedy/statistics.ts";

export function setMemo(world: World, state: CaseState, action: string, memo: StepMemo): void {
  state.steps = { ...state.steps, [action]: memo };
  world.touchCase(state);
}

export function patchMemo(
  world: World,
  state: CaseState,
  action: string,
  patch: Partial<StepMemo>,
): void {
  const memo = state.steps?.[action];
  if (memo !== undefined) setMemo(world, state, action, { ...memo, ...patch });
}

/** An undo that will not be done: what it was for can be taken back again. Answers that action. */
export function forgetUndo(world: World, state: CaseState, undo: string): string | undefined {
  const of = state.steps?.[undo]?.of;
  const memo = of === undefined ? undefined : state.steps?.[of];
  if (of === undefined || memo === undefined || memo.undoneBy !== undo) return undefined;
  const { undoneBy: _undoneBy, ...rest } = memo;
  setMemo(world, state, of, rest);
  return of;
}

/** How an action is counted; undefined for those that are no step of a playbook. */
export function countedStep(state: CaseState, action: CaseAction): CountedStep | undefined {
  const { kind, what } = action;
  const memo = state.steps?.[action.id];
  if (memo === undefined) return undefined;
  if (kind !== "command" && kind !== "settings" && kind !== "advice") return undefined;
  const { product, rule } = state.view;
  return { product, rule, key: memo.key, what, kind };
}

/** Counts an action of the case; tried and failed once each. */
export function countAction(
  world: World,
  state: CaseState,
  id: string,
  field: "tried" | "proved" | "held" | "failed",
): void {
  const action = state.view.actions.find((a) => a.id === id);
  const step = action === undefined ? undefined : countedStep(state, action);
  const memo = state.steps?.[id];
  if (step === undefined || memo === undefined) return;
  if (field === "tried") {
    if (memo.tried === true) return;
    patchMemo(world, state, id, { tried: true });
  }
  if (field === "failed") {
    // What the device never got cannot have failed.
    if (memo.failed === true || memo.tried !== true) return;
    patchMemo(world, state, id, { failed: true });
  }
  countFix(world, step, field, { device: state.view.device, caseId: state.view.id });
}
