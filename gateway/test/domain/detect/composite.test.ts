import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Detector, DetectorInput, Verdict } from "#domain/detect/detector.ts";
import type { OtherAlert } from "#domain/detect/others.ts";
import { compileKettle, problemsOf } from "../rules/sources.ts";
import { facts, T0 } from "./inputs.ts";

const HOUR = 3_600_000;
const rulesText = (composite: string): string => `product: kettle
rules:
  - { id: hot, kind: fault, level: watch, title: Hot, why: It matters., when: temp > 90 }
  - { id: dry, kind: fault, level: watch, title: Dry, why: It matters., event: { code: dry } }
  - { id: leaks, kind: fault, level: watch, title: Leaks, why: It matters., when: leak }
  - { id: both, kind: fault, level: watch, title: Both, why: It matters., ${composite} }
`;
function detectorOf(composite: string): Detector {
  const found = compileKettle(rulesText(composite)).rules.find(({ rule }) => rule.id === "both");
  if (found === undefined) throw new Error("no composite");
  return found.detector;
}

type Alerts = Readonly<Record<string, Partial<OtherAlert> | undefined>>;
const ON = { active: true };
const OFF = { active: false };
const UNKNOWN = { active: false, unknown: true };

const view = (alerts: Alerts) => ({
  get: (rule: string): OtherAlert | undefined => {
    const alert = alerts[rule];
    return alert === undefined
      ? undefined
      : { active: false, unknown: false, evidence: null, ...alert };
  },
});

const changed = (at: number, alerts: Alerts): DetectorInput => ({
  kind: "device",
  at: T0 + at,
  facts: facts(),
  alerts: view(alerts),
});

/** Runs changes of alerts; the deadlines in between come due. */
function run(detector: Detector, story: readonly (readonly [at: number, alerts: Alerts])[]) {
  let state = detector.start();
  let due: number | undefined;
  let alerts: Alerts = {};
  const verdicts: (readonly [at: number, verdict: Verdict])[] = [];
  const step = (input: DetectorInput) => {
    const done = detector.step(state, input, false);
    state = done.state;
    due = done.deadline;
    verdicts.push([input.at - T0, done.verdict]);
  };
  for (const [at, next] of [...story, [Number.MAX_SAFE_INTEGER - T0, {}] as const]) {
    while (due !== undefined && due < T0 + at) {
      const then = due;
      step({
        kind: "deadline",
        at: then,
        deviceAt: then,
        facts: facts(),
        view: { at: then, get: () => undefined },
        alerts: view(alerts),
      });
    }
    if (at > 1e12) break;
    alerts = next;
    step(changed(at, next));
  }
  return verdicts.map(([at, { kind }]) => `${at / HOUR} ${kind}`);
}

describe("all of some rules", () => {
  const all = detectorOf("all: { rules: [hot, dry], within: 24h }");

  it("is a breach as long as each was active within the window", () => {
    expect(
      run(all, [
        [0, { hot: ON }],
        [1 * HOUR, { hot: OFF, dry: OFF }],
        [20 * HOUR, { hot: OFF, dry: ON }],
        [21 * HOUR, { hot: OFF, dry: OFF }],
      ]),
    ).toEqual([
      "0 ok",
      "1 ok",
      "20 breach",
      "21 breach",
      `${25 + 1 / HOUR} ok`,
      `${45 + 1 / HOUR} ok`,
    ]);
  });

  it("is none when one ended before the window of the other", () => {
    const kinds = run(all, [
      [0, { hot: ON }],
      [1 * HOUR, { hot: OFF, dry: OFF }],
      [26 * HOUR, { hot: OFF, dry: ON }],
    ]);
    expect(kinds.join()).not.toContain("breach");
  });

  it("without a window asks for all at the same time", () => {
    const now = detectorOf("all: { rules: [hot, dry] }");
    expect(
      run(now, [
        [0, { hot: ON, dry: OFF }],
        [HOUR, { hot: OFF, dry: ON }],
        [2 * HOUR, { hot: ON, dry: ON }],
        [3 * HOUR, { hot: ON, dry: OFF }],
      ]),
    ).toEqual(["0 ok", "1 ok", "2 breach", "3 ok"]);
  });

  it.each([
    [ON, UNKNOWN, "unknown"],
    [OFF, UNKNOWN, "ok"],
    [UNKNOWN, OFF, "ok"],
    [UNKNOWN, UNKNOWN, "unknown"],
    [ON, undefined, "ok"],
    [{ active: true, unknown: true }, ON, "unknown"],
  ])("with %j and %j is %s", (hot, dry, kind) => {
    const now = detectorOf("all: { rules: [hot, dry] }");
    expect(run(now, [[0, { hot, dry }]])).toEqual([`0 ${kind}`]);
  });

  it.each([
    [ON, "breach"],
    [OFF, "ok"],
    [UNKNOWN, "breach"],
    [undefined, "breach"],
  ])("lets a rule of whereKnown that is %j make it %s", (hot, kind) => {
    const known = detectorOf("all: { rules: [dry], whereKnown: [hot] }");
    expect(run(known, [[0, { hot, dry: ON }]])).toEqual([`0 ${kind}`]);
    expect(run(known, [[0, { hot: ON, dry: OFF }]])).toEqual(["0 ok"]);
  });

  it("keeps no alert young for ever when the device's clock is set back", () => {
    const first = all.step(all.start(), changed(50 * HOUR, { hot: ON, dry: ON }), false);
    const back = all.step(first.state, changed(0, { hot: OFF, dry: OFF }), true);
    expect(back.verdict.kind).toBe("breach");
    expect(back.deadline).toBe(T0 + 24 * HOUR + 1);
  });
});

