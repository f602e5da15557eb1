import { callsFrom } from "#domain/case/opening.ts";
import { patchCase } from "#domain/case/transitions.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { World } from "#domain/engine/world.ts";
import type { OwnerCalledRequest } from "#domain/record.ts";
import { iso } from "#domain/units.ts";

/**
 * The owner got in touch about a device: its open cases know it, and so does one that opens within a day.
 * Of several calls the first counts for a case.
 */
export function ownerCalled(world: World, action: OwnerCalledRequest, by: string): ActionAnswer {
  const device = world.devices.get(action.device);
  if (device === undefined) {
    return refuse(404, `No device ${JSON.stringify(action.device)} is registered.`);
  }
  // Nobody calls tomorrow: the desk's clock is ahead of ours.
  const calledAt = Math.min(action.calledAt, world.now);
  device.ownerCalledAt = Math.max(device.ownerCalledAt ?? 0, calledAt);
  world.touchDevice(device);
  const { source } = action;
  const told = source === "" ? "" : ` (${source})`;
  for (const { caseId } of Object.values(device.slots)) {
    const state = world.cases.get(caseId);
    if (state === undefined || state.view.status === "resolved") continue;
    const { ownerCalledAt = Number.POSITIVE_INFINITY, evidence } = state.view;
    if (calledAt >= ownerCalledAt || calledAt < callsFrom(world, device, evidence)) continue;
    patchCase(world, state, { ownerCalledAt: calledAt });
    world.say(state.view, "owner_called", `The owner called at ${iso(calledAt)}${told}.`, by);
  }
  return { ok: true, id: action.device };
}
