import type { World } from "#domain/engine/world.ts";
import type { FixView } from "#domain/remedy/fix.ts";
import type { FixKey, FixState } from "#domain/remedy/remedy-state.ts";
import { fixId } from "#domain/remedy/remedy-state.ts";
import type { WithdrawWhen } from "#domain/rules/rule.ts";
import { teamOf } from "#domain/service/case-clocks.ts";
import { stableId } from "#domain/stable-id.ts";

/**
 * A step that fails as often as it helps only delays the person who would; eight finished ones keep
 * bad luck from deciding: of steps that work nine times in ten, one in 200 is withdrawn at the eighth.
 */
const FAILED = { share: 0.5, of: 8 };
/** Harm weighs more than failure, but one coincidence is no harm. */
const HARMFUL = { share: 0.2, of: 5, atLeast: 3 };
const DEFAULTS: WithdrawWhen = { failed: FAILED, harmful: HARMFUL };
/** That an owner does not follow advice says nothing against the advice. */
const ADVICE_DEFAULTS: WithdrawWhen = { harmful: HARMFUL };

type Counted = "tried" | "proved" | "held" | "failed" | "harmful";

export interface CountedStep extends FixKey {
  /** What the step does, in words. */
  readonly what: string;
  readonly kind: "command" | "settings" | "advice";
}

/** Where counting goes on after what a case says of its step; the first count makes the entry. */
export function countFix(
  world: World,
  step: CountedStep,
  field: Counted,
  about: { readonly device: string; readonly caseId: string },
): void {
  const fix = fixOf(world, step);
  const { view } = fix;
  fix.view = { ...view, what: step.what, [field]: view[field] + 1, updatedAt: world.now };
  touchFix(world, step);
  if (field === "failed" || field === "harmful") judge(world, step, fix, about);
}

/** Why the step is not used any more; undefined = it is. */
export function withdrawnWhy(world: World, key: FixKey): string | undefined {
  const view = world.fixes.get(fixId(key))?.view;
  return view === undefined || view.withdrawnAt === null ? undefined : view.withdrawnWhy;
}

/** Takes down that the step was sent, for its limit over the fleet; `within`: as long as that looks back. */
export function noteSent(
  world: World,
  step: CountedStep,
  { action, within }: { action: string; within: number },
): void {
  const fix = fixOf(world, step);
  const recent = fix.sent.filter(({ at }) => at > world.now - within);
  fix.sent = [...recent, { action, at: world.now }];
  touchFix(world, step);
}

/** A withdrawn step is used again and its counts begin anew; false: it is not withdrawn. */
export function reinstate(world: World, key: FixKey): boolean {
  const fix = world.fixes.get(fixId(key));
  if (fix === undefined || fix.view.withdrawnAt === null) return false;
  const { product, rule, step, what } = fix.view;
  fix.view = newView({ product, rule, key: step, what }, world.now);
  touchFix(world, key);
  return true;
}

function fixOf(world: World, step: CountedStep): FixState {
  const id = fixId(step);
  const known = world.fixes.get(id);
  if (known !== undefined) return known;
  const fix: FixState = { view: newView(step, world.now), sent: [] };
  world.fixes.set(id, fix);
  return fix;
}

const newView = (
  { product, rule, key, what }: FixKey & { readonly what: string },
  now: number,
): FixView => ({
  product,
  rule,
  step: key,
  what,
  tried: 0,
  proved: 0,
  held: 0,
  failed: 0,
  harmful: 0,
  withdrawnAt: null,
  withdrawnWhy: "",
  updatedAt: now,
});

function touchFix(world: World, key: FixKey): void {
  const id = fixId(key);
  world.changed.fixes.add(id);
  world.unsaved.add(`fix/${id}`);
}

function judge(
  world: World,
  step: CountedStep,
  fix: FixState,
  about: { readonly device: string; readonly caseId: string },
): void {
  if (fix.view.withdrawnAt !== null) return;
  const rule = world.ruleset.products
    .get(step.product)
    ?.rules.find((compiled) => compiled.rule.id === step.rule)?.rule;
  const limits = rule?.withdrawWhen ?? (step.kind === "advice" ? ADVICE_DEFAULTS : DEFAULTS);
  const why = tooBad(fix.view, limits);
  if (why === undefined) return;
  fix.view = { ...fix.view, withdrawnAt: world.now, withdrawnWhy: why };
  world.count("fixes_withdrawn_total", { product: step.product, rule: step.rule });
  world.owe({
    kind: "notice",
    id: stableId("n", ["fix_withdrawn", fixId(step), world.now]),
    ...about,
    team: teamOf(world, step.product),
    rung: 0,
    about: "fix_withdrawn",
    createdAt: world.now,
    subject: `Withdrawn: ${step.what} (rule ${step.rule}, ${step.product})`,
    text:
      `The step ${step.what} of rule ${step.rule} is not used any more: ${why}. ` +
      "Cases go on with the step after it. Look at the cases, change the rule, or reinstate the step; its counts then begin anew.",
  });
}

function tooBad(view: FixView, { failed, harmful }: WithdrawWhen): string | undefined {
  const finished = view.held + view.failed;
  if (failed !== undefined && finished >= failed.of && view.failed >= failed.share * finished) {
    return `it failed ${view.failed} of ${finished} times`;
  }
  if (
    harmful !== undefined &&
    view.tried >= harmful.of &&
    view.harmful >= harmful.atLeast &&
    view.harmful >= harmful.share * view.tried
  ) {
    return `another fault began after it ${view.harmful} of ${view.tried} times`;
  }
  return undefined;
}
