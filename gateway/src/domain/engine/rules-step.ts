import type { UpClass } from "@voorzorg/firmware-contracts";
import { INACTIVE } from "#domain/alert/advance.ts";
import type { Evidence } from "#domain/case/case.ts";
import { alertCleared, alertFired, alertKnownAgain, alertUnknown } from "#domain/case/lifecycle.ts";
import type { DetectorInput } from "#domain/detect/detector.ts";
import { tellPeers } from "#domain/engine/cohorts.ts";
import { isActive, judge } from "#domain/engine/judge.ts";
import {
  alertsOf,
  factsOf,
  setSlotTimer,
  slotDue,
  slotOf,
  startOf,
} from "#domain/engine/rule-slot.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";
import { usualLag } from "#domain/telemetry/lag.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";

/** Lets one rule judge one input; `historic`: the input is backfill, which opens no case by itself. */
export function runRule(
  world: World,
  device: DeviceState,
  {
    compiled,
    input,
    historic,
  }: { compiled: CompiledRule; input: DetectorInput; historic: boolean },
): void {
  if (world.isStopped(compiled)) return;
  const { rule } = compiled;
  const slot = slotOf(world, device, compiled);
  const judgement = judge(world, device, { compiled, slot, input });
  if (judgement === undefined) return;
  const { step, advanced, now } = judgement;
  const { alert, change, deadline } = advanced;
  const before = slot.alert;
  slot.detector = step.state;
  if (step.tells !== undefined) tellPeers(world, device, { compiled, tells: step.tells });
  slot.alert = alert;
  const detectorDue = later(step.deadline, input);
  setDeadlines(world, device, { compiled, slot, detectorDue, alertDue: deadline });
  if (alert !== before) {
    world.touchAlert(device, rule.id);
    world.moved.add(rule.id);
  }
  switch (change) {
    case "fired":
      slot.evidence = judgement.evidence;
      slot.historic = historic;
      if (historic) device.backfilled = true;
      world.count("alerts_total", { kind: rule.kind, level: rule.level });
      world.alertChanged(device, compiled, { change, at: now, slot });
      break;
    case "cleared":
      if (slot.historic) world.count("alerts_historic_total", { kind: rule.kind });
      world.alertChanged(device, compiled, { change, at: now, slot });
      slot.historic = false;
      slot.evidence = null;
      if (rule.level === "act") alertCleared(world, device, { rule, slot });
      return;
    case "became_unknown":
      if (isActive(before) && step.verdict.kind === "unknown")
        alertUnknown(world, slot, step.verdict.why);
      return;
    case "known_again":
      if (rule.level === "act") alertKnownAgain(world, slot);
      break;
    case "none":
      break;
  }
  const firing = alert.phase === "firing" && slot.evidence !== null && rule.level === "act";
  const due = change === "fired" || (slot.historic && !historic);
  if (!firing || !due || historic) return;
  slot.historic = false;
  alertFired(world, device, { rule, slot, evidence: slot.evidence as Evidence });
}

/** A rule that is judged at its deadline may not ask for the same one again: that would never end. */
const later = (deadline: EpochMs | undefined, input: DetectorInput): EpochMs | undefined =>
  deadline !== undefined && input.kind === "deadline" && deadline <= input.at
    ? input.at + MINUTE_MS
    : deadline;

function setDeadlines(
  world: World,
  device: DeviceState,
  due: {
    readonly compiled: CompiledRule;
    readonly slot: RuleSlot;
    readonly detectorDue: EpochMs | undefined;
    readonly alertDue: EpochMs | undefined;
  },
): void {
  const { slot, compiled } = due;
  const detectorDue = due.detectorDue ?? 0;
  const alertDue = due.alertDue ?? 0;
  if (detectorDue === slot.detectorDue && alertDue === slot.alertDue) return;
  slot.detectorDue = detectorDue;
  slot.alertDue = alertDue;
  slot.clock = compiled.detector.clock;
  setSlotTimer(world, device, { rule: compiled.rule.id, slot });
  world.unsaved.add(`device/${device.registered.id}`);
}

/** Presence, registry, use or the service's downtime changed: lets the rules on the device as such judge. */
export function notifyDevice(world: World, device: DeviceState, product: CompiledProduct): void {
  // A device that registered by connecting: nothing is expected before its first message.
  if (device.registered.activatedAt === 0) return;
  for (const compiled of product.byDevice) {
    const { clock } = compiled.detector;
    const at = clock === "service" ? world.now : world.believedNow(device);
    const facts = factsOf(world, device, { clock, at });
    runRule(world, device, { compiled, input: { kind: "device", at, facts }, historic: false });
  }
  settle(world, device, { product, at: world.deviceNow(device), historic: false });
}

/**
 * After the rules have judged one thing that happened: lets the rules that are made of them judge
 * its outcome as a whole, so that it does not matter which of two rules stands first.
 * `at` is device time.
 */
export function settle(
  world: World,
  device: DeviceState,
  { product, at, historic }: { product: CompiledProduct; at: EpochMs; historic: boolean },
): void {
  if (world.moved.size === 0) return;
  for (const compiled of product.composites) {
    if (compiled.detector.wants.rules?.some((rule) => world.moved.has(rule)) !== true) continue;
    const facts = factsOf(world, device, { clock: "device", at });
    const input: DetectorInput = { kind: "device", at, facts, alerts: alertsOf(device) };
    runRule(world, device, { compiled, input, historic });
  }
  world.moved.clear();
}

