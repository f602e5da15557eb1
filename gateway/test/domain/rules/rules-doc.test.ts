import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FUNCTION_NAMES } from "#domain/rules/cel-functions.ts";
import { compileRuleset } from "#domain/rules/compile.ts";
import { knownKeys, ruleFileJsonSchema, TEST_KEYS } from "#domain/rules/rule-schema.ts";
import { filesOf, GATEWAY, problemsOf } from "./sources.ts";

const doc = readFileSync(join(GATEWAY, "../docs/rules.md"), "utf8");
const schema = ruleFileJsonSchema();

it("docs/rules.md describes every key of a rule and of its tests", () => {
  const rule = knownKeys(schema, ["rules", 0]);
  const inside = TEST_KEYS.flatMap((key) => knownKeys(schema, ["rules", 0, key]));
  expect(rule.length).toBeGreaterThan(15);
  expect(inside.length).toBeGreaterThan(10);
  const step = knownKeys(schema, ["rules", 0, "playbook", 0]);
  const parts = ["verify", "perDevice", "undo", "next", "wait"].flatMap((key) =>
    knownKeys(schema, ["rules", 0, "playbook", 0, key]),
  );
  expect(step.length).toBeGreaterThan(14);
  expect(parts.length).toBeGreaterThan(14);
  const missing = [...rule, ...inside, ...step, ...parts].filter(
    (key) => !new RegExp(`\\b${key}\\b`).test(doc),
  );
  expect(missing).toEqual([]);
});

it("docs/rules.md describes every function of conditions", () => {
  expect(FUNCTION_NAMES.filter((name) => !doc.includes(name))).toEqual([]);
});

it("the example in docs/rules.md has the form of a rule file", () => {
  const example = /```yaml\n(# yaml-language[\s\S]*?)```/.exec(doc)?.[1] ?? "";
  expect(problemsOf(example)).toEqual([expect.stringContaining('no product "espresso-pro"')]);
});

it("the playbook in docs/rules.md is right for the heat pump", () => {
  const steps = /```yaml\n(playbook:[\s\S]*?)```/.exec(doc)?.[1] ?? "";
  const rule = "id: a\nkind: fault\ntitle: A\nwhy: w\nwhen: ice_index > 80\n";
  const text = `product: heat-pump\nrules:\n  - ${`${rule}${steps}`.trim().replaceAll("\n", "\n    ")}\n`;
  const products = filesOf(join(GATEWAY, "../firmware-contracts/products"));
  const compiled = compileRuleset({ products, rules: [{ path: "doc.yaml", text }], hash: "doc" });
  expect(compiled.ok ? [] : compiled.problems).toEqual([]);
  expect(compiled.ok && compiled.ruleset.products.get("heat-pump")?.rules[0]?.steps.length).toBe(6);
});
