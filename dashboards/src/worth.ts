import { above, Column, Select } from "./influxql.ts";
import { toRule } from "./links.ts";
import { KINDS, textsOf, thresholds } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number } from "./panels.ts";
import { VALUE_POINTS } from "./periods.ts";
import { newestOf, ofKind, ofProduct } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";

const CHOSEN = [ofProduct, ofKind];
const GROUPS = ["product", "rule", "kind"];

/** The counts of all rules, of which each day's are the newest. */
const daily = (fields: readonly string[]): Select =>
  new Select(
    fields.map((field) => Column.of("last", field).as(field)),
    { from: "vz.value", where: CHOSEN, every: "$__interval", by: GROUPS },
  );

/** Over all rules; nothing where there is nothing to count. */
const shareOf = (count: string): Target => {
  const of = `${count}_of`;
  const share = Column.over(Column.of("sum", count), Column.of("sum", of)).as("share");
  return Target.series(
    "A",
    new Select([share], { from: daily([count, of]), where: [above(of, 0)], every: "$__interval" }),
    "$col",
  );
};

const sums = (fields: readonly string[]): Target =>
  Target.series(
    "A",
    new Select(
      fields.map((field) => Column.of("sum", field).as(field)),
      { from: daily(fields), every: "$__interval" },
    ),
    "$col",
  );

/** Of cases that opened in the thirty days before each value; how each is counted is in docs/value.md. */
export const worth = (): readonly Placed[] => [...figures(), ...course(), ...ofRules()];

const figures = (): readonly Placed[] => [
  number({
    title: "Found before the owner called",
    description:
      "Share of the real cases without a known call of the owner from a day before the onset until the case opened. Says nothing while no call is known: see beside it.",
    targets: [shareOf("found_before")],
    unit: "percentunit",
    noValue: "no case",
    interval: VALUE_POINTS,
    width: 5,
  }),
  number({
    title: "Owners' calls known",
    description:
      "Cases with any call that an agent or a desk noted. 0: nobody can say what was found before they called.",
    targets: [sums(["owner_calls"])],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "blue" }]),
    interval: VALUE_POINTS,
    width: 4,
  }),
  number({
    title: "Fixes proved and held",
    description:
      "Of the cases in which a step of the playbook was carried out and whose outcome is known: telemetry showed that it helped, and it lasted.",
    targets: [shareOf("verified_fix")],
    unit: "percentunit",
    noValue: "none tried",
    interval: VALUE_POINTS,
    width: 5,
  }),
  number({
    title: "False, of the judged",
    description: "False alarms and sensor faults, of the cases that were judged right or wrong.",
    targets: [shareOf("false_case")],
    unit: "percentunit",
    thresholds: thresholds([
      { from: 0.05, color: "orange" },
      { from: 0.2, color: "red" },
    ]),
    noValue: "no verdict yet",
    interval: VALUE_POINTS,
    width: 5,
  }),
  number({
    title: "Cases with a verdict",
    description: "How many judgements the share of false cases rests on. Under 10 it says little.",
    targets: [sums(["verdicts"])],
    unit: "short",
    interval: VALUE_POINTS,
    width: 5,
  }),
];

const course = (): readonly Placed[] => [
  curves({
    title: "Cases of the last 30 days and what became of them",
    description:
      "Each value looks 30 days back. Good: fixes follow cases closely, and few went to a person or came back.",
    targets: [sums(["cases", "fixes_tried", "verified_fix", "escalated", "reopened"])],
    unit: "short",
    names: [
      { name: "cases", title: "Cases", color: "orange" },
      { name: "fixes_tried", title: "Step carried out", color: "purple" },
      { name: "verified_fix", title: "Proved and held", color: "green" },
      { name: "escalated", title: "Went to a person", color: "red" },
      { name: "reopened", title: "Came back", color: "blue" },
    ],
    min: 0,
    interval: VALUE_POINTS,
    width: 24,
  }),
];

const COLUMNS = [
  "cases",
  "found_before",
  "owner_calls",
  "fixes_tried",
  "verified_fix",
  "confirmed",
  "false_case",
  "escalated",
  "reopened",
];

const ofRules = (): readonly Placed[] => [
  rows({
    title: "What each rule was worth",
    description:
      "Counts of the cases that opened in the last 30 days. The rule leads to its dashboard.",
    targets: [
      Target.table("A", newestOf(COLUMNS, { from: "vz.value", where: CHOSEN, by: GROUPS })),
    ],
    columns: [
      { name: "rule", title: "Rule", links: [toRule] },
      { name: "product", title: "Product" },
      { name: "kind", title: "Kind", mappings: textsOf(KINDS) },
      { name: "cases", title: "Cases" },
      { name: "found_before", title: "Found before a call" },
      { name: "owner_calls", title: "Calls known" },
      { name: "fixes_tried", title: "Step carried out" },
      { name: "verified_fix", title: "Proved and held" },
      { name: "confirmed", title: "Confirmed" },
      { name: "false_case", title: "False" },
      { name: "escalated", title: "To a person" },
      { name: "reopened", title: "Came back" },
    ],
    sortBy: ["cases"],
    width: 24,
    height: 10,
  }),
];
