import type { Advanced, AlertState } from "#domain/alert/advance.ts";
import { advance } from "#domain/alert/advance.ts";
import type { Evidence } from "#domain/case/case.ts";
import type { DetectorInput, Step } from "#domain/detect/detector.ts";
import { peersOf } from "#domain/engine/cohorts.ts";
import type { DeviceState, RuleSlot } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";

export const isActive = ({ phase }: AlertState): boolean =>
  phase === "firing" || phase === "clearing";

/** What the rule says and what follows for its alert. Nothing is changed yet: undefined = it failed. */
export function judge(
  world: World,
  device: DeviceState,
  { compiled, slot, input }: { compiled: CompiledRule; slot: RuleSlot; input: DetectorInput },
): Judgement | undefined {
  const { detector, rule } = compiled;
  const wantsPeers = detector.wants.cohort !== undefined;
  const judged = wantsPeers ? { ...input, peers: peersOf(world, device, compiled) } : input;
  const now = ruleTime(device, input);
  try {
    const step = detector.step(slot.detector, judged, isActive(slot.alert));
    const advanced = advance(rule, slot.alert, step.verdict, now);
    if (advanced.change !== "fired") return { step, advanced, now, evidence: null };
    const explained = detector.explain(step.state, input);
    const evidence = { ...explained, onsetAt: advanced.alert.onsetAt, detectedAt: now };
    return { step, advanced, now, evidence };
  } catch (error) {
    world.ruleFailed(device, compiled, error);
    return undefined;
  }
}

interface Judgement {
  readonly step: Step<unknown>;
  readonly advanced: Advanced;
  readonly now: EpochMs;
  /** Of an alert that fired now. */
  readonly evidence: Evidence | null;
}

/** A late event counts, but the alert's time never runs back. */
const ruleTime = (device: DeviceState, input: DetectorInput): EpochMs =>
  input.kind === "event" ? Math.max(input.at, device.deviceTime) : input.at;
