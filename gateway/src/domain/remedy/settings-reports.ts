import { patchAction, patchCase, setDue } from "#domain/case/transitions.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { endStep } from "#domain/remedy/playbook.ts";
import type { AwaitedSettings } from "#domain/remedy/remedy-state.ts";
import { stepDelivered, undoAnswered } from "#domain/remedy/step-answers.ts";
import type { Scalars } from "#domain/rules/rule.ts";

/** The device reported settings: the steps that wait for them are done, or cannot be any more. */
export function settingsStepsReported(world: World, device: DeviceState): void {
  for (const entry of device.awaited ?? []) {
    if (entry.version > device.reportedVersion) continue;
    device.awaited = (device.awaited ?? []).filter((one) => one !== entry);
    world.touchDevice(device);
    const state = world.cases.get(entry.caseId);
    if (state !== undefined) reported(world, state, { device, entry });
  }
}

function reported(
  world: World,
  state: CaseState,
  { device, entry }: { device: DeviceState; entry: AwaitedSettings },
): void {
  const action = state.view.actions.find(({ id }) => id === entry.action);
  if (action === undefined || action.state !== "waiting") return;
  const missing = missingOf(device, entry.settings);
  if (missing === undefined) {
    worksWith(world, state, entry);
    return;
  }
  const replaced = device.desired?.settings[missing] !== entry.settings[missing];
  const detail = replaced
    ? `${missing} was wanted otherwise meanwhile`
    : `the device reported ${missing} ${String(device.settings[missing])}, wanted ${String(entry.settings[missing])}`;
  const result = replaced ? "failed" : "rejected";
  const proof = action.proof === "none" ? "none" : "not_proved";
  patchAction(world, state, action.id, { state: result, proof, detail });
  const sentence = `The device works without ${action.what}: ${detail}.`;
  world.say(state.view, "command_result", sentence, "device");
  if (action.kind === "undo") undoAnswered(world, state, { id: action.id, ok: false, detail });
  else if (state.run.actionId === action.id) {
    endStep(world, state, result, `step ${state.run.step + 1} did not come into force: ${detail}`);
  }
}

/** Name of the first setting whose reported value is another. */
const missingOf = (device: DeviceState, settings: Scalars): string | undefined =>
  Object.entries(settings).find(([name, value]) => device.settings[name] !== value)?.[0];

function worksWith(world: World, state: CaseState, entry: AwaitedSettings): void {
  const { action: id, version } = entry;
  const isStep = state.view.actions.find((one) => one.id === id)?.kind === "settings";
  if (isStep) stepDelivered(world, state, id);
  const detail = `reported as version ${version}`;
  patchAction(world, state, id, { state: "succeeded", detail });
  const action = state.view.actions.find((one) => one.id === id);
  const sentence = `The device works with ${action?.what ?? "the settings"}, ${detail}.`;
  world.say(state.view, "command_result", sentence, "device");
  if (!isStep) {
    undoAnswered(world, state, { id, ok: true, detail });
    return;
  }
  if (state.run.actionId !== id || state.view.status === "resolved") return;
  if (action?.proof === "none") {
    endStep(world, state, "done", `step ${state.run.step + 1} was done`);
    return;
  }
  patchCase(world, state, { stage: "verifying" });
  setDue(world, state, world.now + state.run.proofWithin);
}
