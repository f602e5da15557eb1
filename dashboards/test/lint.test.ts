import { describe, expect, it, test } from "vitest";
import { allDashboards } from "../src/all-dashboards.ts";
import type { ClassicDashboard } from "../src/classic-model.ts";
import { classicDashboard } from "../src/classic-model.ts";
import { lint } from "../src/lint.ts";
import { readSources } from "../src/sources.ts";
import { DEFECTS } from "./support/defects.ts";
import { panelOf } from "./support/spoil.ts";

const built = [...allDashboards(readSources()).values()];

/** A copy of the set in which one dashboard was spoiled. */
function spoiled(uid: string, spoil: (dashboard: ClassicDashboard) => void): readonly string[] {
  const copies = structuredClone(built);
  const chosen = copies.find((one) => one.uid === uid);
  if (chosen === undefined) throw new Error(`there is no dashboard ${uid}`);
  spoil(chosen);
  return lint(copies);
}

describe("the lint finds nothing in what is generated, and each planted defect", () => {
  it("nothing", () => {
    expect(lint(built)).toEqual([]);
  });
  test.each(DEFECTS)("%s", (_rule, says, spoil) => {
    const problems = spoiled("vz-fleet", spoil);
    expect(problems.join("\n")).toMatch(says);
  });
  it("a pattern where a variable has one value", () => {
    const problems = spoiled("vz-device-espresso-pro", (dashboard) => {
      const [first] = panelOf(dashboard, "stat").targets;
      if (first !== undefined) first.query = first.query.replace("= '$device'", "=~ /^$device$/");
    });
    expect(problems.join("\n")).toMatch(/one value/);
  });
});

describe("the structural schema refuses", () => {
  const fleet = () => structuredClone(built[0]) ?? {};
  test.each([
    [
      "an unknown key of a panel",
      { panels: [{ ...panelOf(built[0] as ClassicDashboard), unitt: "W" }] },
    ],
    [
      "a panel without a place",
      { panels: [{ ...panelOf(built[0] as ClassicDashboard), gridPos: undefined }] },
    ],
    [
      "a fixed data source",
      {
        panels: [
          {
            ...panelOf(built[0] as ClassicDashboard),
            datasource: { type: "influxdb", uid: "abc" },
          },
        ],
      },
    ],
    [
      "a panel of a kind that we do not use",
      { panels: [{ ...panelOf(built[0] as ClassicDashboard), type: "graph" }] },
    ],
    ["a dashboard without uid", { uid: undefined }],
  ])("%s", (_what, change) => {
    expect(classicDashboard.safeParse(fleet()).success).toBe(true);
    expect(classicDashboard.safeParse({ ...fleet(), ...change }).success).toBe(false);
  });
});