describe("any of some rules", () => {
  const any = detectorOf("any: { rules: [hot, dry] }");
  it.each([
    [OFF, OFF, "ok"],
    [ON, UNKNOWN, "breach"],
    [OFF, UNKNOWN, "unknown"],
    [undefined, OFF, "ok"],
  ])("with %j and %j is %s", (hot, dry, kind) => {
    expect(run(any, [[0, { hot, dry }]])).toEqual([`0 ${kind}`]);
  });

  it("counts how many, if asked to", () => {
    const two = detectorOf("any: { rules: [hot, dry, leaks], atLeast: 2, within: 1h }");
    expect(
      run(two, [
        [0, { hot: ON }],
        [0.1 * HOUR, { hot: OFF, leaks: OFF }],
        [0.5 * HOUR, { hot: OFF, leaks: ON }],
        [0.6 * HOUR, { hot: OFF, leaks: OFF }],
      ]).map((line) => line.split(" ")[1]),
    ).toEqual(["ok", "ok", "breach", "breach", "ok", "ok"]);
  });
});

describe("the explanation of a rule made of rules", () => {
  it("tells what each of them saw", () => {
    const detector = detectorOf("all: { rules: [hot, dry], within: 24h }");
    const evidence = {
      observed: "temp 99 °C",
      expected: "",
      onsetAt: T0,
      detectedAt: T0,
      signals: ["temp"],
      limits: [{ signal: "temp", op: ">", value: 90 }],
      values: { temp: 99 },
      disproof: "it cools",
      sure: "high: so",
    } as const;
    let { state } = detector.step(detector.start(), changed(0, { dry: ON }), false);
    ({ state } = detector.step(state, changed(1_000, { dry: OFF }), false));
    const input = changed(2 * HOUR + 1_000, { dry: OFF, hot: { active: true, evidence } });
    ({ state } = detector.step(state, input, false));
    expect(detector.explain(state, input)).toEqual({
      observed: "hot: temp 99 °C; dry: seen until 2 h ago",
      expected: "not all of hot, dry within 1 d",
      signals: ["temp"],
      limits: evidence.limits,
      values: { temp: 99 },
      disproof: "it cools",
      sure: "high: 2 findings agree",
    });
  });
});

describe("a rule made of rules that is wrong", () => {
  it.each([
    ["all: { rules: [hot, cold] }", 'there is no rule "cold"'],
    ["all: { rules: [hot, both] }", 'rule "both" must stand before "both", which is made of it'],
    ["all: { rules: [hot, hot] }", 'rule "hot" is named twice'],
    ["all: { rules: [hot] }", "one rule alone is no `all`"],
    ["all: { rules: [hot], whereKnown: [hut] }", 'there is no rule "hut"; did you mean "hot"'],
    ["any: { rules: [hot, dry], atLeast: 2 }", "2 of 2 rules are all of them: use `all`"],
  ])("%s is refused with what would be right", (text, message) => {
    expect(problemsOf(rulesText(text)).join("\n")).toContain(message);
  });
});

const someAlert = fc.constantFrom<Partial<OtherAlert> | undefined>(ON, OFF, UNKNOWN, undefined);
const story = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 30 }), hot: someAlert, dry: someAlert }),
  { maxLength: 40 },
);

describe("for any story of alerts a rule made of rules", () => {
  const all = detectorOf("all: { rules: [hot, dry], within: 12h }");
  const any = detectorOf("any: { rules: [hot, dry] }");

  it("decides the same after its state was written down and read back", () => {
    fc.assert(
      fc.property(story, (steps) => {
        let state = all.start();
        let at = 0;
        for (const { gap, hot, dry } of steps) {
          at += gap * HOUR;
          const input = changed(at, { hot, dry });
          const step = all.step(state, input, false);
          const stored: unknown = JSON.parse(JSON.stringify(state));
          expect(all.step(stored, input, false)).toEqual(step);
          state = step.state;
        }
      }),
      { numRuns: 50 },
    );
  });

  it("is never a breach without one of its rules having been active", () => {
    fc.assert(
      fc.property(story, (steps) => {
        let state = any.start();
        let at = 0;
        for (const { gap, hot, dry } of steps) {
          at += gap * HOUR;
          const { verdict, state: next } = any.step(state, changed(at, { hot, dry }), false);
          state = next;
          const active = [hot, dry].some((one) => one?.active === true && one.unknown !== true);
          expect(verdict.kind === "breach").toBe(active);
        }
      }),
      { numRuns: 50 },
    );
  });
});
