import type { ProductModel } from "@voorzorg/firmware-contracts";
import { fitsValue, show, wantedArg } from "@voorzorg/firmware-contracts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { AwaitedSettings } from "#domain/remedy/remedy-state.ts";
import type { Scalars } from "#domain/rules/rule.ts";
import { stableId } from "#domain/stable-id.ts";

/** Why the settings cannot be wanted of a product; undefined = they can. */
export function settingsProblem(model: ProductModel, settings: Scalars): string | undefined {
  for (const [name, value] of Object.entries(settings)) {
    const setting = Object.hasOwn(model.settings, name) ? model.settings[name] : undefined;
    if (setting === undefined) {
      const known = Object.keys(model.settings).join(", ");
      return `settings: ${show(name)} is not a setting of ${model.id}; one of ${known} would be right.`;
    }
    if (!fitsValue(value, setting)) {
      return `settings.${name} is ${show(value)}; expected ${wantedArg(setting)}.`;
    }
  }
  return undefined;
}

/** Merges settings into the desired ones, which get a new version and are owed to the device. */
export function wantSettings(world: World, device: DeviceState, settings: Scalars): number {
  return want(world, device, { ...device.desired?.settings, ...settings });
}

function want(world: World, device: DeviceState, settings: Scalars): number {
  const version = Math.max(device.desired?.version ?? 0, device.reportedVersion) + 1;
  device.desired = { version, settings };
  oweSettings(world, device, 0);
  return version;
}

/** `attempt`: 0 at first, then how often the same version was sent again. */
export function oweSettings(world: World, device: DeviceState, attempt: number): void {
  const { desired } = device;
  if (desired === null) return;
  const { id, product } = device.registered;
  world.owe({
    kind: "settings",
    id: stableId("s", [id, desired.version, attempt]),
    device: id,
    product,
    version: desired.version,
    settings: desired.settings,
    createdAt: world.now,
  });
  world.touchDevice(device);
}

/** What was wanted of these settings before, or else what the device last reported. */
export function settingsBefore(device: DeviceState, settings: Scalars): Scalars {
  const before: Record<string, string | number | boolean> = {};
  for (const name of Object.keys(settings)) {
    const value = device.desired?.settings[name] ?? device.settings[name];
    if (value !== undefined && value !== null) before[name] = value;
  }
  return before;
}

/** Wants what was wanted before, as far as nobody has wanted something else since. */
export function unwantSettings(
  world: World,
  device: DeviceState,
  { settings, before }: Pick<AwaitedSettings, "settings" | "before">,
): void {
  const wanted = device.desired?.settings ?? {};
  const next: Record<string, string | number | boolean> = { ...wanted };
  let changed = false;
  for (const [name, ours] of Object.entries(settings)) {
    if (wanted[name] !== ours) continue;
    changed = true;
    const value = before[name];
    if (value === undefined) delete next[name];
    else next[name] = value;
  }
  if (changed) want(world, device, next);
}
