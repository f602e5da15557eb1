import { LIMITS } from "./limits.ts";
import type { CommandMessage, Decoded } from "./messages.ts";
import type { CommandArg, CommandModel, ProductModel } from "./product-model.ts";
import type { Refused } from "./refusal.ts";
import { accept, hint, refuse, show } from "./refusal.ts";
import { ownEntry } from "./signal-values.ts";

export type CommandArgs = CommandMessage["args"];

/** The command of that name, or the refusal that names the nearest one. */
export function findCommand(product: ProductModel, name: string): Decoded<CommandModel> {
  const model = ownEntry(product.commands, name);
  return model === undefined
    ? refuse(
        "unknown_command",
        `command ${show(name)} is not declared for product "${product.id}"${hint(name, Object.keys(product.commands))}`,
      )
    : accept(model);
}

/**
 * Arguments as they go to the device: declared ones only, of the declared kind and within their
 * limits, defaults filled in. An optional argument without default stays absent.
 */
export function validateCommandArgs(
  model: CommandModel,
  args: Readonly<Record<string, unknown>>,
): Decoded<CommandArgs> {
  for (const name of Object.keys(args)) {
    if (ownEntry(model.args, name) === undefined) {
      return refuse(
        "unknown_argument",
        `argument ${show(name)} is not declared for this command${hint(name, Object.keys(model.args))}`,
      );
    }
  }
  const checked: Record<string, string | number | boolean> = {};
  for (const [name, arg] of Object.entries(model.args)) {
    const value = args[name] ?? arg.default;
    if (value === undefined) {
      if (!arg.required) continue;
      return refuse("missing_argument", `argument "${name}" is absent; expected ${wantedArg(arg)}`);
    }
    const problem = argProblem(name, value, arg);
    if (problem !== undefined) return problem;
    checked[name] = value as string | number | boolean;
  }
  return accept(checked);
}

/** Also used for settings and defaults: whatever has a kind, a range, values or a length. */
export type ValueModel = Omit<CommandArg, "required">;

export function fitsValue(value: unknown, model: ValueModel): boolean {
  switch (model.kind) {
    case "boolean":
      return typeof value === "boolean";
    case "number": {
      if (typeof value !== "number" || !Number.isFinite(value)) return false;
      const [low, high] = model.range ?? [-Infinity, Infinity];
      return value >= low && value <= high;
    }
    case "string":
      return (
        typeof value === "string" &&
        value.length <= (model.maxLength ?? LIMITS.textLength) &&
        (model.values === undefined || model.values.includes(value))
      );
  }
}

export function wantedArg(model: ValueModel): string {
  switch (model.kind) {
    case "boolean":
      return "true or false";
    case "number": {
      const unit = model.unit === undefined || model.unit === "1" ? "" : ` ${model.unit}`;
      return model.range === undefined
        ? `a number${unit === "" ? "" : ` in${unit}`}`
        : `a number from ${model.range[0]} to ${model.range[1]}${unit}`;
    }
    case "string":
      return model.values === undefined
        ? `text of at most ${model.maxLength ?? LIMITS.textLength} characters`
        : `one of ${model.values.join(", ")}`;
  }
}

const argProblem = (name: string, value: unknown, arg: CommandArg): Refused | undefined =>
  fitsValue(value, arg)
    ? undefined
    : refuse("bad_argument", `argument "${name}" is ${show(value)}; expected ${wantedArg(arg)}`);
