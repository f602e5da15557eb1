import { ruleStopped } from "#domain/case/lifecycle.ts";
import { inOrder } from "#domain/engine/in-order.ts";
import { takeOutOfForce } from "#domain/engine/orphan.ts";
import { settle } from "#domain/engine/rules-step.ts";
import type { DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { definitionOf, ruleOfStop } from "#domain/rules/stopped-rule.ts";

/**
 * At the end of a record: rules that failed on it leave force on every device, as if they had been
 * removed. Rules that are made of them judge that, and may fail in their turn.
 */
export function stopFailedRules(world: World): void {
  for (let failed = world.takeFailed(); failed !== undefined; failed = world.takeFailed()) {
    const { compiled, reason } = failed;
    for (const device of inOrder(world.devices)) stopOn(world, device, { compiled, reason });
  }
}

function stopOn(
  world: World,
  device: DeviceState,
  { compiled, reason }: { compiled: CompiledRule; reason: string },
): void {
  const { id, product: productId } = compiled.rule;
  const slot = device.slots[id];
  const product = world.productOf(device);
  if (product === undefined || slot === undefined || device.registered.product !== productId)
    return;
  if (slot.orphan) return;
  takeOutOfForce(world, device, { slot, was: compiled });
  // Whatever the failure left of the detector's memory is not to be believed.
  slot.detector = null;
  ruleStopped(world, slot, `the rule ${id} failed and was stopped (${reason})`);
  world.moved.add(id);
  settle(world, device, { product, at: world.deviceNow(device), historic: false });
}

/** After another ruleset came in force: a rule with another definition is tried again. */
export function reviewStops(world: World): void {
  const { service, ruleset } = world;
  const stay = service.stopped.filter((stop) => {
    const now = ruleOfStop(ruleset.products, stop);
    return now !== undefined && definitionOf(now) === stop.definition;
  });
  if (stay.length < service.stopped.length) world.unsaved.add("service");
  service.stopped = stay;
  world.knowStopped();
}
