import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { byRule, inRange } from "./cases-range.ts";
import { dashboard } from "./dashboard.ts";
import { Column, Select, tagValues } from "./influxql.ts";
import { toCase, toDevice, toRule } from "./links.ts";
import { KINDS, SEVERITIES, STAGE, STATUS, textsOf, thresholds } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number } from "./panels.ts";
import { ofKind, ofProduct, openCases, total } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";
import { worth } from "./worth.ts";

const CHOSEN = [ofProduct, ofKind];

export const cases = (consoleUrl: string): Dashboard =>
  dashboard({
    uid: "vz-cases",
    title: "Cases",
    description:
      "What is open and how long, what telemetry proved solved, and how often we were wrong.",
    range: "30d",
    refresh: "1m",
    variables: [
      variables.datasource(),
      variables.consoleAt(consoleUrl),
      variables.any({
        name: "product",
        label: "Product",
        description: "Products to show.",
        query: tagValues("product", { from: "vz.case" }),
      }),
      variables.any({
        name: "kind",
        label: "Kind",
        description: "Fault, misuse or underuse.",
        query: tagValues("kind", { from: "vz.case", where: [ofProduct] }),
      }),
    ],
    sections: [
      { title: "Now", panels: now() },
      { title: "Open", panels: open() },
      { title: "In this range", panels: inRange() },
      { title: "By rule", panels: byRule() },
      { title: "What it was worth", panels: worth() },
    ],
  });

const groups = ["product", "kind", "severity"];
const openCount = (field: string, by: readonly string[] = []) =>
  total(field, { from: "vz.case_open", groups, where: [ofKind], by });

const now = (): readonly Placed[] => [
  number({
    title: "Open by kind",
    description: "Cases that are not resolved, by what they are about.",
    targets: [Target.series("A", openCount("open", ["kind"]), "$tag_kind")],
    unit: "short",
    names: KINDS,
    width: 6,
    interval: "1m",
  }),
  number({
    title: "Open by severity",
    description: "By how much depends on it. Look at safety first, then at urgent.",
    targets: [Target.series("A", openCount("open", ["severity"]), "$tag_severity")],
    unit: "short",
    names: SEVERITIES,
    width: 6,
    interval: "1m",
  }),
  number({
    title: "Waiting for a person",
    description: "Escalated and not resolved: nothing more happens by itself.",
    targets: [Target.series("A", openCount("escalated"), "escalated")],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "orange" }]),
    width: 4,
    interval: "1m",
  }),
  number({
    title: "Taken",
    description: "Open cases that a person has taken. Far fewer than wait for one: too few hands.",
    targets: [Target.series("A", openCount("acknowledged"), "taken")],
    unit: "short",
    width: 4,
    interval: "1m",
  }),
  number({
    title: "Oldest open case",
    description: "Age of the oldest. Good: under a week.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("max", "oldest_ms").as("age")], {
          from: "vz.case_open",
          where: CHOSEN,
          every: "$__interval",
        }),
        "$col",
      ),
    ],
    unit: "ms",
    thresholds: thresholds([{ from: 7 * DAY_MS, color: "orange" }]),
    width: 4,
    interval: "1m",
  }),
];

const DAY_MS = 86_400_000;

const open = (): readonly Placed[] => [
  rows({
    title: "Open cases",
    description:
      "Newest step of each case that began or moved in this range and is not resolved. The case number leads to the console, where it can be taken, answered and closed.",
    targets: [Target.table("A", openCases(CHOSEN))],
    columns: [
      { name: "id", title: "Case", links: [toCase] },
      { name: "title", title: "What" },
      { name: "device", title: "Device", links: [toDevice] },
      { name: "severity", title: "Severity", mappings: textsOf(SEVERITIES) },
      { name: "kind", title: "Kind", mappings: textsOf(KINDS) },
      { name: "status", title: "Status", mappings: STATUS },
      { name: "stage", title: "Stage", mappings: STAGE },
      { name: "Time", title: "Last step" },
      { name: "open_ms", title: "Open until then", unit: "ms" },
      { name: "rule", title: "Rule", links: [toRule] },
      { name: "product", title: "Product" },
    ],
    sortBy: ["-Time"],
    width: 24,
    height: 10,
  }),
  curves({
    title: "Age of the oldest open case, by kind",
    description: "Rises by a day per day while nobody touches it.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("max", "oldest_ms")], {
          from: "vz.case_open",
          where: CHOSEN,
          every: "$__interval",
          by: ["kind"],
        }),
        "$tag_kind",
      ),
    ],
    unit: "ms",
    names: KINDS,
    min: 0,
    width: 12,
    interval: "15m",
  }),
  curves({
    title: "Open cases, by severity",
    description: "How many were open.",
    targets: [Target.series("A", openCount("open", ["severity"]), "$tag_severity")],
    unit: "short",
    names: SEVERITIES,
    stacked: true,
    min: 0,
    width: 12,
    interval: "15m",
  }),
];
