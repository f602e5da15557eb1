import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileRuleset } from "#domain/rules/compile.ts";
import { ruleFileJsonSchema } from "#domain/rules/rule-schema.ts";
import { parseRuleTests } from "#domain/rules/rule-tests.ts";
import type { CompiledRuleset } from "#domain/rules/ruleset.ts";
import { runRuleTest } from "#pipeline/rules-test/run-rule-tests.ts";
import { filesOf, GATEWAY } from "./sources.ts";

const files = filesOf(join(GATEWAY, "rules"));
const compiled = compileRuleset({
  products: filesOf(join(GATEWAY, "../firmware-contracts/products")),
  rules: files.filter(({ path }) => !path.endsWith(".test.yaml")),
  hash: "shipped",
});
const ruleset: CompiledRuleset = compiled.ok ? compiled.ruleset : { hash: "", products: new Map() };
const tests = files
  .filter(({ path }) => path.endsWith(".test.yaml"))
  .map((file) => ({ file: file.path, parsed: parseRuleTests(file.path, file.text, ruleset) }));
const results = tests.flatMap(({ parsed }) =>
  parsed.ok
    ? parsed.tests.map((test) => ({ product: test.product, ...runRuleTest(test, ruleset) }))
    : [],
);

describe("the shipped rules", () => {
  it("are right for the shipped products", () => {
    expect(compiled.ok ? [] : compiled.problems).toEqual([]);
  });

  it.each([...ruleset.products.keys()])("of %s are at least five, of every kind", (product) => {
    const rules = ruleset.products.get(product)?.rules ?? [];
    expect(rules.length).toBeGreaterThanOrEqual(5);
    const kinds = new Set(rules.map(({ rule }) => rule.kind));
    expect([...kinds].sort()).toEqual(["fault", "misuse", "underuse"]);
  });

  it("have test files that can be read", () => {
    expect(tests.flatMap(({ parsed }) => (parsed.ok ? [] : parsed.problems))).toEqual([]);
    expect(tests.length).toBe(ruleset.products.size);
  });

  it.each(results)("of $product: $name", ({ failures }) => {
    expect(failures.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  it("are each made to fire by a test", () => {
    const fired = new Set(results.flatMap((r) => r.fired.map((rule) => `${r.product}/${rule}`)));
    const all = [...ruleset.products.values()].flatMap((product) =>
      product.rules.map(({ rule }) => `${rule.product}/${rule.id}`),
    );
    expect(all.filter((rule) => !fired.has(rule))).toEqual([]);
  });
});

describe("the JSON Schema of rule files", () => {
  it("is the generated one", () => {
    const text = readFileSync(join(GATEWAY, "generated/rule.schema.json"), "utf8");
    expect(JSON.parse(text)).toEqual(ruleFileJsonSchema());
  });
});
