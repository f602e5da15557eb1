import type { ReportedMessage } from "@voorzorg/firmware-contracts";
import { show } from "@voorzorg/firmware-contracts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { SettingsRequest } from "#domain/record.ts";
import { settingsStepsReported } from "#domain/remedy/settings-reports.ts";
import { oweSettings, settingsProblem, wantSettings } from "#domain/remedy/want-settings.ts";

/** An engineer wants settings: merged into the desired ones, which get a new version and are owed to the device. */
export function desireSettings(world: World, action: SettingsRequest): ActionAnswer {
  const device = world.devices.get(action.device);
  const model = device === undefined ? undefined : world.productOf(device)?.model;
  if (device === undefined || model === undefined) {
    return refuse(404, `No device ${show(action.device)} of a known product is registered.`);
  }
  const problem = settingsProblem(model, action.settings);
  if (problem !== undefined) return refuse(422, problem);
  const version = wantSettings(world, device, action.settings);
  return { ok: true, id: `${device.registered.id}/${version}` };
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
  settingsStepsReported(world, device);
}

/** A device that connects without having reported the newest version gets it again. */
export function resendSettings(world: World, device: DeviceState): void {
  if (device.desired === null || device.reportedVersion >= device.desired.version) return;
  device.settingsSent += 1;
  oweSettings(world, device, device.settingsSent);
}
