import { describe, expect, it } from "vitest";
import { limitsOf } from "../src/limits.ts";

const rules = (when: string): string =>
  `product: boiler\nrules:\n  - id: hot\n    title: Too hot\n    when: ${when}\n`;

describe("limits that charts draw", () => {
  it("come from a condition that compares one signal with one constant", () => {
    expect(limitsOf(rules("temp > 125 && state != 'off'"))).toEqual({
      product: "boiler",
      limits: [
        {
          signal: "temp",
          value: 125,
          above: true,
          rule: "hot",
          title: "Too hot",
          level: "act",
          severity: "normal",
          condition: "temp > 125 && state != 'off'",
        },
      ],
    });
  });

  it.each([
    ["pressure <= -0.8", "pressure", -0.8, false],
    ["wear >= 95.0", "wear", 95, true],
  ])("%s", (when, signal, value, above) => {
    expect(limitsOf(rules(when)).limits).toMatchObject([{ signal, value, above }]);
  });

  it.each([
    ["two comparisons together", "current > 0.35 && flow < 23"],
    ["another signal", "flow < target"],
    ["a calculation", "fan > 300 * 2"],
    ["a flag", "leak"],
    ["a text", "state == 'error'"],
  ])("do not come from %s", (_what, when) => {
    expect(limitsOf(rules(when)).limits).toEqual([]);
  });

  it("come from both levels of a rule", () => {
    const text = `product: bike
rules:
  - id: brakes-worn
    severity: urgent
    levels:
      watch: { when: wear > 80, title: Soon worn }
      act: { when: wear > 95 }
    title: Worn
  - id: other
    stuck: { signal: wear }
`;
    expect(limitsOf(text).limits).toMatchObject([
      { value: 80, level: "watch", title: "Soon worn", severity: "urgent" },
      { value: 95, level: "act", title: "Worn" },
    ]);
  });
});
