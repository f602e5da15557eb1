import type { ProductModel } from "@voorzorg/firmware-contracts";
import {
  findCommand,
  fitsValue,
  show,
  validateCommandArgs,
  wantedArg,
} from "@voorzorg/firmware-contracts";
import type { Predicate } from "#domain/detect/detector.ts";
import { durationText } from "#domain/detect/wording.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type {
  ActingStep,
  PlaybookStep,
  RuleView,
  Scalars,
  Verification,
} from "#domain/rules/rule.ts";
import type { CompiledStep } from "#domain/rules/ruleset.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import { stableId } from "#domain/stable-id.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/** What is remembered of a device's steps has an end. */
const MAX_WINDOW: DurationMs = 90 * DAY_MS;

export interface PlaybookContext {
  readonly model: ProductModel;
  /** A problem at the value of `path`. */
  at(path: YamlPath, message: string): void;
  predicate(source: string, path: YamlPath): Predicate | undefined;
}

/** Checks the steps of a rule against its product and makes their conditions ready to run. */
export function compilePlaybook(
  rule: RuleView,
  path: YamlPath,
  context: PlaybookContext,
): readonly CompiledStep[] {
  adviceFirst(rule, path, context);
  return rule.playbook.map((step, index) => compileStep(step, [...path, index], context));
}

function compileStep(step: PlaybookStep, path: YamlPath, context: PlaybookContext): CompiledStep {
  const key = stepKey(step);
  switch (step.kind) {
    case "escalate":
      return { step, key };
    case "wait": {
      if (step.until === undefined) return { step, key };
      const until = context.predicate(step.until, [...path, "wait", "until"]);
      return { step, key, ...(until !== undefined && { until }) };
    }
    case "verify": {
      const proof = verification(step.verify, [...path, "verify"], context);
      return { step, key, ...(proof !== undefined && { proof }) };
    }
    case "command":
      command(context, step, [...path, "command"]);
      break;
    case "settings":
      settings(context, step.settings, [...path, "settings"]);
      break;
    case "advice":
      advice(context, step.text, [...path, "advice"]);
      break;
  }
  return { step, key, ...guards(step, path, context) };
}

function guards(
  step: ActingStep,
  path: YamlPath,
  context: PlaybookContext,
): { readonly precondition?: Predicate; readonly proof?: Predicate } {
  const { undo, verify, safety } = step;
  if (undo?.kind === "command") {
    const place = [...path, "undo", "command"];
    command(context, undo, place);
    if (context.model.commands[undo.name]?.needsConsent === true) {
      const message = `command "${undo.name}" needs the owner's consent, so it could never be done by itself`;
      context.at([...place, "name"], message);
    }
  }
  if (undo?.kind === "settings") settings(context, undo.settings, [...path, "undo", "settings"]);
  if (safety === "idle") saysWhenInUse(context, "safety: idle", [...path, "safety"]);
  const windows = [
    ["coolDown", step.coolDown],
    ["perDevice", step.perDevice?.within],
    ["perFleet", step.perFleet?.within],
  ] as const;
  for (const [key, within] of windows) {
    if (within === undefined || (within > 0 && within <= MAX_WINDOW)) continue;
    const place = key === "coolDown" ? [key] : [key, "within"];
    context.at(
      [...path, ...place],
      `must be longer than 0 and at most ${durationText(MAX_WINDOW)}`,
    );
  }
  const precondition =
    step.if === undefined ? undefined : context.predicate(step.if, [...path, "if"]);
  const proof =
    verify === undefined || verify === "none"
      ? undefined
      : verification(verify, [...path, "verify"], context);
  return {
    ...(precondition !== undefined && { precondition }),
    ...(proof !== undefined && { proof }),
  };
}

