import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { allDashboards } from "../src/all-dashboards.ts";
import { classicDashboard, queryPanels } from "../src/classic-model.ts";
import { describeDashboards } from "../src/describe.ts";
import { lint } from "../src/lint.ts";
import { readSources } from "../src/sources.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const JSON_FOLDER = path.join(ROOT, "dashboards", "json");
const built = allDashboards(readSources());
const committed = globSync("*/*.json", { cwd: JSON_FOLDER }).sort();
const read = (file: string): unknown =>
  JSON.parse(readFileSync(path.join(JSON_FOLDER, file), "utf8"));

describe("the committed dashboards", () => {
  it("are those that the source generates, and no others", () => {
    expect(committed).toEqual([...built.keys()].sort());
    expect(committed.length).toBeGreaterThanOrEqual(9);
  });
  test.each(committed)("%s is up to date and has the shape of a classic dashboard", (file) => {
    expect(classicDashboard.parse(read(file))).toEqual(built.get(file));
  });
  it("have nothing that the lint objects to", () => {
    expect(lint([...built.values()])).toEqual([]);
  });
  it("are described as they are", () => {
    const document = readFileSync(path.join(ROOT, "docs", "dashboards.md"), "utf8");
    expect(describeDashboards(document, built)).toBe(document);
  });
});

describe("the set", () => {
  it("has every dashboard that links and the home page name", () => {
    const uids = [...built.values()].map(({ uid }) => uid);
    for (const uid of ["vz-fleet", "vz-cases", "vz-rule", "vz-use", "vz-gateway"]) {
      expect(uids).toContain(uid);
    }
    expect(uids.filter((uid) => uid.startsWith("vz-device-")).length).toBeGreaterThanOrEqual(4);
    expect(committed).toContain("fleet/fleet.json");
  });

  it("shows every signal of every product", () => {
    for (const product of readSources().products) {
      const dashboard = built.get(`fleet/device-${product.id}.json`);
      const described = dashboard === undefined ? [] : queryPanels(dashboard);
      for (const signal of Object.keys(product.signals)) {
        expect(described.map(({ description }) => description.split(":")[0])).toContain(signal);
      }
    }
  });

  it("draws the limits of rules where they hold", () => {
    const espresso = built.get("fleet/device-espresso-pro.json");
    const boiler = (espresso === undefined ? [] : queryPanels(espresso)).find(
      ({ title }) => title === "Boiler temperature",
    );
    expect(boiler?.description).toContain("boiler-overheats");
    expect(boiler?.fieldConfig.defaults.thresholds?.steps.map(({ value }) => value)).toEqual([
      null,
      125,
    ]);
    expect(boiler?.fieldConfig.defaults.custom?.thresholdsStyle).toEqual({ mode: "dashed" });
  });

  it("opens cases in the console that the generator is told of", () => {
    const elsewhere = allDashboards(readSources({ consoleUrl: "https://console.example.org/" }));
    const text = JSON.stringify(elsewhere.get("fleet/cases.json"));
    expect(text).toContain('"query":"https://console.example.org"');
    expect(text).toContain("${console}/cases/${__data.fields.id}");
  });
});
