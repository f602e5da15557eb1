import { describe, expect, it } from "vitest";
import type { CasePage } from "../../src/gateway-views.ts";
import { judge } from "../../src/scenario/judge.ts";
import { parseScenario } from "../../src/scenario/scenario.ts";
import type { Seen } from "../../src/scenario/seen.ts";
import { does, spanText } from "../../src/scenario/seen.ts";
import { casePage, devicePage, fixItem, problemPage, seen } from "../support/cases.ts";

const text = (expectation: string): string => `
scenario: Test
start: 2026-03-02T06:00:00Z
given: { devices: [{ id: esp-1, product: espresso-pro }, { id: bad, product: espresso-pro, count: 2 }] }
until: 6h
expect: [${expectation}]
`;

const judged = (expectation: string, given: Seen): readonly (string | undefined)[] =>
  judge(parseScenario("test.yaml", text(expectation)), given).map(({ failure }) => failure);

const ABOUT = "device: esp-1, rule: boiler-overheats";
const CASE = `case: { ${ABOUT} }`;
const FIX = "product: espresso-pro, rule: boiler-overheats, what: set_heater";
const earlier = casePage({
  id: "c-0",
  openedAt: "2026-03-02T06:30:00.000Z",
  status: "open",
  stage: "escalated",
  resolution: null,
});
const held: CasePage["actions"] = casePage().actions.map((one) => ({ ...one, held: "held" }));
const NOW = seen({
  cases: [earlier, casePage({ actions: held, problem: "p-1", callback: true })],
  problems: [problemPage()],
  fixes: [fixItem()],
  devices: new Map([["esp-1", devicePage()]]),
  value: new Map([["espresso-pro/boiler-overheats", { verdicts: { falseAlarm: 1 } }]]),
  answers: [
    {
      device: "esp-1",
      atMs: Date.UTC(2026, 2, 2, 8, 2),
      id: "a-1",
      name: "set_heater",
      state: "succeeded",
    },
    {
      device: "esp-1",
      atMs: Date.UTC(2026, 2, 2, 8, 3),
      id: "a-1",
      name: "set_heater",
      state: "duplicate",
      was: "succeeded",
    },
  ],
  commands: [
    {
      device: "esp-1",
      id: "a-1",
      what: 'set_heater {"enabled":false}',
      states: ["waiting", "succeeded"],
      seenMs: [Date.UTC(2026, 2, 2, 6, 30), Date.UTC(2026, 2, 2, 8)],
    },
  ],
});

