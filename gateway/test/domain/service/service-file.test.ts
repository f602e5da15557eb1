import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { forJournal, parseService } from "#domain/service/parse-service.ts";
import type { ServiceFile } from "#domain/service/service-file.ts";
import { levelFor, teamFor } from "#domain/service/service-file.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";

const EXAMPLE = readFileSync(new URL("../../../service/example.yaml", import.meta.url), "utf8");
const DOCS = readFileSync(new URL("../../../../docs/service-levels.md", import.meta.url), "utf8");

function read(text: string): ServiceFile {
  const parsed = parseService("service.yaml", text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.service;
}

function problems(text: string): readonly string[] {
  const parsed = parseService("service.yaml", text);
  return parsed.ok ? [] : parsed.problems.map((p) => `${p.line}:${p.column} ${p.message}`);
}

/** The example with one thing changed. */
const changed = (from: string, to: string): readonly string[] => {
  expect(EXAMPLE).toContain(from);
  return problems(EXAMPLE.replace(from, to));
};

describe("the example", () => {
  const service = read(EXAMPLE);

  test("stands in the documentation word for word", () => {
    expect(DOCS).toContain(`\`\`\`yaml\n${EXAMPLE}\`\`\``);
  });

  test("gives each product its team: the one that names it, else the one for all", () => {
    expect(teamFor(service, "espresso-pro")?.name).toBe("Kitchen Care");
    expect(teamFor(service, "heat-pump")?.name).toBe("Field Service");
    expect(teamFor(undefined, "heat-pump")).toBeUndefined();
  });

  test.each([
    ["safety", "gold", "safety"],
    ["urgent", "gold", "gold urgent"],
    ["normal", "gold", "gold"],
    ["urgent", "", "standard"],
  ] as const)("promises %s with contract %j the level %j", (severity, contract, level) => {
    expect(levelFor(service, { severity, contract })?.name).toBe(level);
  });

  test("counts a day of a target as the longest working day of its calendar", () => {
    const [safety, goldUrgent, gold] = service.levels;
    expect(safety?.firstResponse).toBe(30 * MINUTE_MS);
    expect(goldUrgent?.solution).toBe(24 * HOUR_MS);
    expect(gold?.solution).toBe(2 * 9.5 * HOUR_MS);
  });

  test("goes into the journal without an address, and decides the same from there", () => {
    const file = forJournal({ file: { path: "service.yaml", text: EXAMPLE }, service });
    expect(file.text).not.toContain("@");
    const again = parseService(file.path, file.text, { addresses: false });
    if (!again.ok) throw new Error(JSON.stringify(again.problems));
    expect(again.service.levels).toEqual(service.levels);
    expect(again.service.teams.map((t) => [t.name, t.products])).toEqual(
      service.teams.map((t) => [t.name, t.products]),
    );
    for (const [name, { times }] of service.calendars) {
      expect(again.service.calendars.get(name)?.times, name).toEqual(times);
    }
  });
});

describe("a service file that is wrong says where, what and what would be right", () => {
  test.each([
    [
      "    calendar: office\n",
      "    calendar: offfice\n",
      '51:15 there is no calendar "offfice"; write "office"',
    ],
    ["timeZone: UTC", "timeZone: Mars", '30:15 there is no time zone "Mars"; write an IANA name'],
    [
      'mon: "08:00-17:30"',
      'mon: "8-17"',
      '"8-17" is no open time; write times such as "08:00-17:00"',
    ],
    ['fri: "08:00-12:00, 12:30', 'fri: "08:00-12:00, 11:30', "overlap; write them as one"],
    ['"12-26"', '"12-32"', '"12-32" is no day; write "2026-12-25", or "12-26" for every year'],
    ["[kitchen-care@example.com]", "[kitchen]", "must be an e-mail address"],
    ['cron: "0 7 * * 1"', 'cron: "0 7 * *"', "has 4 fields; write minute, hour"],
    [
      'cron: "0 7 * * 1"',
      'cron: "0 25 * * 1"',
      '"25" is no hour; write *, */n, or numbers from 0 to 23',
    ],
    ["products: all", "products: [espresso-pro]", 'belongs to the team "Kitchen Care" already'],
    ["firstResponse: 30m", "firstResponse: soon", 'must be a duration such as "30s"'],
    ["solution: 8h", "solution: 10m", "`solution` (10m) is shorter than the first response (30m)"],
    [
      "name: standard\n",
      "name: standard\n    severity: normal\n",
      "the last level must fit every case",
    ],
    ["    contract: gold\n    firstResponse: 2h", "    firstResponse: 2h", "is never used"],
    ['tue: "14:00-02:00"', 'tue: "01:00-02:00"', "`mon` runs into the times of the next day"],
    ["warnAt: 0.5", "warnAt: 2", "must be at most 0.95, not 2"],
    ["hours: always", "hours: {}", "`hours` are never open"],
    ["teams:", "team:", 'there is no key "team" here'],
    ["severity: safety", "severity: safe", "must be one of normal, urgent, safety"],
  ])("%j as %j", (from, to, message) => {
    expect(changed(from, to).join("\n")).toContain(message);
  });

  test("all of it at once", () => {
    const text = EXAMPLE.replace("timeZone: UTC", "timeZone: Mars").replace("12-26", "13-26");
    expect(problems(text)).toHaveLength(2);
  });

  test("a team without addresses would never be told", () => {
    const text = EXAMPLE.replace(/ {4}mail:\n(?: {6}- \[.*\n)+ {4}digest/, "    digest");
    expect(problems(text).join()).toContain("`mail` is missing");
  });
});
