import { INACTIVE } from "#domain/alert/advance.ts";
import { dropClosing } from "#domain/case/closing.ts";
import { ruleRemoved } from "#domain/case/lifecycle.ts";
import { resolveCase } from "#domain/case/transitions.ts";
import { dropCohorts, leaveCohorts } from "#domain/engine/cohorts.ts";
import { inOrder } from "#domain/engine/in-order.ts";
import { setPresence } from "#domain/engine/message-step.ts";
import { beginWithNewOwner, isHandedOn } from "#domain/engine/new-owner.ts";
import { takeOutOfForce, tellAlert } from "#domain/engine/orphan.ts";
import { slotKey, startOf } from "#domain/engine/rule-slot.ts";
import { notifyDevice, settle } from "#domain/engine/rules-step.ts";
import { resendSettings } from "#domain/engine/settings-step.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import { startDevice } from "#domain/engine/state.ts";
import { reviewStops } from "#domain/engine/stopped-rules.ts";
import type { World } from "#domain/engine/world.ts";
import { UNKNOWN_SINCE } from "#domain/problem/findings.ts";
import { traitsOf } from "#domain/problem/traits.ts";
import type {
  ConnectionRecord,
  RegisteredDevice,
  RegistryRecord,
  RulesetRecord,
} from "#domain/record.ts";
import type { CompiledRule, CompiledRuleset } from "#domain/rules/ruleset.ts";

export function applyRegistry(world: World, record: RegistryRecord): void {
  const { device: registered } = record;
  const known = world.devices.get(registered.id);
  if (record.change === "remove") {
    if (known !== undefined) remove(world, known);
    world.answer({ ok: true, id: registered.id });
    return;
  }
  if (known !== undefined && known.registered.product !== registered.product) remove(world, known);
  const device = world.devices.get(registered.id) ?? startDevice(registered);
  const before = traitsOf(device);
  const isNew = !world.devices.has(registered.id);
  // A registration without a date changes the rest and leaves the date.
  const activatedAt = registered.activatedAt || device.registered.activatedAt;
  if (!samePeers(device.registered, registered)) leaveCohorts(world, registered.id);
  const handedOn = isHandedOn(device, registered);
  device.registered = { ...registered, activatedAt };
  world.devices.set(registered.id, device);
  if (isNew) world.likeness?.deviceCame(device);
  else world.likeness?.deviceChanged(device, before);
  world.touchDevice(device);
  world.changed.removedDevices.delete(registered.id);
  if (handedOn) beginWithNewOwner(world, device, record.by);
  const product = world.productOf(device);
  if (product !== undefined) notifyDevice(world, device, product);
  world.answer({ ok: true, id: registered.id });
}

const samePeers = (a: RegisteredDevice, b: RegisteredDevice): boolean =>
  a.cohort === b.cohort && JSON.stringify(a.attrs) === JSON.stringify(b.attrs);

function remove(world: World, device: DeviceState): void {
  const { id } = device.registered;
  leaveCohorts(world, id);
  for (const [rule, slot] of Object.entries(device.slots)) {
    world.timers.set(slotKey(device, rule), 0);
    world.timers.set(`k/${id}/${rule}`, 0);
    const compiled = slot.orphan ? undefined : world.ruleOf(device, rule);
    if (compiled !== undefined) {
      tellAlert(world, device, { compiled, slot, change: "withdrawn" });
    }
    slot.alert = { phase: "inactive", since: world.now, onsetAt: 0, unknown: false };
    world.touchAlert(device, rule);
  }
  // All of them, not only each rule's latest: nothing may be asked about a device that is not there.
  for (const state of inOrder(world.cases)) {
    if (state.view.device !== id) continue;
    if (state.view.status !== "resolved") {
      const reason = "The device was removed from the registry.";
      resolveCase(world, state, { resolution: "by_agent", reason });
    }
    world.forgetCase(state);
  }
  for (const line of device.commands) {
    if (line.state === "waiting") world.cancel(line.id);
    world.timers.set(`m/${id}/${line.id}`, 0);
  }
  for (const prefix of ["o", "w"]) world.timers.set(`${prefix}/${id}`, 0);
  world.likeness?.deviceGone(device);
  world.devices.delete(id);
  world.changed.removedDevices.add(id);
  world.unsaved.add(`device/${id}`);
}