/** The timer of a rule fired: its deadline has come, unless the device's clock fell behind meanwhile. */
export function ruleDue(world: World, device: DeviceState, rule: string): void {
  const slot = device.slots[rule];
  if (slot !== undefined) slot.timerAt = 0;
  const compiled = world.ruleOf(device, rule);
  if (slot === undefined || compiled === undefined || slot.orphan) return;
  const due = slotDue(slot);
  const now = slot.clock === "service" ? world.now : world.deviceNow(device);
  if (due > now) {
    setSlotTimer(world, device, { rule, slot });
    return;
  }
  if (due === 0) return;
  // Left to the device's next message: it says whether its clock really leapt.
  if (
    compiled.detector.wants.device &&
    slot.clock === "device" &&
    due > world.believedNow(device)
  ) {
    return;
  }
  // The clock of a device that sends its backlog stands far back: its deadlines are history too.
  const historic =
    slot.clock === "device" &&
    !compiled.detector.wants.device &&
    isHistoric(world, device, { cls: "tele", at: due });
  judgeDeadline(world, device, { compiled, slot, at: due, historic });
}

/**
 * A live reading shows that the device is there: what backfilled events began and none has ended
 * stands today. Rules over signals say so themselves, when they judge a live reading of theirs.
 */
export function confirmBackfilled(
  world: World,
  device: DeviceState,
  product: CompiledProduct,
): void {
  device.backfilled = false;
  for (const compiled of product.rules) {
    const { rule, detector } = compiled;
    const slot = device.slots[rule.id];
    if (slot === undefined || !slot.historic || detector.wants.signals.length > 0) continue;
    if (world.isStopped(compiled)) continue;
    const stands = slot.alert.phase === "firing" && !slot.alert.unknown;
    if (!stands || slot.evidence === null || rule.level !== "act") continue;
    slot.historic = false;
    alertFired(world, device, { rule, slot, evidence: slot.evidence });
  }
}

/** In `live`, readings older than this are history: they open no case by themselves. */
const HISTORY_MS: DurationMs = HOUR_MS;

/** Backfill, or in `live` anything that lies over an hour more behind than is usual for the device. */
export const isHistoric = (
  world: World,
  device: DeviceState,
  { cls, at }: { cls: UpClass; at: EpochMs },
): boolean =>
  cls === "hist" ||
  (world.service.clock.mode === "live" && world.now - at > HISTORY_MS + usualLag(device.lag));

/** Before a message moves a device's clock to `until`: what was due on it until then, in order. */
export function fireDeviceDeadlines(
  world: World,
  device: DeviceState,
  { product, until, cls }: { product: CompiledProduct; until: EpochMs; cls: UpClass },
): void {
  const believed = world.believedNow(device, until);
  for (;;) {
    let first: { compiled: CompiledRule; slot: RuleSlot; at: EpochMs } | undefined;
    for (const compiled of product.rules) {
      const slot = device.slots[compiled.rule.id];
      if (slot === undefined || slot.clock === "service" || slot.orphan) continue;
      const at = slotDue(slot);
      const end = compiled.detector.wants.device ? believed : until;
      if (at === 0 || at > end || (first !== undefined && at >= first.at)) continue;
      first = { compiled, slot, at };
    }
    if (first === undefined) return;
    const historic = isHistoric(world, device, { cls, at: first.at });
    judgeDeadline(world, device, { ...first, historic });
  }
}

function judgeDeadline(
  world: World,
  device: DeviceState,
  {
    compiled,
    slot,
    at,
    historic,
  }: { compiled: CompiledRule; slot: RuleSlot; at: EpochMs; historic: boolean },
): void {
  const product = world.productOf(device);
  if (product === undefined) return;
  slot.detectorDue = 0;
  slot.alertDue = 0;
  setSlotTimer(world, device, { rule: compiled.rule.id, slot });
  const { clock } = compiled.detector;
  const deviceAt = clock === "service" ? world.deviceNow(device) : at;
  const input: DetectorInput = {
    kind: "deadline",
    at,
    deviceAt,
    facts: factsOf(world, device, { clock, at }),
    view: world.signalsOf(device, product, deviceAt),
    ...(compiled.detector.wants.rules !== undefined && { alerts: alertsOf(device) }),
  };
  runRule(world, device, { compiled, input, historic });
  settle(world, device, { product, at: deviceAt, historic });
}

/**
 * The device's clock was set back to `newest`. Whatever was begun on the old clock starts anew; an
 * alert that is firing goes on, since a confused device clears nothing, and its `keep` counts from now.
 */
export function forgetFuture(
  world: World,
  device: DeviceState,
  { product, newest }: { product: CompiledProduct; newest: EpochMs },
): void {
  for (const compiled of product.rules) {
    const slot = device.slots[compiled.rule.id];
    if (slot === undefined || slot.clock === "service" || slot.orphan) continue;
    if (compiled.detector.wants.device) continue;
    const { alert } = slot;
    if (alert.phase === "pending") slot.alert = { ...INACTIVE, unknown: alert.unknown };
    if (alert.phase === "clearing") slot.alert = { ...alert, since: newest };
    // What an event began only its detector knows; conditions see it again with the next reading.
    const { events, rules = [] } = compiled.detector.wants;
    const keeps = events.length + rules.length > 0 && slot.alert.phase !== "inactive";
    if (!keeps) slot.detector = startOf(world, device, compiled);
    slot.detectorDue = 0;
    slot.alertDue = slot.alert.phase === "clearing" ? newest + compiled.rule.keep : 0;
    setSlotTimer(world, device, { rule: compiled.rule.id, slot });
    world.touchAlert(device, compiled.rule.id);
    world.moved.add(compiled.rule.id);
  }
  settle(world, device, { product, at: newest, historic: false });
  notifyDevice(world, device, product);
}
