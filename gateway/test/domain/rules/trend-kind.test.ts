import { expect, it } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import { compileRule, problemsOf, ruleText } from "./sources.ts";

const RULE = "trend: { of: temp, fallsTo: 0, within: 14d, over: 30d }";

it("a trend rule takes a calculation or an index, and a thirtieth of its memory as period", () => {
  const more = ", where: state == 'idle', clearCode: filled }";
  expect(compileRule(RULE.replace(" }", more)).rule.test).toEqual({
    type: "trend",
    of: "temp",
    limit: 0,
    direction: "falling",
    within: 14 * DAY_MS,
    over: 30 * DAY_MS,
    period: DAY_MS,
    where: "state == 'idle'",
    clearCode: "filled",
  });
  const index =
    "trend: { index: { rising: [temp], learnFor: 7d }, risesTo: 2, within: 9d, over: 9d, period: 1d }";
  expect(compileRule(index).rule.test).toMatchObject({
    index: { rising: ["temp"], falling: [], learnFor: 7 * DAY_MS },
    limit: 2,
    direction: "rising",
    period: DAY_MS,
  });
});

it("a trend rule listens to the signals of its calculation and to its clearing event", () => {
  const { detector } = compileRule(
    RULE.replace("of: temp", "of: temp - power * 2").replace(" }", ", clearCode: filled }"),
  );
  expect(detector.wants).toEqual({ signals: ["temp", "power"], events: ["filled"], device: false });
});

it.each([
  ["both limits", "fallsTo: 0", "fallsTo: 0, risesTo: 9", "exactly one of risesTo, fallsTo"],
  ["no limit", "fallsTo: 0, ", "", "exactly one of risesTo, fallsTo"],
  ["neither quantity nor index", "of: temp, ", "", "exactly one of of, index"],
  ["a condition for a quantity", "of: temp", "of: temp > 5", "must give a number, this is a bool"],
  ["a text for a quantity", "of: temp", "of: note", "must give a number, this is a string"],
  ["a quantity that never changes", "of: temp", "of: 1 + 2", "the calculation names no signal"],
  ["a signal that is not there", "of: temp", "of: tmp", 'no signal "tmp"'],
  [
    "a quantity of endless length",
    "of: temp",
    `of: "${"temp + ".repeat(400)}temp"`,
    "at most 2000",
  ],
  [
    "a horizon beyond its memory",
    "within: 14d",
    "within: 60d",
    "at most 30 d: nobody sees farther ahead",
  ],
  ["too many periods", " }", ", period: 1h }", "must be 1 d to 3.75 d: 8 to 30"],
  ["too few periods", " }", ", period: 10d }", "must be 1 d to 3.75 d: 8 to 30"],
  ["a condition that is wrong", " }", ", where: tmp > 1 }", 'no signal "tmp"'],
  ["an event that is not there", " }", ", clearCode: fild }", 'no event "fild"'],
  ["an empty index", "of: temp", "index: { learnFor: 7d }", "needs a signal that rises or falls"],
  ["a text in its index", "of: temp", "index: { rising: [note], learnFor: 7d }", "needs a number"],
  [
    "one signal both ways",
    "of: temp",
    "index: { rising: [temp], falling: [temp], learnFor: 7d }",
    '"temp" rises already',
  ],
])("a trend rule with %s is refused where it stands", (_, part, instead, message) => {
  expect(problemsOf(ruleText(RULE.replace(part, instead))).join("\n")).toContain(message);
});
