import type { CaseView, Evidence } from "#domain/case/case.ts";
import {
  announce,
  escalateCase,
  patchCase,
  resolveCase,
  stopStep,
} from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState, DeviceState, RuleSlot } from "#domain/engine/state.ts";
import { START_RUN } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { nextStep, prove } from "#domain/remedy/playbook.ts";
import type { RuleView } from "#domain/rules/rule.ts";
import { stableId } from "#domain/stable-id.ts";
import { iso } from "#domain/units.ts";

/**
 * An alert of level `act` fired. Decides between a new case, the open one (refired), and the one
 * resolved a short while ago (reopened); the reason goes to the timeline.
 */
export function alertFired(
  world: World,
  device: DeviceState,
  { rule, slot, evidence }: { rule: RuleView; slot: RuleSlot; evidence: Evidence },
): void {
  const known = world.cases.get(slot.caseId);
  if (known === undefined) {
    open(world, device, { rule, slot, evidence });
    return;
  }
  const { view } = known;
  if (view.status !== "resolved") {
    patchCase(world, known, { refires: view.refires + 1, evidence });
    world.say(known.view, "refired", `It fired again: ${evidence.observed}.`);
    return;
  }
  const since = world.now - (view.resolvedAt ?? 0);
  const judgedFalse = view.resolution === "false_alarm" || view.verdict === "false_alarm";
  if (judgedFalse || since >= rule.reopenWithin) {
    open(world, device, { rule, slot, evidence });
    return;
  }
  reopenCase(world, known, {
    evidence,
    why: `It came back ${durationText(since)} after it was resolved, within ${durationText(rule.reopenWithin)}`,
    by: "gateway",
  });
}

function open(
  world: World,
  device: DeviceState,
  { rule, slot, evidence }: { rule: RuleView; slot: RuleSlot; evidence: Evidence },
): void {
  const id = stableId("c", [rule.id, device.registered.id, rule.keyVersion, evidence.onsetAt]);
  if (world.cases.has(id)) {
    // The same onset twice (an agent closed it meanwhile): one case per onset.
    slot.caseId = id;
    const known = world.cases.get(id)?.view;
    if (known !== undefined) {
      world.say(
        known,
        "not_opened",
        "It fired again with the same onset; this case was closed already.",
      );
    }
    return;
  }
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
  };
  const state: CaseState = { view, run: START_RUN, touched: false, unknownSaidAt: 0 };
  world.cases.set(id, state);
  world.touchCase(state);
  slot.caseId = id;
  world.say(view, "opened", view.summary);
  world.count("cases_opened_total", { kind: rule.kind, severity: rule.severity });
  announce(world, state, "opened");
  nextStep(world, state, "the rule asks for a person at once");
}

const summarise = (title: string, evidence: Evidence): string =>
  `${title}: ${evidence.observed}; expected ${evidence.expected}; since ${iso(evidence.onsetAt)}.`;

export function reopenCase(
  world: World,
  state: CaseState,
  { evidence, why, by }: { evidence: Evidence | undefined; why: string; by: string },
): void {
  world.timers.set(`c/${state.view.id}`, 0);
  patchCase(world, state, {
    status: "open",
    stage: "acting",
    resolvedAt: null,
    resolution: null,
    refires: state.view.refires + 1,
    ...(evidence === undefined ? {} : { evidence, summary: summarise(state.view.title, evidence) }),
  });
  world.say(state.view, "reopened", `${why}.`, by);
  world.count("cases_reopened_total", { kind: state.view.kind });
  // What was tried did not last: go on after it instead of repeating it.
  nextStep(world, state, why);
}

/** The alert's own reset test held for `keep`: telemetry shows that the problem is gone. */
export function alertCleared(world: World, slot: RuleSlot): void {
  const state = world.cases.get(slot.caseId);
  if (state === undefined || state.view.status === "resolved") return;
  const { view, run } = state;
  world.say(view, "alert_cleared", "Telemetry shows that the alert has cleared.");
  if (view.stage === "escalated") {
    if (state.touched) return;
    const proved = view.actions.some((a) => a.proof === "proved");
    const reason = "The alert has cleared by telemetry and nobody has taken the case.";
    resolveCase(world, state, { resolution: proved ? "fixed" : "recovered", reason });
    return;
  }
  if (view.stage === "watching") {
    const reason = "Solved: the step was proved and the alert has cleared by telemetry.";
    resolveCase(world, state, { resolution: "fixed", reason });
    return;
  }
  const action = view.actions.find((a) => a.id === run.actionId);
  const done =
    action !== undefined && ["delivered", "accepted", "succeeded"].includes(action.state);
  const compiled = world.ruleOf(world.deviceOf(state), view.rule);
  const ownProof = compiled?.verifications.get(run.step) !== undefined;
  if (done && !ownProof) {
    prove(world, state, "the alert has cleared");
    return;
  }
  // A step that was carried out keeps its own proof's time; whatever else is taken back.
  if (done) return;
  const reason = "The alert has cleared by telemetry before a step was carried out.";
  resolveCase(world, state, { resolution: "recovered", reason });
}

/** The rule can tell again: a proof that came meanwhile closes the case if the alert does not speak against it. */
export function alertKnownAgain(world: World, slot: RuleSlot): void {
  const state = world.cases.get(slot.caseId);
  if (state === undefined || state.view.stage !== "watching") return;
  if (slot.alert.phase !== "inactive" && state.view.kind === "fault") return;
  const reason =
    "Solved: the step was proved, and the alert can tell again and does not speak against it.";
  resolveCase(world, state, { resolution: "fixed", reason });
}

/** The rule can no longer tell (silence, missing signals): nothing is resolved meanwhile. */
export function alertUnknown(world: World, slot: RuleSlot, why: string): void {
  const state = world.cases.get(slot.caseId);
  if (state === undefined || state.view.status === "resolved") return;
  const quietMs = 6 * 3_600_000;
  if (state.unknownSaidAt !== 0 && world.now - state.unknownSaidAt < quietMs) return;
  state.unknownSaidAt = world.now;
  world.touchCase(state);
  world.say(state.view, "alert_unknown", `Cannot tell whether it goes on: ${why}.`);
}

/** The rule is no longer in force: a person decides about its open case. */
export const ruleRemoved = (world: World, slot: RuleSlot, why: string): void =>
  handOver(world, slot, { kind: "rule_removed", why });

/** The rule failed and judges nothing any more: a person decides about its open case. */
export const ruleStopped = (world: World, slot: RuleSlot, why: string): void =>
  handOver(world, slot, { kind: "rule_stopped", why });

function handOver(
  world: World,
  slot: RuleSlot,
  { kind, why }: { kind: "rule_removed" | "rule_stopped"; why: string },
): void {
  const state = world.cases.get(slot.caseId);
  if (state === undefined || state.view.status === "resolved") return;
  stopStep(world, state, why);
  world.say(state.view, kind, `${why}; a person decides about the open case.`);
  escalateCase(world, state, { reason: `A person takes over: ${why}.` });
}
