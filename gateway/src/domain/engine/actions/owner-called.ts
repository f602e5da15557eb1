import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { World } from "#domain/engine/world.ts";
import type { OwnerCalledRequest } from "#domain/record.ts";

export function ownerCalled(world: World, action: OwnerCalledRequest, _by: string): ActionAnswer {
  if (!world.devices.has(action.device)) return refuse(404, "No such device is registered.");
  return { ok: true, id: action.device };
}