export function applyConnection(world: World, record: ConnectionRecord): void {
  const device = world.devices.get(record.device);
  if (device === undefined) return;
  const product = world.productOf(device);
  if (record.state === "connected") resendSettings(world, device);
  if (record.state === "disconnected" && device.presence === "online") {
    setPresence(world, device, { presence: "offline", silenceExpected: false, wakeBy: 0 });
  }
  if (record.state === "unknown" && device.presence === "online") {
    setPresence(world, device, { presence: "unknown", silenceExpected: false, wakeBy: 0 });
  }
  if (product !== undefined && record.state === "disconnected")
    notifyDevice(world, device, product);
}

/** Puts a ruleset in force. A rule that is gone hands its open case to a person; a changed one keeps its alert. */
export function applyRuleset(world: World, record: RulesetRecord): void {
  if (record.hash === world.ruleset.hash) return;
  const compiled = world.compile(record);
  if (!compiled.ok) {
    // Whoever appended it checked it first; a replay must not stop here.
    world.count("rulesets_refused_total");
    return;
  }
  const before = world.ruleset;
  world.ruleset = compiled.ruleset;
  world.sources = { hash: record.hash, products: record.products, rules: record.rules };
  world.service.rulesetHash = record.hash;
  world.unsaved.add("ruleset").add("service");
  reviewStops(world);
  noteRulesSince(world, before);
  dropCohorts(world, before);
  for (const device of inOrder(world.devices)) adopt(world, device, before);
}

/** A rule that is new, or judges otherwise than before, says nothing yet of how often it fires. */
function noteRulesSince(world: World, before: CompiledRuleset): void {
  const known = new Map(world.rulesSince);
  world.rulesSince.clear();
  for (const [id, { rules }] of world.ruleset.products) {
    for (const compiled of rules) {
      const key = `${id}/${compiled.rule.id}`;
      const then = before.products.get(id)?.rules.find((c) => c.rule.id === compiled.rule.id);
      // Before the clock of a recording runs, it is not known yet.
      const at = sameTest(then, compiled) ? (known.get(key) ?? 0) : world.now || UNKNOWN_SINCE;
      if (at !== 0) world.rulesSince.set(key, at);
    }
  }
  world.unsaved.add("since");
}

function adopt(world: World, device: DeviceState, before: CompiledRuleset): void {
  const product = world.productOf(device);
  const old = before.products.get(device.registered.product);
  for (const [id, slot] of Object.entries(device.slots)) {
    const now = product?.rules.find((c) => c.rule.id === id);
    const then = old?.rules.find((c) => c.rule.id === id);
    if (now === undefined) {
      orphan(world, device, { slot, then, why: `the rule ${id} is no longer in force` });
      continue;
    }
    if (then !== undefined && then.rule.keyVersion !== now.rule.keyVersion) {
      const why = `the rule ${id} means another problem now (keyVersion ${now.rule.keyVersion})`;
      orphan(world, device, { slot, then, why });
      dropClosing(world, device, id);
      delete device.slots[id];
      continue;
    }
    if (world.isStopped(now)) continue;
    if (slot.orphan || !sameTest(then, now)) slot.detector = startOf(world, device, now);
    if (!slot.orphan) continue;
    inForceAgain(device, slot);
    tellAlert(world, device, { compiled: now, slot, change: "resumed" });
  }
  world.touchDevice(device);
  if (product === undefined) return;
  // A new rule made of rules may find some of them firing already.
  for (const { rule } of product.rules) world.moved.add(rule.id);
  settle(world, device, { product, at: world.deviceNow(device), historic: false });
  notifyDevice(world, device, product);
}

const sameTest = (a: CompiledRule | undefined, b: CompiledRule): boolean =>
  a !== undefined && JSON.stringify(a.rule.test) === JSON.stringify(b.rule.test);

function orphan(
  world: World,
  device: DeviceState,
  { slot, then, why }: { slot: RuleSlot; then: CompiledRule | undefined; why: string },
): void {
  if (slot.orphan) return;
  takeOutOfForce(world, device, { slot, was: then });
  ruleRemoved(world, slot, why);
}

/** Nobody watched meanwhile: what had not fired begins anew, what was firing stays unknown until it is judged. */
function inForceAgain(device: DeviceState, slot: RuleSlot): void {
  device.goneAlerts = device.goneAlerts.filter((a) => a.caseId !== slot.caseId);
  slot.orphan = false;
  if (slot.alert.phase === "pending") slot.alert = { ...INACTIVE, unknown: true };
}
