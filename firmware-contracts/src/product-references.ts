import type { ValueModel } from "./command-args.ts";
import { fitsValue, wantedArg } from "./command-args.ts";
import { RESERVED_NAMES } from "./product-schema.ts";
import { hint, show } from "./refusal.ts";

/** A problem at a path of the file; the caller adds line and column. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly spot?: "key" | "value";
}

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * What no schema sees: names that must exist, numbers that must differ, defaults that must fit.
 * Works on the raw file, so that these are found together with wrong types elsewhere.
 */
export function referenceFindings(file: unknown): readonly Finding[] {
  const product = fieldsOf(file);
  const names = namesOf(product);
  return [
    ...uniqueNumbers(product, "events"),
    ...uniqueNumbers(product, "commands"),
    ...uniqueInHeader(product, "events"),
    ...uniqueInHeader(product, "commands"),
    ...settingFindings(product),
    ...commandFindings(product, names),
    ...featureFindings(product, names),
    ...useFindings(product, names),
    ...adviceFindings(product),
  ];
}

interface Names {
  readonly signals: Fields;
  readonly events: Fields;
}

const namesOf = (product: Fields): Names => ({
  signals: fieldsOf(product.signals),
  events: fieldsOf(product.events),
});

function* uniqueNumbers(product: Fields, section: string): Generator<Finding> {
  const owners = new Map<number, string>();
  for (const [code, model] of Object.entries(fieldsOf(product[section]))) {
    const number = fieldsOf(model).number;
    if (typeof number !== "number") continue;
    const owner = owners.get(number);
    if (owner === undefined) {
      owners.set(number, code);
      continue;
    }
    const path = [section, code, "number"];
    yield {
      path,
      message: `${path.join(".")} is ${number}, as in ${section}.${owner}; expected a number of its own`,
    };
  }
}

/** Codes become macros in the C header, where case and `-` are lost. */
export const macroName = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, "_");

function* uniqueInHeader(product: Fields, section: string): Generator<Finding> {
  const owners = new Map<string, string>();
  for (const code of Object.keys(fieldsOf(product[section]))) {
    const owner = owners.get(macroName(code));
    if (owner === undefined) {
      owners.set(macroName(code), code);
      continue;
    }
    const path = [section, code];
    yield {
      path,
      spot: "key",
      message: `${path.join(".")} is ${macroName(code)} in the C header, as is ${section}.${owner}; expected codes that differ in more than case and punctuation`,
    };
  }
}

function* settingFindings(product: Fields): Generator<Finding> {
  for (const [name, model] of Object.entries(fieldsOf(product.settings))) {
    yield* valueFindings(["settings", name], fieldsOf(model));
  }
}

function* valueFindings(path: readonly string[], model: Fields): Generator<Finding> {
  const { kind } = model;
  const misplaced =
    kind === "number"
      ? ["values", "maxLength"]
      : kind === "string"
        ? ["unit", "range"]
        : kind === "boolean"
          ? ["unit", "range", "values", "maxLength"]
          : [];
  for (const key of misplaced) {
    if (model[key] === undefined) continue;
    yield {
      path: [...path, key],
      spot: "key",
      message: `${[...path, key].join(".")} is ${show(model[key])}; expected no ${key} for kind ${String(kind)}`,
    };
  }
  const value = model.default;
  if (value === undefined || !isValueModel(model) || fitsValue(value, model)) return;
  yield {
    path: [...path, "default"],
    message: `${[...path, "default"].join(".")} is ${show(value)}; expected ${wantedArg(model)}`,
  };
}

/** True when enough of the model is right to judge a value by it; the schema reports the rest. */
function isValueModel(model: Fields): model is Fields & ValueModel {
  const { kind, range, values, maxLength } = model;
  const isRange = Array.isArray(range) && range.length === 2 && range.every(Number.isFinite);
  return (
    (kind === "number" || kind === "string" || kind === "boolean") &&
    (range === undefined || isRange) &&
    (values === undefined || Array.isArray(values)) &&
    (maxLength === undefined || typeof maxLength === "number")
  );
}

function* commandFindings(product: Fields, names: Names): Generator<Finding> {
  for (const [code, model] of Object.entries(fieldsOf(product.commands))) {
    const command = fieldsOf(model);
    yield* celFindings(["commands", code, "safeWhen"], command.safeWhen, names);
    for (const [name, arg] of Object.entries(fieldsOf(command.args))) {
      yield* valueFindings(["commands", code, "args", name], fieldsOf(arg));
    }
  }
}

function* featureFindings(product: Fields, names: Names): Generator<Finding> {
  for (const [code, feature] of Object.entries(fieldsOf(product.features))) {
    const path = ["features", code, "usedBy"];
    const usedBy = fieldsOf(fieldsOf(feature).usedBy);
    yield* knownFindings([...path, "event"], usedBy.event, names.events);
    yield* celFindings([...path, "when"], usedBy.when, names);
  }
}

function* useFindings(product: Fields, names: Names): Generator<Finding> {
  const use = fieldsOf(product.use);
  yield* knownFindings(["use", "event"], use.event, names.events);
  yield* celFindings(["use", "when"], use.when, names);
  yield* celFindings(["use", "while"], use.while, names);
  const counters = Object.fromEntries(
    Object.entries(names.signals).filter(([, model]) => fieldsOf(model).kind === "counter"),
  );
  yield* knownFindings(["use", "counter"], use.counter, counters);
}

function* knownFindings(path: readonly string[], name: unknown, known: Fields): Generator<Finding> {
  if (typeof name !== "string" || Object.hasOwn(known, name)) return;
  const what = path.at(-1) === "counter" ? "a signal of kind counter" : "an event of this product";
  yield {
    path,
    message: `${path.join(".")} is ${show(name)}; expected ${what}${hint(name, Object.keys(known))}`,
  };
}

/**
 * Names in a condition must be signals. The gateway checks syntax and types when it loads the
 * file; this keeps a contract from naming what is not there.
 */
function* celFindings(path: readonly string[], text: unknown, names: Names): Generator<Finding> {
  if (typeof text !== "string") return;
  const code = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "''");
  const identifiers = code.matchAll(/(?<![\w.])[A-Za-z_]\w*(?!\w*\s*\()/g);
  for (const [name] of identifiers) {
    if (RESERVED_NAMES.has(name) || Object.hasOwn(names.signals, name)) continue;
    yield {
      path,
      message: `${path.join(".")} is ${show(text)}; ${show(name)} is no signal of this product${hint(name, Object.keys(names.signals))}`,
    };
  }
}

function* adviceFindings(product: Fields): Generator<Finding> {
  const name = product.adviceCommand;
  if (typeof name !== "string") return;
  const commands = fieldsOf(product.commands);
  const path = ["adviceCommand"];
  if (!Object.hasOwn(commands, name)) {
    yield {
      path,
      message: `adviceCommand is ${show(name)}; expected a command of this product${hint(name, Object.keys(commands))}`,
    };
    return;
  }
  const args = fieldsOf(fieldsOf(commands[name]).args);
  if (fieldsOf(args.text).kind !== "string") {
    yield {
      path,
      message: `adviceCommand is ${show(name)}, which has no argument text of kind string; expected a command that shows a text`,
    };
  }
  for (const [other, model] of Object.entries(args)) {
    const { required, default: preset } = fieldsOf(model);
    if (other === "text" || required === false || preset !== undefined) continue;
    yield {
      path,
      message: `adviceCommand is ${show(name)}, which also requires ${show(other)}; expected text alone to be enough`,
    };
  }
}
