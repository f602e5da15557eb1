import type { CaseAction } from "#domain/case/case.ts";
import { patchCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { remediesOff } from "#domain/remedy/off-switch.ts";
import { sendCommand } from "#domain/remedy/send-command.ts";
import { stableId } from "#domain/stable-id.ts";
import { DAY_MS } from "#domain/units.ts";

/** Advice beside an escalation: shown if the device has a display; nothing waits for it. */
export function adviseBeside(
  world: World,
  state: CaseState,
  { text, index }: { text: string; index: number },
): void {
  const device = world.deviceOf(state);
  const model = world.productOf(device)?.model;
  const name = model?.adviceCommand;
  if (name === undefined || model?.commands[name]?.needsConsent === true) return;
  if (remediesOff(world, state.view.product) !== undefined) return;
  const { id: caseId, refires, actions } = state.view;
  const usual = stableId("a", [caseId, index, "advice", refires]);
  const taken = actions.some((action) => action.id === usual);
  const id = taken ? stableId("a", [caseId, index, "advice", refires, actions.length]) : usual;
  const action: CaseAction = {
    id,
    step: index,
    kind: "advice",
    what: text,
    startedAt: world.now,
    state: "waiting",
    proof: "none",
    detail: "waits for the device",
  };
  patchCase(world, state, { actions: [...actions, action] });
  const expiresAt = world.now + DAY_MS;
  sendCommand(world, device, { id, caseId, name, args: { text }, expiresAt, by: "gateway" });
}
