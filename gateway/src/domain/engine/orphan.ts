import { isActive } from "#domain/engine/judge.ts";
import { slotKey } from "#domain/engine/rule-slot.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import { alertViewOf } from "#domain/engine/views.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";

/**
 * For whoever follows alerts: an active one is judged by nobody any more (`withdrawn`), or its rule is in
 * force again (`resumed`). Told before it is made inactive.
 */
export function tellAlert(
  world: World,
  device: DeviceState,
  about: {
    readonly compiled: CompiledRule;
    readonly slot: RuleSlot;
    readonly change: "withdrawn" | "resumed";
  },
): void {
  const { compiled, slot, change } = about;
  if (!isActive(slot.alert)) return;
  const at = compiled.detector.clock === "service" ? world.now : world.deviceNow(device);
  world.alertChanged(device, compiled, { change, at, slot });
}

/**
 * The alert of a rule that is out of force moves no more and stays unknown until a person closes its
 * case. `was`: the rule as it was in force; undefined = nobody knows.
 */
export function takeOutOfForce(
  world: World,
  device: DeviceState,
  { slot, was }: { slot: RuleSlot; was: CompiledRule | undefined },
): void {
  if (was !== undefined) {
    tellAlert(world, device, { compiled: was, slot, change: "withdrawn" });
  }
  slot.orphan = true;
  slot.alert = { ...slot.alert, unknown: true };
  slot.detectorDue = 0;
  slot.alertDue = 0;
  slot.timerAt = 0;
  if (was !== undefined) {
    world.timers.set(slotKey(device, was.rule.id), 0);
    const view = alertViewOf(device, slot, was.rule);
    const open = (world.cases.get(slot.caseId)?.view.status ?? "resolved") !== "resolved";
    if (open) device.goneAlerts.push({ caseId: slot.caseId, view });
    world.changed.goneAlerts.set(view.key, open ? view : { ...view, phase: "inactive" });
  }
  world.touchDevice(device);
}
