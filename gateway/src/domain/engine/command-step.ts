import type { CommandState, ResultMessage } from "@voorzorg/firmware-contracts";
import { patchAction } from "#domain/case/transitions.ts";
import type { CommandNow } from "#domain/device-view.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CommandOutcomeRecord } from "#domain/record.ts";
import { commandDue, patchCommand } from "#domain/remedy/send-command.ts";
import { stepDelivered, stepResult, stepUnsendable } from "#domain/remedy/step-answers.ts";
import { undoEnded } from "#domain/remedy/undo.ts";

/** The device's answer to a command, ours or an engineer's. */
export function commandResult(world: World, device: DeviceState, message: ResultMessage): void {
  const said: CommandState =
    message.state === "duplicate" ? (message.was ?? "duplicate") : message.state;
  const detail = [message.code, message.msg]
    .filter((part) => part !== undefined && part !== "")
    .join(": ");
  world.count("command_results_total", { state: said });
  const known = device.commands.find((c) => c.id === message.id);
  if (known === undefined) return;
  const next = commandState(said);
  // A repeated or overtaken answer (resend, duplicate, out of order) changes nothing.
  if (next !== undefined && known.state !== next && supersedes(next, known.state)) {
    patchCommand(world, device, known.id, { state: next, detail });
    const state = caseOfAction(world, device, known.id);
    if (state !== undefined) stepResult(world, state, { actionId: known.id, state: said, detail });
  }
}

/**
 * A final answer of the device stands. Our own time-out or withdrawal is not final: the device may
 * still say how it ended, but no longer that it has begun.
 */
function supersedes(next: CommandNow["state"], known: CommandNow["state"]): boolean {
  if (known === "succeeded" || known === "failed" || known === "rejected") return false;
  return next !== "accepted" || known === "waiting" || known === "delivered";
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
  if (state !== undefined)
    stepUnsendable(world, state, { actionId: known.id, detail: record.detail });
}

/** A command's time is up. The step under way has its own; advice beside an escalation has only this. */
export function commandTimedOut(world: World, device: DeviceState, id: string): void {
  if (!commandDue(world, device, id)) return;
  const state = caseOfAction(world, device, id);
  const action = state?.view.actions.find((a) => a.id === id);
  if (state === undefined || action === undefined || state.run.actionId === id) return;
  if (action.kind === "undo" && action.state !== "waiting") {
    undoEnded(world, state, { id, ok: false, detail: "the device gave no final answer in time" });
    return;
  }
  if (action.state !== "waiting") return;
  if (action.kind === "undo") {
    undoEnded(world, state, { id, ok: false, detail: "the device did not come online in time" });
  }
  patchAction(world, state, id, {
    state: "expired",
    detail: "the device did not come online in time",
  });
}

function caseOfAction(world: World, device: DeviceState, actionId: string): CaseState | undefined {
  for (const slot of Object.values(device.slots)) {
    const state = world.cases.get(slot.caseId);
    if (state?.view.actions.some((a) => a.id === actionId)) return state;
  }
  // An answer to a command of an older case; an engineer's own command belongs to none.
  if (!actionId.startsWith("a-") && !actionId.startsWith("u-")) return undefined;
  for (const state of world.cases.values()) {
    const isIt = state.view.device === device.registered.id;
    if (isIt && state.view.actions.some((a) => a.id === actionId)) return state;
  }
  return undefined;
}
