import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { Column, is, Select, tagValues } from "./influxql.ts";
import { LEVELS } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number } from "./panels.ts";
import { RULE_POINTS } from "./periods.ts";
import { allRules, where } from "./rule-tables.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

const PRODUCT = is("product", "$product");
const CHOSEN = [PRODUCT, is("rule", "$rule")];

export const rule = (consoleUrl: string): Dashboard =>
  dashboard({
    uid: "vz-rule",
    title: "Rule",
    description: "Is a rule right, how often does it speak, and does what it does help?",
    range: "30d",
    refresh: "5m",
    variables: [
      variables.datasource(),
      variables.consoleAt(consoleUrl),
      variables.one({
        name: "product",
        label: "Product",
        description: "Product whose rules are shown.",
        query: tagValues("product", { from: "vz.rule" }),
      }),
      variables.one({
        name: "rule",
        label: "Rule",
        description:
          "A rule of the product. A rule with both levels is two: its watch level ends in -watch.",
        query: tagValues("rule", { from: "vz.rule", where: [PRODUCT] }),
      }),
    ],
    sections: [
      { title: "$rule", panels: now() },
      { title: "Over time", panels: [...overTime(), ...ofAllRules()] },
      { title: "Where", panels: where() },
      { title: "All rules of $product", panels: allRules() },
    ],
  });

const newest = (field: string): Target =>
  Target.series(
    "A",
    new Select([Column.of("last", field).as("value")], { from: "vz.rule", where: CHOSEN }),
    "$col",
  );

const now = (): readonly Placed[] => [
  number({
    title: "Precision",
    description:
      "Share of the verdicts on its cases of the last 30 days that confirm the finding. Empty until somebody judged one. Good: above 95 %.",
    targets: [newest("precision")],
    unit: "percentunit",
    noValue: "no verdict yet",
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Verdicts",
    description: "How many judgements the precision rests on. Under 10 it says little.",
    targets: [newest("verdicts")],
    unit: "short",
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Cases per 30 device-days",
    description: "How often a device of the product gets a case of this rule within 30 days.",
    targets: [newest("cases_per_30_device_days")],
    unit: "short",
    decimals: 3,
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Open cases",
    description: "Cases of the rule that are open now. Rules of level watch open none.",
    targets: [newest("open")],
    unit: "short",
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Alerts now",
    description: "Devices on which the rule applies at the moment.",
    targets: [newest("alerts")],
    unit: "short",
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Devices",
    description: "Devices of the product: what the rule looks at.",
    targets: [newest("devices")],
    unit: "short",
    sparkline: false,
    width: 4,
  }),
];

const hourly = (fields: readonly string[]): Select =>
  new Select(
    fields.map((field) => Column.of("last", field).as(field)),
    { from: "vz.rule", where: CHOSEN, every: "$__interval" },
  );

const overTime = (): readonly Placed[] => [
  curves({
    title: "Cases of the last 30 days and what became of them",
    description:
      "Each value looks 30 days back. Fixed: telemetry proved that a step of the playbook helped.",
    targets: [Target.series("A", hourly(["cases", "fixed", "escalated", "false_alarms"]), "$col")],
    unit: "short",
    names: [
      { name: "cases", title: "Opened", color: "grey" },
      { name: "fixed", title: "Fixed, proved", color: "blue" },
      { name: "escalated", title: "Escalated", color: "orange" },
      { name: "false_alarms", title: "False", color: "red" },
    ],
    min: 0,
    interval: RULE_POINTS,
    width: 12,
  }),
  curves({
    title: "Cases per 30 device-days over time",
    description:
      "A step up after a change of the rule: it became too eager. Slow rise: the fleet ages.",
    targets: [Target.series("A", hourly(["cases_per_30_device_days"]), "$col")],
    unit: "short",
    names: [{ name: "cases_per_30_device_days", title: "Cases per 30 device-days", color: "blue" }],
    min: 0,
    interval: RULE_POINTS,
    width: 12,
  }),
];

const ofAllRules = (): readonly Placed[] => [
  curves({
    title: "Watch and act: alerts that began, all rules of $product",
    description:
      "Alerts of level watch are shown only, those of level act open cases. Many watch and few act: early signs that mostly pass.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("sum", "fired")], {
          from: "vz.alert",
          where: [PRODUCT],
          every: "$__interval",
          by: ["level"],
          fill: 0,
        }),
        "$tag_level",
      ),
    ],
    unit: "short",
    names: LEVELS,
    bars: true,
    stacked: true,
    min: 0,
    interval: "1d",
    width: 12,
  }),
  curves({
    title: "Precision, all rules of $product",
    description:
      "Share of confirmed verdicts of the last 30 days, for the rules that have verdicts.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("last", "precision")], {
          from: "vz.rule",
          where: [PRODUCT],
          every: "$__interval",
          by: ["rule"],
        }),
        "$tag_rule",
      ),
    ],
    unit: "percentunit",
    min: 0,
    max: 1,
    interval: RULE_POINTS,
    width: 12,
  }),
];