/** Stays the same while what the step does stays the same: its statistics and its limits hang on it. */
function stepKey(step: PlaybookStep): string {
  switch (step.kind) {
    case "command":
      return stableId("k", [step.kind, step.name, canonical(step.args)]);
    case "settings":
      return stableId("k", [step.kind, canonical(step.settings)]);
    case "advice":
      return stableId("k", [step.kind, step.text]);
    case "wait":
      return stableId("k", [step.kind, step.until ?? "", step.atMost]);
    case "verify":
      return stableId("k", [step.kind, step.verify.when]);
    case "escalate":
      return stableId("k", [step.kind, step.next]);
  }
}

const canonical = (values: Scalars): string =>
  JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));

function verification(
  verify: Verification,
  path: YamlPath,
  context: PlaybookContext,
): Predicate | undefined {
  if (verify.within === 0) context.at([...path, "within"], "a proof needs time: more than 0");
  if (verify.for !== undefined && verify.for > verify.within) {
    const message = `cannot hold for ${durationText(verify.for)} within ${durationText(verify.within)}`;
    context.at([...path, "for"], message);
  }
  const { inUse } = verify;
  if (inUse !== undefined) {
    const place = [...path, "inUse"];
    if (inUse === true || "ms" in inUse) saysWhenInUse(context, "inUse", place);
    else if (context.model.use === undefined) {
      context.at(place, `product "${context.model.id}" does not say what its use is`);
    }
  }
  return context.predicate(verify.when, [...path, "when"]);
}

function saysWhenInUse({ model, at }: PlaybookContext, what: string, path: YamlPath): void {
  const { use } = model;
  if (use !== undefined && ("when" in use || use.while !== undefined)) return;
  const add = use === undefined ? "`use` with `when`" : "`while` to its `use`";
  at(
    path,
    `product "${model.id}" does not say when it is in use, so ${what} could never tell; add ${add}`,
  );
}

/** Misuse and underuse are explained before anything on the device is changed. */
function adviceFirst(rule: RuleView, path: YamlPath, { model, at }: PlaybookContext): void {
  const exempt = rule.kind === "fault" || rule.severity === "safety";
  if (exempt || model.adviceCommand === undefined) return;
  const first = rule.playbook.findIndex(({ kind }) => kind === "command" || kind === "settings");
  if (first < 0 || rule.playbook.slice(0, first).some((step) => step.kind === "advice")) return;
  const message = `a ${rule.kind} is explained before anything is changed: put an advice step first (severity safety is exempt)`;
  at([...path, first], message);
}

function command(
  { model, at }: PlaybookContext,
  { name, args: given }: { readonly name: string; readonly args: Scalars },
  path: YamlPath,
): void {
  const found = findCommand(model, name);
  if (!found.ok) {
    at([...path, "name"], found.refusal.reason);
    return;
  }
  const args = validateCommandArgs(found.value, given);
  if (args.ok) return;
  const wrong = Object.keys(given).find((arg) => args.refusal.reason.includes(`"${arg}"`));
  at(wrong === undefined ? path : [...path, "args", wrong], args.refusal.reason);
}

function settings({ model, at }: PlaybookContext, wanted: Scalars, path: YamlPath): void {
  if (Object.keys(wanted).length === 0) at(path, "names no setting, so there is nothing to change");
  for (const [name, value] of Object.entries(wanted)) {
    const setting = Object.hasOwn(model.settings, name) ? model.settings[name] : undefined;
    if (setting === undefined) {
      const hint = whatIsThere(name, Object.keys(model.settings), "setting");
      at([...path, name], `product "${model.id}" has no setting "${name}"; ${hint}`);
    } else if (!fitsValue(value, setting)) {
      at([...path, name], `${name} is ${show(value)}; expected ${wantedArg(setting)}`);
    }
  }
}

function advice({ model, at }: PlaybookContext, text: string, path: YamlPath): void {
  const name = model.adviceCommand;
  const found = name === undefined ? undefined : model.commands[name];
  if (found === undefined) {
    at(path, `product "${model.id}" has no adviceCommand, so it cannot show advice; use escalate`);
    return;
  }
  const args = validateCommandArgs(found, { text });
  if (!args.ok) at(path, args.refusal.reason);
}
