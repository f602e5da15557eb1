import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { Column, is, Select, tagValues, within } from "./influxql.ts";
import { toCase, toDevice, toRule } from "./links.ts";
import { KINDS, SEVERITIES, STAGE, STATUS, textsOf, thresholds } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number, rows } from "./panels.ts";
import { ofProduct, openCases, steps, total } from "./queries.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

const ofKind = within("kind", "kind");
const CHOSEN = [ofProduct, ofKind];

export const cases = (consoleUrl: string): Dashboard =>
  dashboard({
    uid: "vz-cases",
    title: "Cases",
    description: "What is open and how long, what telemetry proved solved, and how often we were wrong.",
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
    description: "Safety and urgent cases go to a person at once.",
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

const onSteps = (columns: readonly Column[], event: string) =>
  new Select(columns, { from: "vz.case", where: [...CHOSEN, is("event", event)] });

const inRange = (): readonly Placed[] => [
  ...rates(),
  curves({
    title: "Opened and resolved per day",
    description: "Resolved should keep up with opened.",
    targets: (["opened", "resolved"] as const).map((event, index) =>
      Target.series(
        index === 0 ? "A" : "B",
        steps(event, { where: [ofKind], every: "$__interval" }),
        "$col",
      ),
    ),
    unit: "short",
    names: [
      { name: "opened", title: "Opened", color: "orange" },
      { name: "resolved", title: "Resolved", color: "blue" },
    ],
    bars: true,
    min: 0,
    interval: "1d",
    width: 12,
  }),
  curves({
    title: "Time from opening to resolution",
    description: "Of cases that were resolved on a day: half took less than the median, nine in ten less than the other.",
    targets: ([50, 90] as const).map((percent, index) =>
      Target.series(
        index === 0 ? "A" : "B",
        new Select([Column.of("percentile", "open_ms", percent).as(`p${percent}`)], {
          from: "vz.case",
          where: [...CHOSEN, is("event", "resolved")],
          every: "$__interval",
        }),
        "$col",
      ),
    ),
    unit: "ms",
    names: [
      { name: "p50", title: "Median", color: "blue" },
      { name: "p90", title: "9 in 10", color: "orange" },
    ],
    min: 0,
    interval: "1d",
    width: 12,
  }),
];

const rates = (): readonly Placed[] => [
  number({
    title: "Verified fixes",
    description:
      "Share of the resolved cases in which telemetry proved that our own step solved it. The rest recovered alone or were closed by a person.",
    targets: [
      Target.series(
        "A",
        onSteps(
          [Column.over(Column.of("sum", "verified"), Column.of("sum", "n")).as("verified")],
          "resolved",
        ),
        "$col",
      ),
    ],
    unit: "percentunit",
    sparkline: false,
    width: 6,
  }),
  number({
    title: "False cases",
    description:
      "Share of the verdicts of service people that say: false alarm or faulty sensor. Good: under 5 %. Which rules: below.",
    targets: [
      Target.series(
        "A",
        onSteps([Column.rest(Column.of("mean", "true_alarm")).as("false")], "verdict"),
        "$col",
      ),
    ],
    unit: "percentunit",
    thresholds: thresholds([
      { from: 0.05, color: "orange" },
      { from: 0.2, color: "red" },
    ]),
    sparkline: false,
    width: 6,
  }),
  number({
    title: "Lead time, median",
    description:
      "From the onset of the trouble as seen in the data to the case. Long for rules that must see a trend first.",
    targets: [
      Target.series("A", onSteps([Column.of("percentile", "lead_ms", 50).as("lead")], "opened"), "$col"),
    ],
    unit: "ms",
    sparkline: false,
    width: 6,
  }),
  number({
    title: "Lead time, 9 in 10",
    description: "Nine in ten cases were opened within this time of the onset.",
    targets: [
      Target.series("A", onSteps([Column.of("percentile", "lead_ms", 90).as("lead")], "opened"), "$col"),
    ],
    unit: "ms",
    sparkline: false,
    width: 6,
  }),
];

const byRule = (): readonly Placed[] => [
  rows({
    title: "Rules by their cases",
    description:
      "What each rule did in this range. Escalated much: the playbook does not help. False much: the rule needs work. The rule leads to its dashboard.",
    targets: [
      ...(["opened", "escalated", "fix_verified", "resolved"] as const).map((event, index) =>
        Target.table(
          String.fromCodePoint(65 + index),
          steps(event, { where: [ofKind], by: ["product", "rule"] }),
        ),
      ),
      Target.table(
        "E",
        new Select([Column.rest(Column.of("mean", "true_alarm")).as("false_rate")], {
          from: "vz.case",
          where: [...CHOSEN, is("event", "verdict")],
          by: ["product", "rule"],
        }),
      ),
    ],
    merge: true,
    columns: [
      { name: "rule", title: "Rule", links: [toRule] },
      { name: "product", title: "Product" },
      { name: "opened", title: "Opened" },
      { name: "escalated", title: "Escalated" },
      { name: "fix_verified", title: "Fixes verified" },
      { name: "resolved", title: "Resolved" },
      { name: "false_rate", title: "False of the judged", unit: "percentunit" },
    ],
    sortBy: ["opened"],
    width: 24,
    height: 10,
  }),
];
