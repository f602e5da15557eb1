import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { AlertItem } from "../../src/gateway-views.ts";
import { AlertLog } from "../../src/scenario/alert-log.ts";
import { judge } from "../../src/scenario/judge.ts";
import { junitXml } from "../../src/scenario/junit.ts";
import { parseScenario } from "../../src/scenario/scenario.ts";
import { alertItem, casePage, seen } from "../support/cases.ts";
import { scenarioFiles } from "../support/scenario-files.ts";

const FOLDER = fileURLToPath(new URL("../../scenarios/", import.meta.url));

const text = (expectation: string): string => `
scenario: Test
start: 2026-03-02T06:00:00Z
given: { devices: [{ id: esp-1, product: espresso-pro }, { id: esp-2, product: espresso-pro }] }
when: [{ at: 2h, device: esp-1, trouble: heater_relay_stuck }]
until: 6h
expect: [${expectation}]
`;

const judged = (expectation: string, cases = [casePage()], alerts = [alertItem()]) =>
  judge(parseScenario("test.yaml", text(expectation)), seen({ cases, alerts })).map(
    ({ failure }) => failure,
  );

const ABOUT = "device: esp-1, rule: boiler-overheats";
const WATCH = "device: esp-1, rule: filter-soon-used-up";

describe("scenario files", () => {
  it.each(scenarioFiles(FOLDER))("%s is valid", (name) => {
    const scenario = parseScenario(name, readFileSync(join(FOLDER, name), "utf8"));
    expect(scenario.expect.length).toBeGreaterThan(0);
  });

  it.each([
    [
      "{ case: { device: esp-9, rule: r, within: 5m } }",
      /there is no device "esp-9"; given are esp-1/,
    ],
    ["{ case: { device: esp-1, rule: r, within: soon } }", /expect\.0/],
    ["{ noCases: { device: esp-1 } }", /expect\.0/],
  ])("%s is refused with its place", (expectation, problem) => {
    expect(() => parseScenario("test.yaml", text(expectation))).toThrow(problem);
  });

  it("an unknown trouble is refused with the list of those that are", () => {
    const wrong = text(`{ noCase: { device: esp-2 } }`).replace("heater_relay_stuck", "gremlins");
    expect(() => parseScenario("test.yaml", wrong)).toThrow(/no trouble "gremlins".*no_descaling/);
  });
});

describe("judging what the gateway made of a scenario", () => {
  it.each([
    `{ case: { ${ABOUT}, within: 3m } }`,
    `{ fix: { ${ABOUT}, command: set_heater, within: 15m } }`,
    `{ resolved: { ${ABOUT}, within: 30m } }`,
    "{ noCase: { device: esp-2 } }",
    "{ noCase: { device: esp-1, rule: valve-leaks } }",
    `{ case: { ${ABOUT}, within: 3m, explains: { observed: [138 Cel, Boiler_Temp], sure: "high:" } } }`,
    `{ alert: { ${WATCH}, within: 3m, explains: { expected: at most 125, disproof: cools } } }`,
    "{ noAlert: { device: esp-2 } }",
    "{ noAlert: { device: esp-1, rule: boiler-overheats } }",
  ])("%s is met", (expectation) => {
    expect(judged(expectation)).toEqual([undefined]);
  });

  it.each([
    [`{ case: { ${ABOUT}, within: 1m } }`, /1 min too late/],
    [`{ fix: { ${ABOUT}, command: restart, within: 15m } }`, /the case is resolved/],
    [`{ escalated: { ${ABOUT}, within: 30m } }`, /08:10.* proved: Cool\./],
    [`{ advice: { ${ABOUT}, within: 30m } }`, /the case is resolved/],
    [
      `{ case: { ${ABOUT}, within: 3m, explains: { sure: "low:" } } }`,
      /"sure" does not say "low:" but "high: seen/,
    ],
    [`{ alert: { ${WATCH}, within: 1m } }`, /1 min too late/],
    [`{ alert: { ${ABOUT}, within: 3m } }`, /only alerts filter-soon-used-up/],
    [`{ alert: { ${WATCH}, within: 3m, explains: { observed: steam } } }`, /not say "steam"/],
    ["{ noAlert: { device: esp-1 } }", /filter-soon-used-up: boiler_temp 138/],
    ["{ noCase: { device: esp-1 } }", /boiler-overheats opened at/],
    ["{ case: { device: esp-2, rule: boiler-overheats, within: 5m } }", /no case at all/],
  ])("%s is not met, and it says what was seen", (expectation, found) => {
    expect(judged(expectation)[0]).toMatch(found);
  });

  it("a case before its cause is a false one", () => {
    const early = casePage({ openedAt: "2026-03-02T07:00:00.000Z" });
    expect(judged(`{ case: { ${ABOUT}, within: 9h } }`, [early])[0]).toMatch(/60 min too early/);
  });
});

describe("the log of alerts", () => {
  it("keeps what came and went between two looks at the end, once per episode", async () => {
    const standing: AlertItem[] = [alertItem(), alertItem({ phase: "pending", evidence: null })];
    const log = new AlertLog(async () => standing);
    await log.follow(0);
    await log.follow(1_800_000);
    standing.length = 0;
    await log.follow(3_600_000);
    expect(log.fired.map(({ rule, phase }) => `${rule} ${phase}`)).toEqual([
      "filter-soon-used-up firing",
    ]);
  });
});

describe("the JUnit report", () => {
  it("counts failures, gives the seed and escapes what XML would read", () => {
    const xml = junitXml([
      {
        file: "a.yaml",
        title: 'One & "two"',
        seed: 42,
        seconds: 1.5,
        judgements: [
          { title: "met", failure: undefined },
          { title: "a < b", failure: "it came too late\u0001\nsecond line" },
        ],
      },
    ]);
    expect(xml).toContain('<testsuite name="One &amp; &quot;two&quot;" tests="2" failures="1"');
    expect(xml).toContain('<property name="seed" value="42"/>');
    expect(xml).toContain('name="a &lt; b"');
    expect(xml).toContain('<failure message="it came too late\ufffd">');
    expect(xml).not.toContain("\u0001");
  });
});
