import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rulesCli } from "../../../src/rules-cli.ts";
import { KETTLE, ruleText } from "./sources.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rules-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(...args: readonly string[]) {
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text.replaceAll(`${folder}/`, ""));
  const code = await rulesCli(args, { out: line, err: line });
  return { code, text: lines.join("\n") };
}
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

const TEST = `product: kettle
tests:
  - name: a hot kettle is found after a minute
    input:
      - { at: 0s, set: { temp: 20 } }
      - { every: 30s, until: 5m, set: { temp: 120 } }
    expect:
      - { at: 1m, rule: the-rule, phase: pending }
      - { at: 5m, rule: the-rule, phase: firing }
`;

async function kettle(command: string, rules: string, test = TEST) {
  write("kettle.rules.yaml", rules);
  write("kettle.test.yaml", test);
  const products = mkdtempSync(join(folder, "products-"));
  writeFileSync(join(products, "kettle.yaml"), KETTLE.text);
  return run(command, folder, "--products", products);
}

describe("npm run rules", () => {
  it("checks the shipped rules when no folder is given", async () => {
    const { code, text } = await run("check");
    expect(text).toMatch(/^\d+ rules in \d+ files are right$/);
    expect(code).toBe(0);
  });

  it("counts the tests that passed", async () => {
    const { code, text } = await kettle("test", ruleText("when: temp > 100", "for: 1m"));
    expect(text).toBe("1 rule in 1 file are right\n1 passed, 0 failed");
    expect(code).toBe(0);
  });

  it("shows a wrong rule with its line and a caret", async () => {
    const { code, text } = await kettle("test", ruleText("when: tmp > 100"));
    expect(text).toBe(
      [
        'kettle.rules.yaml:7:11: product "kettle" has no signal "tmp"; did you mean "temp"?',
        "7 |     when: tmp > 100",
        "              ^",
        "1 problem in 1 file",
      ].join("\n"),
    );
    expect(code).toBe(1);
  });

  it("shows a failed expectation and what was the case instead", async () => {
    const { code, text } = await kettle("test", ruleText("when: temp > 100", "for: 1h"));
    expect(text).toContain(
      "kettle.test.yaml:9:9: a hot kettle is found after a minute: at 5m rule the-rule should be firing, but is pending",
    );
    expect(text).toContain("no test makes these fire: kettle/the-rule");
    expect(text).toContain("0 passed, 1 failed");
    expect(code).toBe(1);
  });

  it("fails a test in which another rule fires unseen", async () => {
    const second = ruleText("when: temp > 100").split("rules:\n")[1]?.replace("the-rule", "second");
    const { code, text } = await kettle("test", ruleText("when: temp > 100", "for: 1m") + second);
    expect(text).toContain("rule second fired, but no expectation names it");
    expect(code).toBe(1);
  });

  it.each([
    ["temp: 120", "tmp: 120", 'there is no signal "tmp"; did you mean "temp"?'],
    ["temp: 120", "state: of", "state is one of off, heating, idle"],
    ["temp: 120", "temp: hot", "temp is a number"],
    ["temp: 120", "leak: 1", "leak is true or false"],
    ["set: { temp: 120 }", "event: dryy", 'there is no event "dryy"; did you mean "dry"?'],
    ["set: { temp: 120 }", "status: away", "must be one of online, offline, planned, sleeping"],
    [", set: { temp: 120 }", "", "exactly one of set, event, status, downtime"],
    ["every: 30s, ", "", "an input needs `at`, or `every` and `until`"],
    ["every: 30s", "every: 0s", "`until` lies before"],
    ["rule: the-rule, phase: firing", "rule: the-rul, phase: firing", 'did you mean "the-rule"?'],
    ["phase: firing", "phase: fired", "must be one of inactive, pending, firing, clearing"],
    ["product: kettle", "product: kettel", 'did you mean "kettle"?'],
    ["until: 5m", "until: 5", "must be a duration"],
    ["expect:", "expects:", 'no key "expects" here; did you mean "expect"?'],
    ["tests:", "tests: [", "kettle.test.yaml:"],
  ])("refuses a test file with %j changed to %j", async (from, to, message) => {
    const rules = ruleText("when: temp > 100", "for: 1m");
    const { code, text } = await kettle("test", rules, TEST.replace(from, to));
    expect(text).toContain(message);
    expect(text).toContain("0 passed, 0 failed");
    expect(code).toBe(1);
  });

  it.each([
    [[], "no command given"],
    [["chek"], 'there is no command "chek"'],
    [["check", "--prodcts", "x"], "--prodcts"],
    [["check", "/nowhere/at/all"], "no such file or folder: /nowhere/at/all"],
  ])("says how it is called after %j", async (args, message) => {
    const { code, text } = await run(...args);
    expect(text).toContain(message);
    expect(code).toBe(2);
  });
});
