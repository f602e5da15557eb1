import type { CaseView, Evidence } from "#domain/case/case.ts";
import { clearedWhileClosed, firedWhileClosed, liftClosing } from "#domain/case/closing.ts";
import type { Found } from "#domain/case/opening.ts";
import { openCase, summarise } from "#domain/case/opening.ts";
import { escalateCase, patchCase, resolveCase, stopStep } from "#domain/case/transitions.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState, DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { compareReopened } from "#domain/problem/grouping.ts";
import { leaveIfOver } from "#domain/problem/leave.ts";
import { clearedAtWork } from "#domain/remedy/cleared.ts";
import { goOnAfterReopening } from "#domain/remedy/playbook.ts";
import { didNotHold, isSettling, suspectHarm } from "#domain/remedy/settle.ts";
import type { RuleView } from "#domain/rules/rule.ts";

/**
 * An alert of level `act` fired. Decides between a new case, the open one (refired), the one resolved a
 * short while ago (reopened), and none, because a person closed it; the reason goes to the timeline.
 */
export function alertFired(world: World, device: DeviceState, found: Found): void {
  const { rule, slot, evidence } = found;
  suspectHarm(world, device, rule);
  if (firedWhileClosed(world, device, found)) return;
  const known = world.cases.get(slot.caseId);
  if (known === undefined) {
    openCase(world, device, found);
    return;
  }
  const { view } = known;
  if (view.status !== "resolved") {
    patchCase(world, known, { refires: view.refires + 1, evidence });
    world.say(known.view, "refired", `It fired again: ${evidence.observed}.`);
    didNotHold(world, known, "it fired again");
    return;
  }
  const since = world.now - (view.resolvedAt ?? 0);
  // A fix that did not hold is the same case, however long its settle time is.
  const isFix = isSettling(known);
  if (isForGood(view) || (since >= rule.reopenWithin && !isFix)) {
    openCase(world, device, found);
    return;
  }
  const within = isFix ? "the settle time of its fix" : durationText(rule.reopenWithin);
  reopenCase(world, known, {
    evidence,
    why: `It came back ${durationText(since)} after it was resolved, within ${within}`,
    by: "gateway",
  });
}

/** A person did not say that it was solved, but that it was none, or is to be left: it is never reopened. */
const isForGood = ({ resolution, verdict }: CaseView): boolean =>
  resolution === "false_alarm" ||
  resolution === "wont_fix" ||
  verdict === "false_alarm" ||
  verdict === "sensor_fault" ||
  verdict === "duplicate";

export function reopenCase(
  world: World,
  state: CaseState,
  { evidence, why, by }: { evidence: Evidence | undefined; why: string; by: string },
): void {
  liftClosing(world, state);
  leaveIfOver(world, state);
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
  compareReopened(world, state);
  // What was tried did not last: go on after it instead of repeating it.
  goOnAfterReopening(world, state, why);
}

/** The alert's own reset test held for `keep`: telemetry shows that the problem is gone. */
export function alertCleared(
  world: World,
  device: DeviceState,
  { rule, slot }: { rule: RuleView; slot: RuleSlot },
): void {
  clearedWhileClosed(world, device, { rule, slot });
  const state = world.cases.get(slot.caseId);
  if (state === undefined || state.view.status === "resolved") return;
  const { view } = state;
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
  const outcome = clearedAtWork(world, state);
  if (outcome === "kept") return;
  const reason =
    outcome === "fixed"
      ? "Solved: the alert has cleared by telemetry after a step that was given up before."
      : "The alert has cleared by telemetry before a step was carried out.";
  resolveCase(world, state, { resolution: outcome, reason });
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
