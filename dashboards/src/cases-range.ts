import { Column, is, Select } from "./influxql.ts";
import { toRule } from "./links.ts";
import { thresholds } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number } from "./panels.ts";
import { ofKind, ofProduct, steps } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";

const CHOSEN = [ofProduct, ofKind];

const onSteps = (columns: readonly Column[], event: string) =>
  new Select(columns, { from: "vz.case", where: [...CHOSEN, is("event", event)] });

/** What happened in the range of the dashboard. */
export const inRange = (): readonly Placed[] => [
  ...shares(),
  ...leadTimes(),
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
    description:
      "Of cases that were resolved on a day: half took less than the median, nine in ten less than the other.",
    targets: [
      Target.series(
        "A",
        new Select(Column.percentiles("open_ms", [50, 90]), {
          from: "vz.case",
          where: [...CHOSEN, is("event", "resolved")],
          every: "$__interval",
        }),
        "$col",
      ),
    ],
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

const shares = (): readonly Placed[] => [
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
];

const leadTimes = (): readonly Placed[] => [
  number({
    title: "Lead time, median",
    description:
      "From the onset of the trouble as seen in the data to the case. Long for rules that must see a trend first.",
    targets: [
      Target.series(
        "A",
        onSteps([Column.of("percentile", "lead_ms", 50).as("lead")], "opened"),
        "$col",
      ),
    ],
    unit: "ms",
    sparkline: false,
    width: 6,
  }),
  number({
    title: "Lead time, 9 in 10",
    description: "Nine in ten cases were opened within this time of the onset.",
    targets: [
      Target.series(
        "A",
        onSteps([Column.of("percentile", "lead_ms", 90).as("lead")], "opened"),
        "$col",
      ),
    ],
    unit: "ms",
    sparkline: false,
    width: 6,
  }),
];

export const byRule = (): readonly Placed[] => [
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
