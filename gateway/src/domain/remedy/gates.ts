import type { Predicate, SignalView } from "#domain/detect/detector.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CaseState, DeviceState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import { fixId } from "#domain/remedy/remedy-state.ts";
import { busyWith, describeStep } from "#domain/remedy/run.ts";
import { withdrawnWhy } from "#domain/remedy/statistics.ts";
import type { ActingStep, TryLimit } from "#domain/rules/rule.ts";
import type { CompiledProduct, CompiledStep } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";

/** Whether a step may act now. `wakeAt`: service clock, when to look again even without news; 0 = never. */
export type Gate =
  | { readonly kind: "go" }
  | { readonly kind: "wait"; readonly why: string; readonly wakeAt: EpochMs }
  /** An engineer must be asked. */
  | { readonly kind: "ask" }
  | { readonly kind: "skip"; readonly why: string }
  /** Only the owner may allow it. */
  | { readonly kind: "owner"; readonly why: string };

export interface ActingCompiled extends CompiledStep {
  readonly step: ActingStep;
}

export interface Turn {
  readonly compiled: ActingCompiled;
  /** Device time at which its conditions are looked at. */
  readonly at: EpochMs;
  /** Service clock: when the step is given up. */
  readonly giveUpAt: EpochMs;
}

const wait = (why: string, wakeAt: EpochMs = 0): Gate => ({ kind: "wait", why, wakeAt });
const skip = (why: string): Gate => ({ kind: "skip", why });

/** In this order: never, not by itself, not so often, not without a word, not now, not so many. */
export function gateOf(world: World, state: CaseState, turn: Turn): Gate {
  const { step, key, precondition } = turn.compiled;
  const { rule, product: productId } = state.view;
  const device = world.deviceOf(state);
  const product = world.productOf(device);
  const withdrawn = withdrawnWhy(world, { product: productId, rule, key });
  if (withdrawn !== undefined) return skip(`it was withdrawn: ${withdrawn}`);
  const never = product === undefined ? "its product is gone" : impossible(step, product);
  if (never !== undefined || product === undefined) return skip(never ?? "its product is gone");
  if (needsOwner(step, product)) {
    return {
      kind: "owner",
      why: `${describeStep(step)} needs the owner's consent, which only a person can ask for here`,
    };
  }
  const view = world.signalsOf(device, product, turn.at);
  const holds = precondition === undefined || conditionHolds(world, state, { precondition, view });
  if (step.else === "skip" && !holds) {
    return skip(`${step.if ?? ""} does not hold, or cannot be told`);
  }
  const rested = rest(world, device, { rule, turn });
  if (rested !== undefined) return rested;
  if (step.safety === "engineer" && state.run.approval !== "given") return { kind: "ask" };
  if (!holds) return wait(`waits until ${step.if ?? ""} is known to hold`);
  const busy = busyWith(world, state, state.run.actionId);
  if (busy !== undefined) {
    return wait(`waits for the device's answer to ${busy.name}`, busy.expiresAt);
  }
  return (
    notNow({ turn, product, view }) ?? fleetFull(world, state, turn.compiled) ?? { kind: "go" }
  );
}

function conditionHolds(
  world: World,
  state: CaseState,
  { precondition, view }: { precondition: Predicate; view: SignalView },
): boolean {
  const device = world.deviceOf(state);
  const rule = world.ruleOf(device, state.view.rule);
  return rule !== undefined && world.ask(device, rule, () => precondition.test(view)) === true;
}

/** The command that a step sends; undefined = none. */
export function commandOf(step: ActingStep, product: CompiledProduct): string | undefined {
  switch (step.kind) {
    case "command":
      return step.name;
    case "advice":
      return product.model.adviceCommand;
    case "settings":
      return undefined;
  }
}

function impossible(step: ActingStep, product: CompiledProduct): string | undefined {
  if (step.kind === "settings") return undefined;
  const name = commandOf(step, product) ?? "";
  return product.model.commands[name] === undefined
    ? `the product has no command ${JSON.stringify(name)}`
    : undefined;
}

function needsOwner(step: ActingStep, product: CompiledProduct): boolean {
  if (step.safety === "owner") return true;
  const name = commandOf(step, product);
  return name !== undefined && product.model.commands[name]?.needsConsent === true;
}

/** Cool-down and tries of the device: waits if that ends in time, else there is no point in waiting. */
function rest(
  world: World,
  device: DeviceState,
  { rule, turn }: { rule: string; turn: Turn },
): Gate | undefined {
  const { step, key } = turn.compiled;
  const same = (device.remedied ?? []).filter((trace) => trace.key === key);
  const last = same.at(-1)?.at;
  if (step.coolDown !== undefined && last !== undefined) {
    const free = last + step.coolDown;
    const why = `it was done ${durationText(world.now - last)} ago and may be done again after ${durationText(step.coolDown)}`;
    if (free > world.now) return free > turn.giveUpAt ? skip(why) : wait(`waits: ${why}`, free);
  }
  if (step.perDevice === undefined) return undefined;
  const times = same.filter((trace) => trace.rule === rule).map(({ at }) => at);
  const free = freeAt(times, step.perDevice, world.now);
  if (free <= world.now) return undefined;
  const { tries, within } = step.perDevice;
  const why = `it was tried ${tries} ${tries === 1 ? "time" : "times"} on this device within ${durationText(within)}, and that is its limit`;
  return free > turn.giveUpAt ? skip(why) : wait(`waits: ${why}`, free);
}

/** When there is room again under a limit; times oldest first. */
function freeAt(times: readonly EpochMs[], { tries, within }: TryLimit, now: EpochMs): EpochMs {
  const recent = times.filter((at) => at > now - within);
  const oldest = recent[recent.length - tries];
  return recent.length < tries || oldest === undefined ? now : oldest + within;
}

function notNow({
  turn,
  product,
  view,
}: {
  turn: Turn;
  product: CompiledProduct;
  view: SignalView;
}): Gate | undefined {
  const { step } = turn.compiled;
  if (step.safety === "idle" && product.inUse?.test(view) !== false) {
    return wait("waits until the device is known not to be in use");
  }
  const safe = product.safeWhen.get(commandOf(step, product) ?? "");
  if (safe !== undefined && safe.test(view) !== true) {
    return wait(`waits until ${safe.source} is known to hold`);
  }
  return undefined;
}

function fleetFull(
  world: World,
  { view }: CaseState,
  { step, key }: ActingCompiled,
): Gate | undefined {
  const { perFleet } = step;
  if (perFleet === undefined) return undefined;
  const fix = world.fixes.get(fixId({ product: view.product, rule: view.rule, key }));
  const times = fix?.sent.map(({ at }) => at) ?? [];
  const free = freeAt(times, perFleet, world.now);
  if (free <= world.now) return undefined;
  const why = `waits: ${perFleet.tries} devices had it within ${durationText(perFleet.within)}, and that is its limit`;
  return wait(why, free);
}
