import type { CommandState, ResultMessage } from "@voorzorg/firmware-contracts";
import type { CommandNow } from "#domain/device-view.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CommandOutcomeRecord } from "#domain/record.ts";
import { stepDelivered, stepResult } from "#domain/remedy/playbook.ts";
import { patchCommand } from "#domain/remedy/send-command.ts";

/** The device's answer to a command, ours or an engineer's. */
export function commandResult(world: World, device: DeviceState, message: ResultMessage): void {
  const said: CommandState = message.state === "duplicate" ? (message.was ?? "duplicate") : message.state;
  const detail = [message.code, message.msg].filter((part) => part !== undefined && part !== "").join(": ");
  world.count("command_results_total", { state: said });
  const known = device.commands.find((c) => c.id === message.id);
  if (known === undefined) return;
  const next = commandState(said);
  // A repeated answer (resend, duplicate) changes nothing.
  if (next !== undefined && known.state !== next) {
    patchCommand(world, device, known.id, { state: next, detail });
    const state = caseOfAction(world, device, known.id);
    if (state !== undefined) stepResult(world, state, { actionId: known.id, state: said, detail });
  }
}

function commandState(said: CommandState): CommandNow["state"] | undefined {
  return said === "progress" || said === "duplicate" ? undefined : said;
}

/** What the outbox reports of the delivery. */
export function commandOutcome(world: World, record: CommandOutcomeRecord): void {
  const device = world.devices.get(record.device);
  const known = device?.commands.find((c) => c.id === record.commandId);
  if (device === undefined || known === undefined || known.state !== "waiting") return;
  const state = caseOfAction(world, device, known.id);
  if (record.outcome === "delivered") {
    patchCommand(world, device, known.id, { state: "delivered", detail: record.detail });
    world.count("commands_sent_total");
    if (state !== undefined) stepDelivered(world, state, known.id);
    return;
  }
  patchCommand(world, device, known.id, { state: "failed", detail: record.detail });
  if (state !== undefined) {
    stepResult(world, state, { actionId: known.id, state: "failed", detail: record.detail });
  }
}

function caseOfAction(world: World, device: DeviceState, actionId: string): CaseState | undefined {
  for (const slot of Object.values(device.slots)) {
    const state = world.cases.get(slot.caseId);
    if (state?.view.actions.some((a) => a.id === actionId)) return state;
  }
  return undefined;
}
