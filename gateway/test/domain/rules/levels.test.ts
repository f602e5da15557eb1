import { describe, expect, it } from "vitest";
import { compileKettle, problemsOf } from "./sources.ts";

const levelled = (levels: string, more = ""): string => `product: kettle
rules:
  - id: too-hot
    kind: fault
    severity: urgent
    title: Too hot
    why: It matters.
    keyVersion: 3
${more}    levels:
${levels}
    playbook:
      - escalate: { next: Look at it. }
`;
const BOTH = `      watch: { when: temp > 90, for: 1m, title: Rather hot }
      act: { when: temp > 110, clear: temp < 80, keep: 5m, disproof: It cools. }`;

describe("a rule with levels", () => {
  it("is a watch and an act, each with its own test and times, and all else in common", () => {
    const [watch, act] = compileKettle(levelled(BOTH)).rules.map(({ rule }) => rule);
    const common = { kind: "fault", severity: "urgent", keyVersion: 3, why: "It matters." };
    expect(watch).toMatchObject({
      ...common,
      id: "too-hot-watch",
      level: "watch",
      title: "Rather hot",
      for: 60_000,
      keep: 0,
      playbook: [],
    });
    expect(act).toMatchObject({
      ...common,
      id: "too-hot",
      level: "act",
      title: "Too hot",
      disproof: "It cools.",
      for: 0,
      keep: 300_000,
      test: { type: "condition", when: "temp > 110", clear: "temp < 80" },
    });
    expect(act?.playbook).toHaveLength(1);
  });

  it("may have an act that is made of its watch", () => {
    const text = `      watch: { when: temp > 90 }
      act: { all: { rules: [too-hot-watch, leaks] } }`;
    const leaks =
      "rules:\n  - { id: leaks, kind: fault, level: watch, title: L, why: W, when: leak }\n";
    expect(problemsOf(levelled(text).replace("rules:\n", leaks))).toEqual([]);
  });

  it.each([
    [levelled(BOTH, "    when: temp > 100\n"), "9:5 `when` stands inside of each level"],
    [levelled(BOTH, "    level: act\n"), "9:5 `level` stands inside of each level"],
    [levelled(BOTH, "    for: 1m\n"), "9:5 `for` stands inside of each level"],
    [
      levelled("      watch: { when: temp > 90 }\n      act: { keep: 1m }"),
      'rule "too-hot" needs exactly one of',
    ],
    [
      levelled("      watch: { when: temp > }\n      act: { when: temp > 1 }"),
      "10:28 unexpected token",
    ],
    [levelled(BOTH).replaceAll("too-hot", "a".repeat(60)), "has at most 58 characters"],
  ])("is refused at its place when something is wrong (%#)", (text, message) => {
    expect(problemsOf(text).join("\n")).toContain(message);
  });
});
