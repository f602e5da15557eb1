import type { CaseAction } from "#domain/case/case.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { setRemedyTimer } from "#domain/remedy/remedy-timer.ts";
import { patchCommand } from "#domain/remedy/send-command.ts";
import { giveBackTry } from "#domain/remedy/traces.ts";
import { unwantSettings } from "#domain/remedy/want-settings.ts";

/** An action that the device does not have yet: it must not get it any more, and it was no try. */
export function takeBack(
  world: World,
  device: DeviceState,
  action: CaseAction,
  now: { readonly state: "cancelled" | "expired"; readonly why: string },
): void {
  const awaited = device.awaited?.find((one) => one.action === action.id);
  if (awaited !== undefined) {
    device.awaited = (device.awaited ?? []).filter((one) => one !== awaited);
    unwantSettings(world, device, awaited);
  }
  if (device.commands.some(({ id, state }) => id === action.id && state === "waiting")) {
    world.cancel(action.id);
    patchCommand(world, device, action.id, { state: now.state, detail: now.why });
  }
  giveBackTry(world, device, action.id);
}

/** Nothing is held back any more. */
export function dropWake(world: World, state: CaseState): void {
  if ((state.run.wakeAt ?? 0) === 0) return;
  state.run = { ...state.run, wakeAt: 0 };
  setRemedyTimer(world, state);
}
