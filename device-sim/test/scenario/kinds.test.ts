import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseScenario } from "../../src/scenario/scenario.ts";
import { scenarioFiles } from "../support/scenario-files.ts";

const folder = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const SCENARIOS = folder("../../scenarios/");
const RULES = folder("../../../gateway/rules/");

type Yaml = Readonly<Record<string, unknown>>;

/** Keys of a rule that say something else than how it sees its problem. */
const NO_TEST = new Set(
  "id kind severity level levels keyVersion title why disproof for keep clear reopenWithin playbook".split(
    " ",
  ),
);

const mapOf = (value: unknown): Yaml =>
  typeof value === "object" && value !== null ? (value as Yaml) : {};

/** E.g. `trend`, `usage.hardly`; `levels` for a rule that watches first and then acts. */
function kindsOf(rule: Yaml): readonly string[] {
  if (rule.levels !== undefined) return ["levels"];
  return Object.keys(rule)
    .filter((key) => !NO_TEST.has(key))
    .flatMap((key) =>
      key === "usage" ? Object.keys(mapOf(rule.usage)).map((member) => `usage.${member}`) : [key],
    );
}

/** Kind of rule to the shipped rules of that kind, as `product/id`. */
function shippedRules(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(RULES).filter((name) => /^[^.]+\.yaml$/.test(name));
  const pairs = files.flatMap((name) => {
    const file = mapOf(parse(readFileSync(join(RULES, name), "utf8")));
    return (file.rules as readonly Yaml[]).flatMap((rule) =>
      kindsOf(rule).map((kind) => [kind, `${file.product}/${rule.id}`] as const),
    );
  });
  const byKind = Map.groupBy(pairs, ([kind]) => kind);
  return new Map([...byKind].map(([kind, found]) => [kind, found.map(([, rule]) => rule)]));
}

/** Rules, as `product/id`, whose explanation a scenario reads. */
function explainedRules(): ReadonlySet<string> {
  const scenarios = scenarioFiles(SCENARIOS).map((name) =>
    parseScenario(name, readFileSync(join(SCENARIOS, name), "utf8")),
  );
  const rules = scenarios.flatMap(({ given, expect: expectations }) => {
    const products = new Map(given.devices.map(({ id, product }) => [id, product]));
    return expectations.flatMap((item) => {
      const found = "case" in item ? item.case : "alert" in item ? item.alert : undefined;
      if (found?.explains === undefined) return [];
      return [`${products.get(found.device)}/${found.rule}`];
    });
  });
  return new Set(rules);
}

describe("the shipped scenarios", () => {
  const explained = explainedRules();

  it.each([...shippedRules()])("show a rule of kind %s with its explanation", (_kind, rules) => {
    expect(rules.filter((rule) => explained.has(rule))).not.toEqual([]);
  });
});
