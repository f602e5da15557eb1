import { advance } from "#domain/alert/advance.ts";
import { alertCleared, alertFired, alertUnknown } from "#domain/case/lifecycle.ts";
import type { Evidence } from "#domain/case/case.ts";
import type { DetectorInput, DeviceFacts } from "#domain/detect/detector.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { INACTIVE } from "#domain/alert/advance.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";
import { useDays } from "#domain/usage/use-tally.ts";

export function factsOf(world: World, device: DeviceState): DeviceFacts {
  return {
    activatedAt: device.registered.activatedAt,
    presence: device.presence,
    silenceExpected: device.silenceExpected,
    lastSeenAt: device.lastSeenAt === 0 ? undefined : device.lastSeenAt,
    excusedUntil: world.service.excusedUntil,
    use: useDays(device.use),
    useObservedFrom: device.useObservedFrom === 0 ? undefined : device.useObservedFrom,
  };
}

export function slotOf(device: DeviceState, compiled: CompiledRule): RuleSlot {
  const known = device.slots[compiled.rule.id];
  if (known !== undefined) return known;
  const slot: RuleSlot = {
    detector: compiled.detector.start(),
    alert: INACTIVE,
    detectorDue: 0,
    alertDue: 0,
    caseId: "",
    evidence: null,
    historic: false,
    orphan: false,
  };
  device.slots[compiled.rule.id] = slot;
  return slot;
}

/** Lets one rule judge one input; `historic`: the input is backfill, which opens no case by itself. */
export function runRule(
  world: World,
  device: DeviceState,
  { compiled, input, historic }: { compiled: CompiledRule; input: DetectorInput; historic: boolean },
): void {
  const { detector, rule } = compiled;
  const slot = slotOf(device, compiled);
  const active = slot.alert.phase === "firing" || slot.alert.phase === "clearing";
  const step = detector.step(slot.detector, input, active);
  slot.detector = step.state;
  const now = ruleTime(world, device, detector.clock, input);
  const before = slot.alert;
  const { alert, change, deadline } = advance(rule, before, step.verdict, now);
  slot.alert = alert;
  setDeadlines(world, device, { compiled, slot, detectorDue: step.deadline, alertDue: deadline, now });
  if (alert !== before) world.touchAlert(device, rule.id);
  switch (change) {
    case "fired":
      slot.evidence = evidenceOf(world, { compiled, slot, input, now });
      slot.historic = historic;
      world.count("alerts_total", { kind: rule.kind, level: rule.level });
      break;
    case "cleared":
      if (slot.historic) world.count("alerts_historic_total", { kind: rule.kind });
      slot.historic = false;
      slot.evidence = null;
      if (rule.level === "act") alertCleared(world, slot);
      return;
    case "became_unknown":
      if (active && step.verdict.kind === "unknown") alertUnknown(world, slot, step.verdict.why);
      return;
    case "known_again":
    case "none":
      break;
  }
  const firing = alert.phase === "firing" && slot.evidence !== null && rule.level === "act";
  const due = change === "fired" || (slot.historic && !historic);
  if (!firing || !due || historic) return;
  slot.historic = false;
  alertFired(world, device, { rule, slot, evidence: slot.evidence as Evidence });
}

function ruleTime(
  world: World,
  device: DeviceState,
  clock: "device" | "service",
  input: DetectorInput,
): EpochMs {
  if (clock === "service") return world.now;
  if (input.kind === "deadline") return input.deviceAt;
  // A late event counts, but the alert's time never runs back.
  return input.kind === "device" ? world.deviceNow(device) : Math.max(input.at, device.deviceTime);
}

function setDeadlines(
  world: World,
  device: DeviceState,
  due: {
    readonly compiled: CompiledRule;
    readonly slot: RuleSlot;
    readonly detectorDue: EpochMs | undefined;
    readonly alertDue: EpochMs | undefined;
    readonly now: EpochMs;
  },
): void {
  const { slot, compiled } = due;
  const detectorDue = due.detectorDue ?? 0;
  let alertDue = due.alertDue ?? 0;
  if (alertDue !== 0 && compiled.detector.clock === "device") {
    alertDue = world.now + Math.max(0, alertDue - due.now);
  }
  if (detectorDue === slot.detectorDue && alertDue === slot.alertDue) return;
  slot.detectorDue = detectorDue;
  slot.alertDue = alertDue;
  world.timers.set(slotKey(device, compiled.rule.id), slotDue(slot));
  world.unsaved.add(`device/${device.registered.id}`);
}

export const slotKey = (device: DeviceState, rule: string): string =>
  `d/${device.registered.id}/${rule}`;

export function slotDue(slot: RuleSlot): EpochMs {
  if (slot.detectorDue === 0) return slot.alertDue;
  return slot.alertDue === 0 ? slot.detectorDue : Math.min(slot.detectorDue, slot.alertDue);
}

function evidenceOf(
  world: World,
  found: {
    readonly compiled: CompiledRule;
    readonly slot: RuleSlot;
    readonly input: DetectorInput;
    readonly now: EpochMs;
  },
): Evidence {
  const { detector } = found.compiled;
  const explained = detector.explain(found.slot.detector, found.input);
  const detectedAt = detector.clock === "service" ? world.now : found.now;
  return { ...explained, onsetAt: found.slot.alert.onsetAt, detectedAt };
}

/** Presence, registry, use or the service's downtime changed: lets the rules on the device as such judge. */
export function notifyDevice(world: World, device: DeviceState, product: CompiledProduct): void {
  // Registered before anything moved the clock: nothing is expected before its first message.
  if (product.byDevice.length === 0 || device.registered.activatedAt === 0) return;
  const input: DetectorInput = { kind: "device", at: world.now, facts: factsOf(world, device) };
  for (const compiled of product.byDevice) {
    runRule(world, device, { compiled, input, historic: false });
  }
}

/** A rule's own deadline came due. */
export function ruleDue(world: World, device: DeviceState, rule: string): void {
  const product = world.productOf(device);
  const compiled = world.ruleOf(device, rule);
  const slot = device.slots[rule];
  if (product === undefined || compiled === undefined || slot === undefined || slot.orphan) return;
  slot.detectorDue = 0;
  slot.alertDue = 0;
  const deviceAt = world.deviceNow(device);
  const view = world.signalsOf(device, product, deviceAt);
  const input: DetectorInput = {
    kind: "deadline",
    at: world.now,
    deviceAt,
    facts: factsOf(world, device),
    view,
  };
  runRule(world, device, { compiled, input, historic: false });
}
