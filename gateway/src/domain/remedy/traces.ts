import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { RemedyTrace } from "#domain/remedy/remedy-state.ts";

/** Bounds what is remembered of a device whose steps are all sent again and again. */
const TRACES_KEPT = 200;

export function addTrace(world: World, device: DeviceState, trace: RemedyTrace): void {
  const others = (device.remedied ?? []).filter(
    ({ action, keepUntil }) => action !== trace.action && keepUntil > world.now,
  );
  device.remedied = [...others, trace].slice(-TRACES_KEPT);
  world.touchDevice(device);
}

export function patchTrace(
  world: World,
  device: DeviceState,
  action: string,
  patch: Partial<RemedyTrace>,
): boolean {
  const { remedied = [] } = device;
  if (!remedied.some((trace) => trace.action === action)) return false;
  device.remedied = remedied.map((t) => (t.action === action ? { ...t, ...patch } : t));
  world.touchDevice(device);
  return true;
}

/** The device never got it: it counts neither for the limits of the device nor for those of the fleet. */
export function giveBackTry(world: World, device: DeviceState, action: string): void {
  const { remedied = [] } = device;
  const trace = remedied.find((t) => t.action === action);
  if (trace === undefined) return;
  device.remedied = remedied.filter((t) => t !== trace);
  world.touchDevice(device);
  const id = `${device.registered.product}/${trace.rule}/${trace.key}`;
  const fix = world.fixes.get(id);
  if (fix?.sent.some((s) => s.action === action) !== true) return;
  fix.sent = fix.sent.filter((s) => s.action !== action);
  world.unsaved.add(`fix/${id}`);
}
