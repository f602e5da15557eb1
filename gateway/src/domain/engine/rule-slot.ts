import { INACTIVE } from "#domain/alert/advance.ts";
import type { Detector, DeviceFacts } from "#domain/detect/detector.ts";
import type { AlertsView } from "#domain/detect/others.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";
import { useDays } from "#domain/usage/use-tally.ts";

/** Facts on the clock of the rule that asks: the service's, or the device's at `at`. */
export function factsOf(
  world: World,
  device: DeviceState,
  { clock, at }: { clock: Detector["clock"]; at: EpochMs },
): DeviceFacts {
  const lag = clock === "service" ? 0 : world.now - at;
  const { lastSeenAt, useObservedFrom } = device;
  const { excusedUntil } = world.service;
  return {
    // A new owner begins anew with what is expected since activation.
    activatedAt: Math.max(device.registered.activatedAt, device.ownedSince ?? 0),
    presence: device.presence,
    silenceExpected: device.silenceExpected,
    lastSeenAt: lastSeenAt === 0 ? undefined : lastSeenAt - lag,
    excusedUntil: excusedUntil === 0 ? 0 : excusedUntil - lag,
    use: useDays(device.use),
    useObservedFrom: useObservedFrom === 0 ? undefined : useObservedFrom,
    useTotal: device.use.total ?? 0,
    features: device.use.features ?? {},
    settings: device.settings,
  };
}

/** A detector's first memory; null if the rule fails to give it, which stops it. */
export const startOf = (world: World, device: DeviceState, compiled: CompiledRule): unknown =>
  world.ask(device, compiled, () => compiled.detector.start()) ?? null;

export function slotOf(world: World, device: DeviceState, compiled: CompiledRule): RuleSlot {
  const known = device.slots[compiled.rule.id];
  if (known !== undefined) return known;
  const slot: RuleSlot = {
    detector: startOf(world, device, compiled),
    alert: INACTIVE,
    clock: compiled.detector.clock,
    detectorDue: 0,
    alertDue: 0,
    timerAt: 0,
    caseId: "",
    evidence: null,
    historic: false,
    orphan: false,
  };
  device.slots[compiled.rule.id] = slot;
  return slot;
}

/** The alerts of a device, for rules that are made of rules. */
export const alertsOf = (device: DeviceState): AlertsView => ({
  get: (rule) => {
    const slot = device.slots[rule];
    if (slot === undefined) return undefined;
    const { phase, unknown } = slot.alert;
    const active = phase === "firing" || phase === "clearing";
    return { active, unknown, evidence: slot.evidence };
  },
});

export const slotKey = (device: DeviceState, rule: string): string =>
  `d/${device.registered.id}/${rule}`;

/** Earliest deadline of the slot on its rule's own clock; 0 = none. */
export function slotDue(slot: RuleSlot): EpochMs {
  if (slot.detectorDue === 0) return slot.alertDue;
  return slot.alertDue === 0 ? slot.detectorDue : Math.min(slot.detectorDue, slot.alertDue);
}

/** The same on the service clock, as far as can be told now: the device's next message may bring it forward. */
export function setSlotTimer(
  world: World,
  device: DeviceState,
  { rule, slot }: { rule: string; slot: RuleSlot },
): void {
  const due = slotDue(slot);
  const lag = slot.clock === "service" ? 0 : world.lagOf(device);
  slot.timerAt = due === 0 ? 0 : due + lag;
  world.timers.set(slotKey(device, rule), slot.timerAt);
}
