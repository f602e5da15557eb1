import { closingDue } from "#domain/case/closing.ts";
import { setDue } from "#domain/case/transitions.ts";
import { commandTimedOut } from "#domain/engine/command-step.ts";
import { inOrder } from "#domain/engine/in-order.ts";
import { consume, setPresence } from "#domain/engine/message-step.ts";
import { setSlotTimer, slotDue } from "#domain/engine/rule-slot.ts";
import { notifyDevice, ruleDue } from "#domain/engine/rules-step.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { problemDue } from "#domain/problem/problem-end.ts";
import type { ServiceRecord } from "#domain/record.ts";
import { remedyDue, stepDue } from "#domain/remedy/due.ts";
import { shiftSettling } from "#domain/remedy/settle.ts";
import { targetDue } from "#domain/service/target-due.ts";
import { release } from "#domain/telemetry/order.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";

/** After the service's own downtime, devices get this long (or one period) to be heard again. */
const GRACE_MS: DurationMs = 10 * MINUTE_MS;

/**
 * The service's own start or recovery: its downtime is not the fleet's silence. Called before any
 * timer fires, because deadlines that passed while nobody listened prove nothing.
 */
export function applyService(world: World, record: ServiceRecord, next: EpochMs): void {
  if (record.event !== "started" && record.event !== "recovered") return;
  world.unsaved.add("service");
  if (record.event === "started") {
    for (const device of inOrder(world.devices)) {
      if (device.presence !== "online") continue;
      setPresence(world, device, { presence: "unknown", silenceExpected: false, wakeBy: 0 });
    }
  }
  if (world.service.clock.mode === "event") {
    // How long it was shows only when the next message moves the clock.
    world.service.excuseNextAdvance = true;
    return;
  }
  if (record.lastAliveAt === 0) return;
  // What is in the journal was heard: a second record about the same downtime excuses nothing more.
  excuse(world, Math.max(record.lastAliveAt, world.service.clock.now), next);
}

export function excuseDowntime(world: World, next: EpochMs): void {
  if (!world.service.excuseNextAdvance) return;
  world.service.excuseNextAdvance = false;
  world.unsaved.add("service");
  if (world.service.clock.now > 0) excuse(world, world.service.clock.now, next);
}

function excuse(world: World, from: EpochMs, to: EpochMs): void {
  world.now = to;
  const downtime = Math.max(0, to - from);
  const periods = [...world.ruleset.products.values()].map((p) => p.model.expectedPeriodMs);
  world.service.excusedUntil = to + Math.max(GRACE_MS, ...periods);
  for (const state of inOrder(world.cases)) {
    shiftSettling(world, state, downtime);
    // Telemetry that could not arrive cannot fail a proof.
    if (state.view.status === "resolved" || state.run.due === 0) continue;
    setDue(world, state, state.run.due + downtime);
  }
  const { excusedUntil } = world.service;
  for (const device of inOrder(world.devices)) {
    for (const [rule, slot] of Object.entries(device.slots)) {
      excuseClosing(world, device, { rule, slot, downtime });
      const until = slot.clock === "service" ? excusedUntil : excusedUntil - world.lagOf(device);
      const due = slotDue(slot);
      if (due === 0 || due >= until) continue;
      if (slot.detectorDue !== 0) slot.detectorDue = Math.max(slot.detectorDue, until);
      if (slot.alertDue !== 0) slot.alertDue = Math.max(slot.alertDue, until);
      setSlotTimer(world, device, { rule, slot });
      world.touchDevice(device);
    }
  }
}

/** One deadline of the state came due; the first letter of its key says what stands behind it. */
export function timerDue(world: World, key: string): void {
  const [what = "", id = "", rest = ""] = key.split("/");
  if (what === "c") {
    caseDue(world, id);
    return;
  }
  if (what === "t") {
    targetDue(world, id);
    return;
  }
  if (what === "p") {
    problemDue(world, id);
    return;
  }
  if (what === "r") {
    remedyDue(world, id);
    return;
  }
  const device = world.devices.get(id);
  if (device === undefined) return;
  const product = world.productOf(device);
  world.unsaved.add(`device/${id}`);
  switch (what) {
    case "d":
      ruleDue(world, device, rest);
      return;
    case "k":
      closingDue(world, device, rest);
      return;
    case "m":
      commandTimedOut(world, device, rest);
      return;
    case "o":
      world.count("gaps_given_up_total");
      if (product === undefined) return;
      for (const passed of release(device.order)) consume(world, device, product, passed);
      return;
    case "w":
      setPresence(world, device, { presence: "lost", silenceExpected: false, wakeBy: 0 });
      if (product !== undefined) notifyDevice(world, device, product);
      return;
  }
}

function caseDue(world: World, id: string): void {
  const state = world.cases.get(id);
  if (state === undefined) return;
  if (state.view.status !== "resolved") {
    state.run = { ...state.run, due: 0 };
    stepDue(world, state);
    return;
  }
  const closing = world.devices.get(state.view.device)?.slots[state.view.rule]?.closing;
  if (closing?.kind === "suppressed" && closing.caseId === id) {
    // It is the case that says what is kept quiet and why: it stays as long as that.
    setDue(world, state, Math.max(closing.due, world.now) + DAY_MS);
    return;
  }
  world.forgetCase(state);
}

/** Telemetry that could not arrive does not speak against anybody's work. */
function excuseClosing(
  world: World,
  device: DeviceState,
  { rule, slot, downtime }: { rule: string; slot: RuleSlot; downtime: DurationMs },
): void {
  const { closing } = slot;
  if (closing?.kind !== "settling") return;
  slot.closing = { ...closing, due: closing.due + downtime };
  world.timers.set(`k/${device.registered.id}/${rule}`, slot.closing.due);
  world.touchDevice(device);
}
