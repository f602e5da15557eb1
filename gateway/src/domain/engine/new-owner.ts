import { INACTIVE } from "#domain/alert/advance.ts";
import { dropClosing } from "#domain/case/closing.ts";
import { resolveCase } from "#domain/case/transitions.ts";
import { tellAlert } from "#domain/engine/orphan.ts";
import { slotKey, startOf } from "#domain/engine/rule-slot.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { RegisteredDevice } from "#domain/record.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { useOfNewOwner } from "#domain/usage/use-tally.ts";

/** True when the registration hands the device on. The first owner that becomes known is no new one. */
export const isHandedOn = (device: DeviceState, next: RegisteredDevice): boolean => {
  const before = device.registered.owner;
  return before !== next.owner && (before !== "" || device.ownedSince !== undefined);
};

/**
 * Use, habits and misuse are the owner's, faults are the device's: what the rules on the former
 * remember is forgotten and their open cases are closed, the rest goes on.
 */
export function beginWithNewOwner(world: World, device: DeviceState, by: string): void {
  const at = world.deviceNow(device);
  device.ownedSince = at;
  device.use = useOfNewOwner(device.use);
  if (device.useObservedFrom !== 0) device.useObservedFrom = at;
  for (const compiled of world.productOf(device)?.rules ?? []) {
    const slot = device.slots[compiled.rule.id];
    if (slot === undefined || slot.orphan || compiled.rule.kind === "fault") continue;
    forget(world, device, { compiled, slot, by });
  }
  world.touchDevice(device);
}

function forget(
  world: World,
  device: DeviceState,
  { compiled, slot, by }: { compiled: CompiledRule; slot: RuleSlot; by: string },
): void {
  const { id } = compiled.rule;
  tellAlert(world, device, { compiled, slot, change: "withdrawn" });
  dropClosing(world, device, id);
  slot.detector = startOf(world, device, compiled);
  slot.detectorDue = 0;
  slot.alertDue = 0;
  slot.timerAt = 0;
  slot.evidence = null;
  slot.historic = false;
  world.timers.set(slotKey(device, id), 0);
  if (slot.alert.phase !== "inactive" || slot.alert.unknown) {
    slot.alert = INACTIVE;
    world.touchAlert(device, id);
    world.moved.add(id);
  }
  const state = world.cases.get(slot.caseId);
  slot.caseId = "";
  if (state === undefined || state.view.status === "resolved") return;
  const reason = "The device has a new owner; this was about the one before.";
  resolveCase(world, state, { resolution: "by_agent", reason, by });
}
