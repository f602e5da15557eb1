import type { ProductModel, UseModel } from "@voorzorg/firmware-contracts";
import { Column, is, Select } from "./influxql.ts";
import { toCase, toRule, toUseOf } from "./links.ts";
import {
  PRESENCE,
  SEVERITIES,
  STAGE,
  STATUS,
  textsOf,
  thresholds,
  USE,
  unitOf,
  WORST,
} from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number, states } from "./panels.ts";
import { USE_POINTS } from "./periods.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";

const OWN = [is("device", "$device")];

const newest = (field: string, from = "vz.device"): Target =>
  Target.series(
    "A",
    new Select([Column.of("last", field).as("value")], { from, where: OWN }),
    "$col",
  );

/** How the device is now. */
export const deviceNow = (product: ProductModel): readonly Placed[] => [
  number({
    title: "Presence",
    description: "Whether the device is connected; lost: it should be heard of and is not.",
    targets: [newest("presence_code")],
    unit: "short",
    mappings: PRESENCE,
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Worst open case",
    description: "Severity of the worst open case. The table below leads to it.",
    targets: [newest("worst_code")],
    unit: "short",
    mappings: WORST,
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Open cases",
    description: "How many cases are open now.",
    targets: [newest("open_cases")],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "orange" }]),
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Firmware",
    description: "Version that the device told last.",
    targets: [newest("firmware_s")],
    unit: "string",
    text: true,
    sparkline: false,
    width: 4,
  }),
  number({
    title: "Last heard of",
    description: "When its newest message arrived.",
    targets: [newest("last_seen_ms")],
    unit: "dateTimeFromNow",
    sparkline: false,
    width: 4,
  }),
  ...(product.use === undefined ? [] : [useNow(product.id, product.use)]),
];

/** Use of a day is known six hours after it ended. */
const USE_RANGE = "30d";

const useNow = (product: string, { title }: UseModel): Placed =>
  number({
    title: "Use",
    description: `${title}: how the device stood at the end of the last whole day.`,
    targets: [newest("state_code", "vz.use")],
    unit: "short",
    mappings: USE,
    links: [toUseOf(product)],
    sparkline: false,
    timeFrom: USE_RANGE,
    width: 4,
  });

const course = (field: string): Target =>
  Target.series(
    "A",
    new Select([Column.of("last", field).as("value")], {
      from: "vz.device",
      where: OWN,
      every: "$__interval",
    }),
    "$col",
  );

export const deviceStates = (): readonly Placed[] => [
  states({
    title: "Presence over time",
    description:
      "When it was connected. Short losses in a row: look at the network where it stands.",
    targets: [course("presence_code")],
    mappings: PRESENCE,
    interval: "1m",
    width: 8,
    height: 4,
  }),
  states({
    title: "Worst case over time",
    description: "Severity of the worst case that was open.",
    targets: [course("worst_code")],
    mappings: WORST,
    interval: "1m",
    width: 8,
    height: 4,
  }),
  states({
    title: "Firmware over time",
    description: "Versions; a trouble that begins with a new one is hardly a coincidence.",
    targets: [course("firmware_s")],
    mappings: [],
    interval: "1m",
    width: 8,
    height: 4,
  }),
];

export const caseSteps = ({ id }: ProductModel): Placed =>
  rows({
    title: "What happened with its cases",
    description:
      "Steps of the device's cases in this range, the newest 200: opened, acted, proved, escalated, resolved. The case number leads to the console.",
    targets: [
      Target.table(
        "A",
        new Select(
          ["event", "title_s", "severity", "status_s", "stage_s", "rule", "product", "id_s"].map(
            (name) => Column.field(name).as(name.replace(/_s$/, "")),
          ),
          { from: "vz.case", where: [...OWN, is("product", id)], newest: 200 },
        ),
      ),
    ],
    columns: [
      { name: "Time", title: "When" },
      { name: "id", title: "Case", links: [toCase] },
      { name: "title", title: "What" },
      { name: "event", title: "Step" },
      { name: "severity", title: "Severity", mappings: textsOf(SEVERITIES) },
      { name: "status", title: "Status after it", mappings: STATUS },
      { name: "stage", title: "Stage after it", mappings: STAGE },
      { name: "rule", title: "Rule", links: [toRule] },
      { name: "product", title: "Product" },
    ],
    sortBy: ["Time"],
    width: 24,
  });

const day = (columns: readonly Column[]): Select =>
  new Select(columns, { from: "vz.use", where: OWN, every: "$__interval" });

/** Against its own habit and against its like. */
export const deviceUse = ({ title, unit }: UseModel): readonly Placed[] => [
  curves({
    title: `${title} per day`,
    description:
      "What the device did on each day, what its own earlier days let expect of that weekday, and the median of its cohort. Below both for a week: ask the owner.",
    targets: [
      Target.series(
        "A",
        day(["amount", "habit", "cohort_median"].map((name) => Column.of("mean", name).as(name))),
        "$col",
      ),
    ],
    unit: unitOf(unit),
    names: [
      { name: "amount", title: "This device", color: "blue" },
      { name: "habit", title: "Its own habit", color: "orange" },
      { name: "cohort_median", title: "Median of its cohort", color: "grey" },
    ],
    min: 0,
    timeFrom: USE_RANGE,
    interval: USE_POINTS,
    width: 12,
  }),
  curves({
    title: "Features used",
    description:
      "Share of the product's features that were ever used here. Stands still below 100 %: the owner may not know the rest.",
    targets: [Target.series("A", day([Column.of("last", "features_share").as("share")]), "$col")],
    unit: "percentunit",
    names: [{ name: "share", title: "Features used", color: "green" }],
    min: 0,
    max: 1,
    timeFrom: USE_RANGE,
    interval: USE_POINTS,
    width: 6,
  }),
  states({
    title: "Use as judged by the rules",
    description:
      "As usual, incompletely, hardly, no more, never: by the underuse rules that were active at the end of each day.",
    targets: [Target.series("A", day([Column.of("last", "state_code").as("use")]), "$col")],
    mappings: USE,
    timeFrom: USE_RANGE,
    interval: USE_POINTS,
    width: 6,
  }),
];
