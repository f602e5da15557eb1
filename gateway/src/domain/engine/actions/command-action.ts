import { validateCommandArgs } from "@voorzorg/firmware-contracts";
import type { ActionAnswer } from "#domain/effects.ts";
import { refuse } from "#domain/engine/actions/refuse.ts";
import type { World } from "#domain/engine/world.ts";
import type { ActionRecord, CommandRequest } from "#domain/record.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import { stableId } from "#domain/stable-id.ts";

/** An engineer's command to a device, beside any playbook. */
export function commandAction(
  world: World,
  action: CommandRequest,
  record: ActionRecord,
): ActionAnswer {
  const device = world.devices.get(action.device);
  const product = device === undefined ? undefined : world.productOf(device);
  if (device === undefined || product === undefined) {
    return refuse(
      404,
      `No device ${JSON.stringify(action.device)} of a known product is registered.`,
    );
  }
  const model = product.model.commands[action.command];
  if (model === undefined) {
    const known = Object.keys(product.model.commands).join(", ");
    return refuse(
      422,
      `command: ${JSON.stringify(action.command)} is not a command of ${product.model.id}; one of ${known} would be right.`,
    );
  }
  const args = validateCommandArgs(model, action.args);
  if (!args.ok) return refuse(422, args.refusal.reason);
  const safe = product.safeWhen.get(action.command);
  if (safe !== undefined) {
    const holds = safe.test(world.signalsOf(device, product, world.deviceNow(device)));
    if (holds !== true) {
      const why =
        holds === false ? "does not hold now" : "cannot be told now (signals are unknown)";
      return refuse(409, `${action.command} may be sent only while ${safe.source}, which ${why}.`);
    }
  }
  const id = stableId("m", [record.id, device.registered.id, action.command]);
  sendCommand(world, device, {
    id,
    caseId: null,
    name: action.command,
    args: args.value,
    expiresAt: world.now + action.expiresInMs,
    by: record.by,
  });
  return { ok: true, id };
}
