import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { backtestCli } from "../src/backtest-cli.ts";
import { BOILER_PRODUCT, BOILER_RULES } from "./support/boiler-ruleset.ts";
import { tempFolder } from "./support/temp-folder.ts";

const at = (minutes: number): string =>
  new Date(Date.UTC(2020, 0, 1) + minutes * 60_000).toISOString();

/** A set with a boiler that gets too hot twice, its events, and a device of an unknown product. */
function writeSet(dir: string, name: string): void {
  const path = join(dir, name);
  mkdirSync(join(path, "series"), { recursive: true });
  const devices = 'b1,boiler,"{}",\nb2,boiler,"{""floor"":2}",\nt1,toaster,"{}",\n';
  writeFileSync(join(path, "devices.csv"), `device,product,attrs,cohort\n${devices}`);
  writeFileSync(join(path, "meta.json"), JSON.stringify({ name: `${name}-set`, protocol: {} }));
  const rows = Array.from({ length: 300 }, (_, n) => {
    const hot = (n >= 100 && n < 120) || n >= 290;
    return `${at(n)},${hot ? 150 : 90},on`;
  });
  writeFileSync(join(path, "series", "b1.csv.gz"), gzipSync(`ts,temp,state\n${rows.join("\n")}\n`));
  const events = [10, 20, 30].map((n) => `b2,${at(n)},dismissed,"{}"`).join("\n");
  writeFileSync(join(path, "events.csv.gz"), gzipSync(`device,ts,code,attrs\n${events}\n`));
  const labels = {
    b1: [
      { from: at(100), to: at(119), kind: "fault", what: "stuck relay" },
      { from: at(200), to: at(210), kind: "fault", what: "unseen <leak>" },
    ],
  };
  writeFileSync(join(path, "labels.json"), JSON.stringify(labels));
}

async function run(dir: string, ...more: readonly string[]) {
  writeFileSync(join(dir, "boiler.yaml"), BOILER_PRODUCT.text);
  writeFileSync(join(dir, "boiler-rules.yaml"), BOILER_RULES.text);
  const alarms = join(dir, "alarms.ndjson");
  const said: string[] = [];
  let clock = 0;
  const code = await backtestCli(
    [
      ...["--alarms", alarms, "--products", join(dir, "boiler.yaml")],
      ...["--rules", join(dir, "boiler-rules.yaml"), ...more],
    ],
    { err: (line) => said.push(line), draw: undefined, now: () => ++clock, peakMemoryMb: () => 7 },
  );
  const text = code === 0 ? readFileSync(alarms, "utf8") : "";
  return { code, said: said.join("\n"), lines: text.split("\n").filter((line) => line !== "") };
}

describe("npm run backtest", () => {
  test("writes one line per alarm, skips products without a model with a sentence", async () => {
    using folder = tempFolder();
    const dir = folder.path;
    writeSet(join(dir, "data"), "one");
    const { code, lines, said } = await run(dir, "--data", join(dir, "data"));
    expect([code, said]).toEqual([0, expect.stringContaining('no product model "toaster"')]);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { set: "one-set", device: "b1", from: at(102), to: at(125), level: "act", rule: "too-hot" },
      { set: "one-set", device: "b1", from: at(292), to: null, level: "act", rule: "too-hot" },
      {
        set: "one-set",
        device: "b2",
        from: at(30),
        to: null,
        level: "act",
        rule: "warning-ignored",
      },
    ]);
    expect(said).toContain("one-set: 2 devices, 307 messages, 600 samples, 3 alarms");
  });

  test("takes one set as well as a folder of sets, and only those that are named", async () => {
    using folder = tempFolder();
    const dir = folder.path;
    for (const name of ["one", "two"]) writeSet(join(dir, "data"), name);
    const data = join(dir, "data");
    const whole = await run(dir, "--data", data);
    expect(whole.lines).toHaveLength(6);
    const one = await run(dir, "--data", join(data, "two"));
    const named = await run(dir, "--data", data, "--set", "two-set");
    expect(one.lines).toEqual(whole.lines.slice(3));
    expect(named.lines).toEqual(one.lines);
    const wrong = await run(dir, "--data", data, "--set", "three");
    expect([wrong.code, wrong.said]).toEqual([1, expect.stringContaining("holds no set three")]);
  });

  test("draws what was hit, missed and falsely told, with the reasons, in one file", async () => {
    using folder = tempFolder();
    const dir = folder.path;
    writeSet(join(dir, "data"), "one");
    const report = join(dir, "report.html");
    const summary = join(dir, "summary.json");
    const { code } = await run(
      dir,
      "--data",
      join(dir, "data"),
      "--report",
      report,
      "--summary",
      summary,
    );
    expect(code).toBe(0);
    const page = readFileSync(report, "utf8");
    for (const text of ["Hits", "stuck relay", "Misses", "unseen &lt;leak&gt;", "False alarms"]) {
      expect(page).toContain(text);
    }
    expect(page).toContain("temp: 90 to 150 Cel; limit 135");
    expect(page).toContain("How sure");
    expect(page).not.toMatch(/<leak>|https?:|<script/);
    expect(JSON.parse(readFileSync(summary, "utf8"))).toMatchObject({
      peakMemoryMb: 7,
      sets: [{ set: "one-set", devices: 2, alarms: 3, refused: 0 }],
    });
  });

  test.each([
    [[], "--data is missing"],
    [["--data"], "argument"],
    [["--data", "x", "--what", "y"], "--what"],
  ])("a wrong call %j says what is wrong and how it is right", async (args, text) => {
    using folder = tempFolder();
    const { code, said } = await run(folder.path, ...args);
    expect([code, said]).toEqual([2, expect.stringContaining(text)]);
    expect(said).toContain("Usage: npm run backtest");
  });

  test.each([
    [["--data", "/nowhere"], "VZ_RECORDING_UNREADABLE: /nowhere is no folder"],
    [["--data", "."], "VZ_RECORDING_UNREADABLE: . holds no devices.csv"],
    [
      ["--data", ".", "--rules", "/nowhere"],
      "VZ_SOURCES_MISSING: no such file or folder: /nowhere",
    ],
  ])("what is not there is named: %j", async (args, text) => {
    using folder = tempFolder();
    const { code, said } = await run(folder.path, ...args);
    expect([code, said]).toEqual([1, expect.stringContaining(text)]);
  });
});
