import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import type { z } from "zod";
import { allDashboards } from "../src/all-dashboards.ts";
import { queryPanels } from "../src/classic-model.ts";
import { readSources } from "../src/sources.ts";
import { applies } from "./support/alerting.ts";
import {
  alertRules,
  contactPoints,
  dataSources,
  policies,
  providers,
  readAlertRules,
  readText,
  readYaml,
} from "./support/provisioning.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const FOLDER = path.join(ROOT, "dashboards", "provisioning");

const FILES: Readonly<Record<string, z.ZodType>> = {
  "alerting/contact-points.yaml": contactPoints,
  "alerting/policies.yaml": policies,
  "alerting/rules.yaml": alertRules,
  "dashboards/provider.yaml": providers,
  "datasources/influxdb.yaml": dataSources,
};

describe("the provisioning files", () => {
  it("are all looked at", () => {
    expect(globSync("**/*.yaml", { cwd: FOLDER }).sort()).toEqual(Object.keys(FILES).sort());
  });
  test.each(Object.entries(FILES))("%s has the documented shape", (file, schema) => {
    expect(schema.parse(readYaml(file))).toBeDefined();
  });
  test.each([
    ["datasources/influxdb.yaml", "jsonData:", "jsondata:"],
    ["dashboards/provider.yaml", "type: file", "type: files"],
    ["alerting/rules.yaml", "execErrState: KeepLast", "execErrState: Keep"],
    ["alerting/rules.yaml", "panelId:", "panelID:"],
    ["alerting/policies.yaml", "group_by:", "groupBy:"],
    ["alerting/contact-points.yaml", "receivers:", "receiver:"],
  ])("%s with a slip (%s) is refused", (file, right, wrong) => {
    const text = readText(file);
    expect(text).toContain(right);
    expect(FILES[file]?.safeParse(parse(text.replace(right, wrong))).success).toBe(false);
  });

  it("use these variables of Grafana's environment and no others", () => {
    const used = globSync("**/*.yaml", { cwd: FOLDER }).flatMap((file) =>
      [...readText(file).matchAll(/\$\{?([A-Z_]+)/g)].map(([, name]) => name),
    );
    expect(new Set(used)).toEqual(
      new Set([
        "INFLUX_URL",
        "INFLUX_DATABASE",
        "INFLUX_READ_TOKEN",
        "ALERT_CHANNEL",
        "ALERT_EMAIL",
        "ALERT_WEBHOOK_URL",
      ]),
    );
  });

  it("lie where the compose file mounts them", () => {
    const compose = readFileSync(path.join(ROOT, "docker-compose.yml"), "utf8");
    expect(compose).toContain("./dashboards/provisioning:/etc/grafana/provisioning:ro");
    const [provider] = providers.parse(readYaml("dashboards/provider.yaml")).providers;
    expect(compose).toContain(`./dashboards/json:${provider?.options.path}:ro`);
  });
});

describe("alerts about the gateway", () => {
  const rules = readAlertRules();
  const gateway = allDashboards(readSources()).get("gateway/gateway.json");

  it("cover acknowledgement, outbox, store, deciding and silence", () => {
    expect(rules.map(({ uid }) => uid)).toEqual([
      "vz-ack-latency",
      "vz-outbox-age",
      "vz-decide-lag",
      "vz-store-unreachable",
      "vz-gateway-silent",
    ]);
  });

  test.each(rules)(
    "$uid leads to the panel that shows its figure",
    ({ dashboardUid, panelId, data }) => {
      expect(dashboardUid).toBe(gateway?.uid);
      const panel = (gateway === undefined ? [] : queryPanels(gateway)).find(
        ({ id }) => id === panelId,
      );
      const [, field = "none"] = /\("(\w+)"\)/.exec(data[0].model.query) ?? [];
      expect(JSON.stringify(panel?.targets)).toContain(`\\"${field}\\"`);
    },
  );

  test.each(rules)(
    "$uid reduces its query to one value and compares that",
    ({ condition, data }) => {
      const [query, reduced, compared] = data;
      expect([query, reduced, compared].map(({ refId }) => refId)).toEqual(["A", "B", "C"]);
      for (const { refId, model } of data) expect(model.refId).toBe(refId);
      expect(reduced.model).toMatchObject({ type: "reduce", expression: "A" });
      expect(compared.model).toMatchObject({ type: "threshold", expression: "B" });
      expect(condition).toBe("C");
    },
  );

  it("hold no dollar sign, which Grafana might take for a variable of its environment", () => {
    expect(readText("alerting/rules.yaml")).not.toContain("$");
  });

  test.each(rules)("$uid asks for the time that it looks at, grouped", ({ data }) => {
    const [{ model, relativeTimeRange }] = data;
    const [, minutes = "0"] =
      /WHERE time > now\(\) - (\d+)m GROUP BY time\(/.exec(model.query) ?? [];
    expect(Number(minutes) * 60).toBe(relativeTimeRange.from);
  });

  it("tell by no data that nothing is heard, and by an error that InfluxDB is away", () => {
    const states = (uid: string) => {
      const rule = rules.find((one) => one.uid === uid);
      return [rule?.noDataState, rule?.execErrState];
    };
    expect(states("vz-gateway-silent")).toEqual(["Alerting", "KeepLast"]);
    expect(states("vz-store-unreachable")).toEqual(["OK", "Alerting"]);
  });

  test.each([
    ["vz-ack-latency", 700, 300],
    ["vz-outbox-age", 700_000, 500_000],
    ["vz-decide-lag", 60_000, 40_000],
    ["vz-store-unreachable", 0, 1],
    ["vz-gateway-silent", 0, 3],
  ])("%s speaks at %s and not at %s", (uid, bad, good) => {
    const rule = rules.find((one) => one.uid === uid);
    if (rule === undefined) throw new Error(uid);
    const answer = (value: number) => [
      {
        columns: ["time", "value"],
        values: [
          [0, null],
          [1, value],
        ],
      },
    ];
    expect(applies(rule, answer(bad))).toBe(true);
    expect(applies(rule, answer(good))).toBe(false);
  });

  it("go to a contact point that exists", () => {
    const [tree] = policies.parse(readYaml("alerting/policies.yaml")).policies;
    const { contactPoints: points } = contactPoints.parse(readYaml("alerting/contact-points.yaml"));
    expect(points.map(({ name }) => name)).toContain(tree?.receiver);
  });
});
