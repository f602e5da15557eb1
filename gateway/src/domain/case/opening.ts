import type { CaseView, Evidence } from "#domain/case/case.ts";
import { announce } from "#domain/case/transitions.ts";
import type { CaseState, DeviceState, RuleSlot } from "#domain/engine/state.ts";
import { START_RUN } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { compareOpened } from "#domain/problem/grouping.ts";
import { nextStep } from "#domain/remedy/playbook.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import { setTargets } from "#domain/service/case-clocks.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, iso } from "#domain/units.ts";

/** What a rule has found on a device. */
export interface Found {
  readonly rule: RuleView;
  readonly slot: RuleSlot;
  readonly evidence: Evidence;
}

export const summarise = (title: string, evidence: Evidence): string =>
  `${title}: ${evidence.observed}; expected ${evidence.expected}; since ${iso(evidence.onsetAt)}.`;

/** Opens a case, unless there is one with the same onset; it follows the one before of the same key. */
export function openCase(world: World, device: DeviceState, { rule, slot, evidence }: Found): void {
  const id = stableId("c", [rule.id, device.registered.id, rule.keyVersion, evidence.onsetAt]);
  const known = world.cases.get(id)?.view;
  if (known !== undefined) {
    // The same onset twice (an agent closed it meanwhile): one case per onset.
    slot.caseId = id;
    const reason = "It fired again with the same onset; this case was closed already.";
    world.say(known, "not_opened", reason);
    return;
  }
  const { ownerCalledAt } = device;
  const called = ownerCalledAt !== undefined && ownerCalledAt >= callsFrom(world, device, evidence);
  const view: CaseView = {
    id,
    device: device.registered.id,
    product: device.registered.product,
    rule: rule.id,
    kind: rule.kind,
    severity: rule.severity,
    status: "open",
    stage: "acting",
    title: rule.title,
    summary: summarise(rule.title, evidence),
    nextStep: "",
    onsetAt: evidence.onsetAt,
    openedAt: world.now,
    updatedAt: world.now,
    resolvedAt: null,
    resolution: null,
    acknowledgedBy: null,
    verdict: null,
    callback: false,
    refires: 0,
    revision: 1,
    evidence,
    actions: [],
    ...(slot.caseId === "" ? {} : { follows: slot.caseId }),
    ...(called ? { ownerCalledAt } : {}),
  };
  const state: CaseState = { view, run: START_RUN, touched: false, unknownSaidAt: 0 };
  world.cases.set(id, state);
  world.touchCase(state);
  slot.caseId = id;
  setTargets(world, state);
  world.say(state.view, "opened", view.summary);
  world.count("cases_opened_total", { kind: rule.kind, severity: rule.severity });
  if (called) {
    const reason = `The owner had called about the device at ${iso(ownerCalledAt)}, before this case was opened.`;
    world.say(state.view, "owner_called", reason);
  }
  announce(world, state, "opened");
  compareOpened(world, state);
  nextStep(world, state, "the rule asks for a person at once");
}

/** A call from the day before the onset on was about it, as far as anybody can tell. */
export function callsFrom(world: World, device: DeviceState, evidence: Evidence): EpochMs {
  return Math.min(world.now, evidence.onsetAt + world.lagOf(device)) - DAY_MS;
}