describe("what a scenario can ask of the gateway", () => {
  it.each([
    `{ cases: { device: esp-1, count: 2 } }`,
    `{ cases: { device: esp-1, rule: valve-leaks, count: 0 } }`,
    `{ state: { ${ABOUT}, status: resolved, resolution: fixed, stage: done, inProblem: true, callback: true, verdict: none } }`,
    `{ action: { ${ABOUT}, what: set_heater, state: succeeded, proof: proved, held: held } }`,
    `{ timeline: { ${CASE}, contains: [opened, "proved: cool", resolved], lacks: [escalated] } }`,
    `{ problem: { rule: boiler-overheats, attribute: firmware, value: 2.5.0, status: open, children: 2, openCases: 1 } }`,
    `{ timeline: { problem: { rule: boiler-overheats }, contains: [problem_opened] } }`,
    "{ noProblem: { rule: valve-leaks } }",
    "{ command: { device: esp-1, name: set_heater, state: succeeded, states: [waiting, succeeded], answers: [succeeded, duplicate succeeded] } }",
    "{ command: { device: esp-1, name: restart, state: waiting, answers: [] } }",
    "{ noCommand: { device: esp-1, name: reset_heater } }",
    "{ noCommand: { device: esp-1, to: 1h } }",
    "{ noCommand: { device: bad } }",
    "{ setting: { device: esp-1, name: setpoint, value: 90, wanted: 98 } }",
    `{ fixes: { ${FIX}, tried: 3, held: 2, failed: 1, withdrawn: false } }`,
    "{ value: { product: espresso-pro, rule: boiler-overheats, is: { verdicts.falseAlarm: 1 } } }",
  ])("%s is met", (expectation) => {
    expect(judged(expectation, NOW).filter((failure) => failure !== undefined)).toEqual([]);
  });

  it.each([
    [`{ cases: { device: esp-1, count: 1 } }`, /it has 2: boiler-overheats of .*\(open\)/],
    [
      `{ state: { ${ABOUT}, resolution: none } }`,
      /resolution is "fixed", expected "none"\nthe case is/,
    ],
    [`{ state: { device: esp-1, rule: valve-leaks, status: open } }`, /there is no such case/],
    [`{ action: { ${ABOUT}, what: set_heater, held: did_not_hold } }`, /held is "held"/],
    [`{ action: { ${ABOUT}, what: heater } }`, /it has only set_heater/],
    [
      `{ timeline: { ${CASE}, contains: [resolved, opened] } }`,
      /"opened" is not there after line 3/,
    ],
    [`{ timeline: { ${CASE}, contains: ["proved: hot"] } }`, /"proved: hot" is not there\n/],
    [`{ timeline: { ${CASE}, lacks: [proved] } }`, /"proved" must not be there/],
    [`{ problem: { rule: boiler-overheats, children: 8 } }`, /children is 2, expected 8\n6 of 8/],
    [
      "{ problem: { rule: boiler-overheats, value: 2.5.1 } }",
      /only boiler-overheats firmware 2.5.0/,
    ],
    ["{ noProblem: {} }", /6 of 8 devices/],
    [
      "{ command: { device: esp-1, name: restart, state: delivered } }",
      /it is waiting \(offline\)/,
    ],
    ["{ command: { device: esp-1, name: set_heater, states: [delivered] } }", /were waiting, succ/],
    ["{ command: { device: esp-1, name: set_heater, answers: [] } }", /succeeded, duplicate succ/],
    ["{ command: { device: bad-1, name: restart, state: waiting } }", /there is no such command/],
    [
      "{ noCommand: { device: esp-1, name: set_heater } }",
      /arrived at .*is said to be waiting, succeeded/,
    ],
    [
      "{ setting: { device: esp-1, name: setpoint, value: 98 } }",
      /value is 90.*version 4, reported 4/,
    ],
    [`{ fixes: { ${FIX}, held: 3 } }`, /held is 2, expected 3/],
    [`{ fixes: { ${FIX.replace("set_heater", "restart")}, held: 3 } }`, /there is no such fix/],
    [
      "{ targets: { device: esp-1, rule: boiler-overheats, level: gold } }",
      /is there a service file/,
    ],
    [
      "{ value: { product: espresso-pro, rule: boiler-overheats, is: { verdicts.no: 1 } } }",
      /"nothing"/,
    ],
  ])("%s is not met, and it says what was seen", (expectation, found) => {
    expect(judged(expectation, NOW)[0]).toMatch(found);
  });

  it("judges by what was seen then, not by the end", () => {
    const then = seen({ cases: [earlier] }).end;
    const given = { ...NOW, at: new Map([[3_600_000, then]]) };
    const state = `{ state: { ${ABOUT}, at: 1h, status: open, stage: escalated, resolution: none } }`;
    expect(judged(state, given)).toEqual([undefined]);
    expect(() => judged(state, NOW)).toThrow(/nobody looked 3600000 ms after the start/);
  });

  it("says it of each device of a group", () => {
    expect(judged("{ cases: { device: bad, count: 1 } }", NOW)).toHaveLength(2);
    expect(judged("{ timeline: { case: { device: bad, rule: r } } }", NOW)).toHaveLength(2);
  });

  it("tells whether a target was met, warned of, or missed", () => {
    const target = {
      dueAt: "2026-03-02T10:00:00Z",
      warnAt: "2026-03-02T09:00:00Z",
      metAt: null,
      breachedAt: null,
    };
    const met = { ...target, metAt: "2026-03-02T09:10:00Z" };
    const late = { ...met, breachedAt: "2026-03-02T10:00:00Z" };
    const warning = {
      at: "2026-03-02T09:00:00Z",
      kind: "target_warning",
      by: "gateway",
      reason: "",
    };
    const judgedTargets = (
      firstResponse: typeof met | typeof target,
      timeline: CasePage["timeline"],
    ) => {
      const targets = { level: "gold", team: "", firstResponse, solution: late };
      const given = seen({ cases: [casePage({ targets, timeline })] });
      const wanted = `{ targets: { ${ABOUT}, firstResponse: open, solution: breached } }`;
      return judged(wanted, given)[0];
    };
    expect(judgedTargets(target, [])).toBeUndefined();
    expect(judgedTargets(target, [warning])).toMatch(/firstResponse is "warned"/);
    expect(judgedTargets(met, [])).toMatch(/firstResponse is "met"/);
  });
});

describe("words of a scenario's report", () => {
  it("spans are short", () => {
    expect([0, 90_000, 93_600_000].map(spanText)).toEqual(["0s", "1m 30s", "1d 2h"]);
  });

  it("a step does what is asked only by whole words", () => {
    expect(does('set_heater {"enabled":false}', "set_heater")).toBe(true);
    expect(does("reset_heater", "set_heater")).toBe(false);
    expect(does("Please fill the tank", "fill the tank")).toBe(true);
  });
});
