import type { CommandNow } from "#domain/device-view.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { EpochMs } from "#domain/units.ts";

const COMMANDS_KEPT = 50;

/**
 * Owes the device one command. It waits in the outbox until the device is online; the id makes its
 * execution exactly once (the device remembers the ids it has run).
 */
export function sendCommand(
  world: World,
  device: DeviceState,
  command: {
    readonly id: string;
    readonly caseId: string | null;
    readonly name: string;
    readonly args: Readonly<Record<string, string | number | boolean>>;
    readonly expiresAt: EpochMs;
    readonly by: string;
  },
): void {
  device.commandCounter += 1;
  const { id, caseId, name, args, expiresAt, by } = command;
  const line: CommandNow = { id, name, by, at: world.now, state: "waiting", detail: "", expiresAt };
  device.commands = [line, ...device.commands].slice(0, COMMANDS_KEPT);
  world.timers.set(`m/${device.registered.id}/${id}`, expiresAt);
  world.owe({
    kind: "command",
    id,
    device: device.registered.id,
    product: device.registered.product,
    caseId,
    command: name,
    args,
    createdAt: world.now,
    expiresAt,
    counter: device.commandCounter,
  });
  world.touchDevice(device);
  world.count("commands_created_total");
}

export function patchCommand(
  world: World,
  device: DeviceState,
  id: string,
  patch: Partial<CommandNow>,
): CommandNow | undefined {
  let found: CommandNow | undefined;
  device.commands = device.commands.map((line) => {
    if (line.id !== id) return line;
    found = { ...line, ...patch };
    return found;
  });
  if (found !== undefined) world.touchDevice(device);
  return found;
}

/**
 * The command's time is up without a final result. Our time-out is not final: the device may still
 * answer. True if this ended it.
 */
export function commandDue(world: World, device: DeviceState, id: string): boolean {
  const line = device.commands.find((c) => c.id === id);
  if (line === undefined) return false;
  const open = line.state === "waiting" || line.state === "delivered" || line.state === "accepted";
  if (!open) return false;
  if (line.state === "waiting") world.cancel(id);
  patchCommand(world, device, id, { state: "expired", detail: "no final answer in time" });
  return true;
}
