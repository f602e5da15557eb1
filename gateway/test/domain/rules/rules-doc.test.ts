import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FUNCTION_NAMES } from "#domain/rules/cel-functions.ts";
import { knownKeys, ruleFileJsonSchema, TEST_KEYS } from "#domain/rules/rule-schema.ts";
import { GATEWAY, problemsOf } from "./sources.ts";

const doc = readFileSync(join(GATEWAY, "../docs/rules.md"), "utf8");
const schema = ruleFileJsonSchema();

it("docs/rules.md describes every key of a rule and of its tests", () => {
  const rule = knownKeys(schema, ["rules", 0]);
  const inside = TEST_KEYS.flatMap((key) => knownKeys(schema, ["rules", 0, key]));
  expect(rule.length).toBeGreaterThan(15);
  expect(inside.length).toBeGreaterThan(10);
  const missing = [...rule, ...inside].filter((key) => !new RegExp(`\\b${key}\\b`).test(doc));
  expect(missing).toEqual([]);
});

it("docs/rules.md describes every function of conditions", () => {
  expect(FUNCTION_NAMES.filter((name) => !doc.includes(name))).toEqual([]);
});

it("the example in docs/rules.md has the form of a rule file", () => {
  const example = /```yaml\n(# yaml-language[\s\S]*?)```/.exec(doc)?.[1] ?? "";
  expect(problemsOf(example)).toEqual([expect.stringContaining('no product "espresso-pro"')]);
});
