import { expect, it } from "vitest";
import { compileRule, viewOf } from "../rules/sources.ts";

const RULE = "drift: { signals: [temp], learnFor: 200s, memory: 40, limit: 4, inARow: 3";

/** Repeatable noise in -0.5 … 0.5. */
const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};

/** 300 s at 30 Cel, then 26 Cel to the end; a second a sample. */
function verdicts(rule: string, samples: number): readonly string[] {
  const { detector } = compileRule(rule);
  let state = detector.start();
  let active = false;
  return Array.from({ length: samples }, (_, i) => {
    const at = i * 1_000;
    const view = viewOf({ temp: (i < 300 ? 30 : 26) + noise(i) }, at);
    const step = detector.step(state, { kind: "samples", at, now: at, view }, active);
    state = step.state;
    if (step.verdict.kind !== "unknown") active = step.verdict.kind === "breach";
    return step.verdict.kind;
  });
}

it("a drift rule takes a lasting change for the new normal after the freezing time", () => {
  const kinds = verdicts(`${RULE}, freezeFor: 100s }`, 800);
  const first = kinds.indexOf("breach");
  expect(kinds.slice(first, first + 100).every((kind) => kind === "breach")).toBe(true);
  expect(kinds.at(-1)).toBe("ok");
});

it("a drift rule without a freezing time never does", () => {
  expect(verdicts(`${RULE} }`, 3_000).at(-1)).toBe("breach");
});
