import type { ReportedMessage } from "@voorzorg/firmware-contracts";
import { fitsValue, show, wantedArg } from "@voorzorg/firmware-contracts";
import type { ActionAnswer } from "#domain/effects.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { SettingsRequest } from "#domain/record.ts";
import { stableId } from "#domain/stable-id.ts";

const refuse = (status: 404 | 422, reason: string): ActionAnswer => ({ ok: false, status, reason });

/** An engineer wants settings: merged into the desired ones, which get a new version and are owed to the device. */
export function desireSettings(world: World, action: SettingsRequest): ActionAnswer {
  const device = world.devices.get(action.device);
  const model = device === undefined ? undefined : world.productOf(device)?.model;
  if (device === undefined || model === undefined) {
    return refuse(404, `No device ${show(action.device)} of a known product is registered.`);
  }
  for (const [name, value] of Object.entries(action.settings)) {
    const setting = model.settings[name];
    if (setting === undefined) {
      const known = Object.keys(model.settings).join(", ");
      return refuse(
        422,
        `settings: ${show(name)} is not a setting of ${model.id}; one of ${known} would be right.`,
      );
    }
    if (!fitsValue(value, setting)) {
      return refuse(422, `settings.${name} is ${show(value)}; expected ${wantedArg(setting)}.`);
    }
  }
  const before = device.desired;
  device.desired = {
    version: Math.max(before?.version ?? 0, device.reportedVersion) + 1,
    settings: { ...before?.settings, ...action.settings },
  };
  oweSettings(world, device, 0);
  return { ok: true, id: `${device.registered.id}/${device.desired.version}` };
}

/** The device says which version it works with: the report, not the delivery, is the truth. */
export function settingsReported(
  world: World,
  device: DeviceState,
  message: ReportedMessage,
): void {
  device.settings = { ...device.settings, ...message.settings };
  device.reportedVersion = message.version;
  world.touchDevice(device);
}

/** A device that connects without having reported the newest version gets it again. */
export function resendSettings(world: World, device: DeviceState): void {
  if (device.desired === null || device.reportedVersion >= device.desired.version) return;
  device.settingsSent += 1;
  oweSettings(world, device, device.settingsSent);
}

function oweSettings(world: World, device: DeviceState, attempt: number): void {
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
