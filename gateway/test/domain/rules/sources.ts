import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProductModel } from "@voorzorg/firmware-contracts";
import { parseProduct } from "@voorzorg/firmware-contracts";
import type { SignalView } from "#domain/detect/detector.ts";
import type { SourceFile } from "#domain/record.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import type { CompiledProduct, CompiledRule } from "#domain/rules/ruleset.ts";

/** A small product with a signal of each kind, two events and a command of each sort. */
export const KETTLE: SourceFile = {
  path: "kettle.yaml",
  text: `id: kettle
title: Kettle
version: 1
expectedPeriod: 30s
signals:
  temp: { kind: gauge, title: Temperature, unit: Cel, range: [0, 200] }
  power: { kind: gauge, title: Power, unit: W }
  boils_total: { kind: counter, title: Boils, unit: "1" }
  state: { kind: state, title: State, values: ["off", heating, idle] }
  leak: { kind: flag, title: Leak }
  note: { kind: text, title: Note }
events:
  dry: { number: 1, title: Switched on without water, severity: warning }
  filled: { number: 2, title: Filled, severity: info }
commands:
  switch_off: { number: 1, title: Switch off }
  set_limit:
    number: 2
    title: Limit
    args: { watts: { kind: number, unit: W, range: [0, 2000] } }
  boil: { number: 3, title: Boil now, needsConsent: true }
  show: { number: 4, title: Show, args: { text: { kind: string, maxLength: 40 } } }
use: { title: Boils, unit: "1", counter: boils_total }
adviceCommand: show
`,
};

function modelOf(file: SourceFile): ProductModel {
  const parsed = parseProduct(file.path, file.text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.model;
}

export const kettle = modelOf(KETTLE);

export type Values = Readonly<Record<string, number | string | boolean | undefined>>;

export const viewOf = (values: Values, at = 0): SignalView => ({ at, get: (name) => values[name] });

/** One rule around its test, on the kettle. */
export const ruleText = (test: string, more = ""): string => `product: kettle
rules:
  - id: the-rule
    kind: fault
    title: Something is wrong
    why: It matters.
${indented(test)}
${indented(more)}
    playbook:
      - escalate: { next: Look at it. }
`;

const indented = (text: string): string =>
  text
    .split("\n")
    .map((line) => (line.trim() === "" ? "" : `    ${line}`))
    .join("\n");

export function compileKettle(text: string, product = KETTLE): CompiledProduct {
  const rules = [{ path: "rules.yaml", text }];
  const result = compileRuleset({ products: [product], rules, hash: "test" });
  if (!result.ok) throw new Error(result.problems.map(({ message }) => message).join("\n"));
  const compiled = result.ruleset.products.get("kettle");
  if (compiled === undefined) throw new Error("no kettle");
  return compiled;
}

export function compileRule(test: string, more = "", product = KETTLE): CompiledRule {
  const [rule] = compileKettle(ruleText(test, more), product).rules;
  if (rule === undefined) throw new Error("no rule");
  return rule;
}

/** Problems as `line:column message`. */
export function problemsOf(text: string): readonly string[] {
  const rules = [{ path: "rules.yaml", text }];
  const result = compileRuleset({ products: [KETTLE], rules, hash: "test" });
  if (result.ok) return [];
  return result.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

export const GATEWAY = join(import.meta.dirname, "../../..");

export const filesOf = (folder: string): readonly SourceFile[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .map((name) => ({ path: name, text: readFileSync(join(folder, name), "utf8") }));
