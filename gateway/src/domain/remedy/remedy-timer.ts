import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { EpochMs } from "#domain/units.ts";

/** Service clock: when a held back step, a settle time or a late proof is looked at again; 0 = never. */
export function remedyDueAt({ run, settling = [], late }: CaseState): EpochMs {
  const times = [run.wakeAt ?? 0, late?.until ?? 0, ...settling.map(({ until }) => until)];
  return times.reduce((first, at) => (at !== 0 && (first === 0 || at < first) ? at : first), 0);
}

export function setRemedyTimer(world: World, state: CaseState): void {
  world.timers.set(`r/${state.view.id}`, remedyDueAt(state));
  world.touchCase(state);
}
