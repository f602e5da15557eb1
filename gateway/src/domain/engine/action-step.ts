import { validateCommandArgs } from "@voorzorg/firmware-contracts";
import { reopenCase } from "#domain/case/lifecycle.ts";
import { CASE_KEPT_MS, patchCase, resolveCase } from "#domain/case/transitions.ts";
import type { ActionAnswer } from "#domain/effects.ts";
import { desireSettings } from "#domain/engine/settings-step.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { ActionRecord, CaseRequest, CommandRequest } from "#domain/record.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import { stableId } from "#domain/stable-id.ts";
import { DAY_MS } from "#domain/units.ts";

const ANSWERS_KEPT = 1_000;

/** Applies what a person asked for; the same idempotency key again gets the first answer. */
export function applyAction(world: World, record: ActionRecord): void {
  const known = world.service.answers.find(([id]) => id === record.id);
  if (known !== undefined) {
    world.answer(known[1]);
    return;
  }
  const answer = decide(world, record);
  world.service.answers.push([record.id, answer]);
  world.service.answers.splice(0, world.service.answers.length - ANSWERS_KEPT);
  world.unsaved.add("service");
  world.answer(answer);
}

const refuse = (status: 404 | 409 | 422, reason: string): ActionAnswer => ({
  ok: false,
  status,
  reason,
});

function decide(world: World, record: ActionRecord): ActionAnswer {
  const { action, by } = record;
  if (action.name === "command") return command(world, action, record);
  if (action.name === "settings") return desireSettings(world, action);
  const state = world.cases.get(action.caseId);
  if (state === undefined) {
    const days = CASE_KEPT_MS / DAY_MS;
    return refuse(
      404,
      `No case ${JSON.stringify(action.caseId)} can be changed: it never existed or was resolved over ${days} days ago.`,
    );
  }
  return onCase(world, state, action, by);
}

function onCase(world: World, state: CaseState, action: CaseRequest, by: string): ActionAnswer {
  const { view } = state;
  const resolved = view.status === "resolved";
  const done: ActionAnswer = { ok: true, id: view.id };
  switch (action.name) {
    case "acknowledge":
      if (resolved) return refuse(409, `Case ${view.id} is resolved; reopen it first.`);
      state.touched = true;
      patchCase(world, state, { status: "acknowledged", acknowledgedBy: by });
      world.say(state.view, "acknowledged", `${by} took the case.`, by);
      return done;
    case "resolve": {
      if (resolved) return refuse(409, `Case ${view.id} is already resolved.`);
      const reason = action.comment === "" ? `${by} closed the case.` : action.comment;
      resolveCase(world, state, { resolution: "by_agent", reason, by });
      return done;
    }
    case "reopen": {
      if (!resolved) return refuse(409, `Case ${view.id} is not resolved.`);
      const slot = world.deviceOf(state).slots[view.rule];
      const newest = world.cases.get(slot?.caseId ?? "");
      if (newest !== undefined && newest.view.status !== "resolved") {
        return refuse(
          409,
          `Case ${newest.view.id} is open for the same rule; go on with that one.`,
        );
      }
      if (slot !== undefined) slot.caseId = view.id;
      world.touchDevice(world.deviceOf(state));
      state.touched = true;
      reopenCase(world, state, { evidence: undefined, why: action.comment || "Reopened", by });
      return done;
    }
    case "verdict":
      state.touched = true;
      patchCase(world, state, { verdict: action.verdict });
      world.say(state.view, "verdict", `${action.verdict}. ${action.comment}`.trim(), by);
      world.count("verdicts_total", { verdict: action.verdict });
      if (action.verdict === "false_alarm" && !resolved) {
        const reason = "Judged a false alarm; it stays closed until this episode ends.";
        resolveCase(world, state, { resolution: "false_alarm", reason, by });
      }
      return done;
    case "comment":
      state.touched = true;
      patchCase(world, state, {});
      world.say(state.view, "comment", action.comment, by);
      return done;
  }
}

function command(world: World, action: CommandRequest, record: ActionRecord): ActionAnswer {
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
