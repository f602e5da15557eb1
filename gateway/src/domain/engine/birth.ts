import type { BirthMessage } from "@voorzorg/firmware-contracts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { traitsOf } from "#domain/problem/traits.ts";

/** What a device says of itself when it connects. */
export function birth(world: World, device: DeviceState, message: BirthMessage): void {
  device.settings = { ...device.settings, ...message.settings };
  const { firmware = device.firmware } = message;
  if (firmware === device.firmware) return;
  // It may be what the device has in common with others of the same trouble.
  const before = traitsOf(device);
  device.firmware = firmware;
  world.likeness?.deviceChanged(device, before);
}
