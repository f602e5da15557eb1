import { expect, it } from "vitest";
import { compileRule, problemsOf, ruleText } from "./sources.ts";

const RULE = "multivariate: { signals: [temp, power], learnFor: 7d, memory: 5000, limit: 3 }";

it("a multivariate rule takes numbers and flags, and fills in what is not said", () => {
  const { rule } = compileRule(RULE.replace("power]", "power, boils_total, leak]"));
  expect(rule.test).toEqual({
    type: "multivariate",
    signals: ["temp", "power", "boils_total", "leak"],
    learnFor: 604_800_000,
    memory: 5_000,
    smooth: 4,
    limit: 3,
    inARow: 1,
    shrink: 0.05,
    freezeFor: 604_800_000,
    resolution: {},
  });
});

it("one resolution counts for all signals, and ranges have a margin", () => {
  const more = ", resolution: 0.1, ranges: { of: [temp] }, while: state == 'heating' }";
  expect(compileRule(RULE.replace(" }", more)).rule.test).toMatchObject({
    while: "state == 'heating'",
    resolution: { temp: 0.1, power: 0.1 },
    ranges: { of: ["temp"], given: [], margin: 0.05 },
  });
});

it.each([
  ["a text", "power]", "power, note]", 'multivariate needs numbers or flags: "note" is none'],
  ["a name that is not there", "power]", "powr]", '"powr" is none of the product\'s'],
  ["a signal twice", "power]", "temp]", '"temp" is there twice'],
  ["one signal only", "temp, power", "temp", "signals"],
  ["a limit that all is beyond", "limit: 3", "limit: 1", "limit"],
  ["a range of a signal outside", " }", ", ranges: { of: [leak] } }", '"leak" is not among'],
  ["a state of a signal outside", " }", ", ranges: { of: [temp], given: [leak] } }", "not among"],
  ["a resolution of one outside", " }", ", resolution: { leak: 1 } }", '"leak" is not among'],
  ["a condition that is wrong", " }", ", while: temp > 'x' }", "temp"],
])("a multivariate rule with %s is refused where it stands", (_, part, instead, message) => {
  const problems = problemsOf(ruleText(RULE.replace(part, instead)));
  expect(problems.join("\n")).toContain(message);
});
