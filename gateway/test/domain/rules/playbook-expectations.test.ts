import { describe, expect, it } from "vitest";
import { compileRuleset } from "#domain/rules/compile.ts";
import { parseRuleTests } from "#domain/rules/rule-tests.ts";
import { runRuleTest } from "#pipeline/rules-test/run-rule-tests.ts";
import { KETTLE } from "./sources.ts";

const RULES = `product: kettle
rules:
  - id: hot
    kind: fault
    title: Too hot
    why: w
    when: temp > 100
    keep: 1m
    playbook:
      - command: { name: switch_off }
        verify: { when: temp < 60, within: 10m }
      - command: { name: set_limit, args: { watts: 100 } }
        verify: { when: temp < 60, within: 10m }
      - escalate: { next: Call. }
`;
const compiled = compileRuleset({
  products: [KETTLE],
  rules: [{ path: "r.yaml", text: RULES }],
  hash: "h",
});
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const { ruleset } = compiled;

const source = (expected: string, given = "", cool = 50) => `product: kettle
tests:
  - name: the playbook
${given === "" ? "" : `    given: ${given}\n`}    input:
      - { every: 30s, until: 1m, set: { temp: 120, state: heating } }
      - { every: 30s, until: 30m, set: { temp: ${cool}, state: idle } }
    expect:
      - ${expected}
`;

function failures(text: string): readonly string[] {
  const parsed = parseRuleTests("r.test.yaml", text, ruleset);
  if (!parsed.ok) return parsed.problems.map(({ message }) => message);
  return parsed.tests.flatMap((test) => runRuleTest(test, ruleset).failures.map((f) => f.message));
}

describe("a rule test may say what the playbook does", () => {
  it.each([
    [
      "the device obeys and is cured",
      "{ at: 20m, rule: hot, steps: [switch_off], escalated: false, resolved: fixed }",
      "",
    ],
    [
      "the device refuses",
      "{ at: 10m, rule: hot, steps: [switch_off, set_limit], phase: inactive }",
      "{ answers: { switch_off: rejected } }",
    ],
    [
      "nothing helps",
      "{ at: 30m, rule: hot, steps: [switch_off, set_limit], escalated: true, resolved: false }",
      "{ answers: { switch_off: rejected, set_limit: failed } }",
      110,
    ],
    ["it was open before", "{ at: 1m, rule: hot, steps: [switch_off], resolved: false }", ""],
  ] as const)("%s", (_name, expected, given, cool: number = 50) => {
    expect(failures(source(expected, given, cool))).toEqual([]);
  });

  it.each([
    [
      "{ at: 20m, rule: hot, steps: [set_limit] }",
      "should have begun set_limit, but began switch_off",
    ],
    ["{ at: 20m, rule: hot, steps: [] }", "should have begun no step, but began switch_off"],
    [
      "{ at: 20m, rule: hot, escalated: true }",
      "should have called a person, but the case is done",
    ],
    ["{ at: 20m, rule: hot, resolved: recovered }", "should be recovered, but fixed"],
    ["{ at: 0s, rule: hot, resolved: fixed }", "should be fixed, but there is none"],
    ["{ at: 20m, rule: hot }", "at least one of phase, steps, escalated, resolved"],
    [
      "{ at: 20m, rule: hot, steps: [swich_off] }",
      'no step "swich_off"; did you mean "switch_off"?',
    ],
  ])("%s that is otherwise fails the test and says how", (expected, message) => {
    expect(failures(source(expected)).join("\n")).toContain(message);
  });

  it("and refuses an answer to a command that is not there", () => {
    const text = source("{ at: 20m, rule: hot, steps: [] }", "{ answers: { swich_off: failed } }");
    expect(failures(text).join("\n")).toContain('did you mean "switch_off"?');
  });
});
