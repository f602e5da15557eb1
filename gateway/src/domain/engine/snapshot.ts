import assert from "node:assert/strict";
import type { CohortState } from "#domain/engine/cohorts.ts";
import { slotKey } from "#domain/engine/rule-slot.ts";
import { loadDevice, saveDevice } from "#domain/engine/saved-device.ts";
import type { CaseState, DeviceState, RulesetSources, ServiceState } from "#domain/engine/state.ts";
import { startService } from "#domain/engine/state.ts";
import type { Timer } from "#domain/engine/timers.ts";
import type { World } from "#domain/engine/world.ts";
import type { ProblemState } from "#domain/problem/problem-state.ts";
import type { SourceFile } from "#domain/record.ts";
import type { FixState } from "#domain/remedy/remedy-state.ts";
import { remedyDueAt } from "#domain/remedy/remedy-timer.ts";
import { putServiceInForce } from "#domain/service/in-force.ts";

interface Entry {
  readonly key: string;
  readonly value: string | undefined;
}

/** Fills an empty world from the entries of a snapshot and rebuilds its timers. */
export function loadWorld(world: World, entries: Iterable<Entry>): void {
  for (const { key, value } of entries) {
    if (value === undefined) continue;
    const slash = key.indexOf("/");
    const kind = slash < 0 ? key : key.slice(0, slash);
    const id = key.slice(slash + 1);
    switch (kind) {
      case "service":
        // What a build did not know yet stands as at the start.
        world.service = { ...startService(), ...(JSON.parse(value) as ServiceState) };
        break;
      case "ruleset":
        world.sources = JSON.parse(value) as RulesetSources;
        break;
      case "device":
        world.devices.set(id, loadDevice(value));
        break;
      case "case":
        world.cases.set(id, JSON.parse(value) as CaseState);
        break;
      case "fix":
        world.fixes.set(id, JSON.parse(value) as FixState);
        break;
      case "cohort":
        world.cohorts.set(id, JSON.parse(value) as CohortState);
        break;
      case "problem":
        world.problems.set(id, JSON.parse(value) as ProblemState);
        break;
      case "since":
        for (const [rule, at] of JSON.parse(value) as [string, number][]) {
          world.rulesSince.set(rule, at);
        }
        break;
      case "levels":
        putServiceInForce(world, JSON.parse(value) as SourceFile);
        break;
      default:
        assert.fail(`a snapshot holds the unknown key ${JSON.stringify(key)}`);
    }
  }
  world.now = world.service.clock.now;
  if (world.sources.hash !== "") {
    const compiled = world.compile(world.sources);
    assert(compiled.ok, `the snapshot's ruleset ${world.sources.hash} no longer compiles`);
    world.ruleset = compiled.ruleset;
    world.knowStopped();
  }
  world.timers.fill(timersOf(world));
}

function* timersOf(world: World): Generator<Timer> {
  for (const device of world.devices.values()) yield* deviceTimers(device);
  for (const state of world.cases.values()) {
    const { run, view, clocks } = state;
    if (run.due !== 0) yield { key: `c/${view.id}`, at: run.due };
    const lookAt = remedyDueAt(state);
    if (lookAt !== 0) yield { key: `r/${view.id}`, at: lookAt };
    if (clocks !== undefined && clocks.due !== 0) yield { key: `t/${view.id}`, at: clocks.due };
  }
  for (const { id, due } of world.problems.values()) {
    if (due !== 0) yield { key: `p/${id}`, at: due };
  }
}

function* deviceTimers(device: DeviceState): Generator<Timer> {
  const { id } = device.registered;
  for (const rule in device.slots) {
    const slot = device.slots[rule];
    if (slot === undefined) continue;
    const { timerAt, closing } = slot;
    if (timerAt !== 0) yield { key: slotKey(device, rule), at: timerAt };
    if (closing !== undefined && closing.due !== 0) {
      yield { key: `k/${id}/${rule}`, at: closing.due };
    }
  }
  if (device.order.heldUntil !== 0) yield { key: `o/${id}`, at: device.order.heldUntil };
  if (device.wakeBy !== 0) yield { key: `w/${id}`, at: device.wakeBy };
  for (const line of device.commands) {
    const open =
      line.state === "waiting" || line.state === "delivered" || line.state === "accepted";
    if (open && line.expiresAt !== 0) yield { key: `m/${id}/${line.id}`, at: line.expiresAt };
  }
}

/** Entries that changed since the last call; `undefined` = removed. */
export function takeUnsaved(world: World): readonly Entry[] {
  const entries = [...world.unsaved].map((key) => ({ key, value: savedValue(world, key) }));
  world.unsaved.clear();
  return entries;
}

function savedValue(world: World, key: string): string | undefined {
  const slash = key.indexOf("/");
  const id = key.slice(slash + 1);
  if (key === "service") return JSON.stringify(world.service);
  if (key === "ruleset") return JSON.stringify(world.sources);
  if (key === "since") return JSON.stringify([...world.rulesSince]);
  if (key === "levels") return world.levels && JSON.stringify(world.levels.file);
  if (key.startsWith("problem/")) {
    const problem = world.problems.get(id);
    return problem === undefined ? undefined : JSON.stringify(problem);
  }
  if (key.startsWith("fix/")) return JSON.stringify(world.fixes.get(id));
  if (key.startsWith("device/")) {
    const device = world.devices.get(id);
    return device === undefined ? undefined : saveDevice(device);
  }
  const found = key.startsWith("cohort/") ? world.cohorts.get(id) : world.cases.get(id);
  return found === undefined ? undefined : JSON.stringify(found);
}
