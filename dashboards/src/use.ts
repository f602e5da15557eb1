import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { above, Column, equals, is, Select, tagValues, within } from "./influxql.ts";
import { toDevice } from "./links.ts";
import type { Color } from "./look.ts";
import { thresholds, USE } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number, rows } from "./panels.ts";
import { newestOf } from "./queries.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

/** One point per device and UTC day, written six hours after it. */
const USE_POINTS = "1d";
const PRODUCT = is("product", "$product");
const COHORT = within("cohort", "cohort");
const DEVICE = within("device", "device");
const CHOSEN = [PRODUCT, COHORT, DEVICE];

export const use = (): Dashboard =>
  dashboard({
    uid: "vz-use",
    title: "Use",
    description: "Who never, hardly or only partly uses what they bought, against their own habit and their like.",
    range: "30d",
    refresh: "5m",
    variables: [
      variables.datasource(),
      variables.one({
        name: "product",
        label: "Product",
        description: "Use is compared within one product: units differ.",
        query: tagValues("product", { from: "vz.use" }),
      }),
      variables.any({
        name: "cohort",
        label: "Cohort",
        description: "Groups of devices that are alike.",
        query: tagValues("cohort", { from: "vz.use", where: [PRODUCT] }),
      }),
      variables.any({
        name: "device",
        label: "Device",
        description: "Devices to show.",
        query: tagValues("device", { from: "vz.use", where: [PRODUCT, COHORT] }),
      }),
    ],
    sections: [
      { title: "On the last whole day", panels: lastDay() },
      { title: "Devices", panels: devices() },
      { title: "Cohorts and features", panels: cohorts() },
    ],
  });

const stands = newestOf(["state_code"], { from: "vz.use", where: CHOSEN, by: ["device"] });

const standing = (about: {
  readonly title: string;
  readonly description: string;
  readonly code: number;
  readonly color: Color;
}): Placed =>
  number({
    title: about.title,
    description: about.description,
    targets: [
      Target.series(
        "A",
        new Select([Column.of("count", "state").as("devices")], {
          from: stands,
          where: [equals("state", about.code)],
        }),
        "$col",
      ),
    ],
    unit: "short",
    noValue: "0",
    thresholds: thresholds([{ from: 1, color: about.color }]),
    sparkline: false,
    width: 4,
  });

const lastDay = (): readonly Placed[] => [
  standing({
    title: "Never used",
    description: "Devices that were handed over and not used once. Call: nobody may have shown how.",
    code: 4,
    color: "purple",
  }),
  standing({
    title: "No more used",
    description: "Devices that were used and stand still now.",
    code: 3,
    color: "red",
  }),
  standing({
    title: "Hardly used",
    description: "Devices that are used far less than they were, or than expected of any.",
    code: 2,
    color: "orange",
  }),
  standing({
    title: "Incompletely used",
    description: "Devices of which a feature is not used, or something is begun and never finished.",
    code: 1,
    color: "yellow",
  }),
  standing({
    title: "As usual",
    description: "Devices about whose use no rule has anything to say.",
    code: 0,
    color: "blue",
  }),
  number({
    title: "Used on that day",
    description: "Share of the devices that were used at all on the day.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("mean", "used").as("share")], {
          from: "vz.use",
          where: CHOSEN,
          every: "$__interval",
        }),
        "$col",
      ),
    ],
    unit: "percentunit",
    interval: USE_POINTS,
    width: 4,
  }),
];

const FIGURES = [
  "state_code",
  "amount",
  "habit",
  "vs_habit",
  "cohort_median",
  "vs_cohort",
  "unit_s",
  "features_used",
  "features",
];

const devices = (): readonly Placed[] => [
  rows({
    title: "Devices by use",
    description:
      "Use on the last whole day against the device's own habit (after 7 known days) and against the median of its cohort. The device leads to its dashboard.",
    targets: [
      Target.table(
        "A",
        newestOf(FIGURES, { from: "vz.use", where: CHOSEN, by: ["product", "device", "cohort"] }),
      ),
    ],
    columns: [
      { name: "device", title: "Device", links: [toDevice] },
      { name: "product", title: "Product" },
      { name: "cohort", title: "Cohort" },
      { name: "state", title: "Use", mappings: USE },
      { name: "amount", title: "On the day", decimals: 1 },
      { name: "unit", title: "Unit" },
      { name: "habit", title: "Its habit", decimals: 1 },
      { name: "vs_habit", title: "Of its habit", unit: "percentunit" },
      { name: "cohort_median", title: "Median of its cohort", decimals: 1 },
      { name: "vs_cohort", title: "Of that median", unit: "percentunit" },
      { name: "features_used", title: "Features used" },
      { name: "features", title: "of" },
    ],
    sortBy: ["state", "-vs_cohort"],
    width: 24,
    height: 12,
  }),
];

const daily = (columns: readonly Column[], by: readonly string[] = [], where = CHOSEN): Select =>
  new Select(columns, { from: "vz.use", where, every: "$__interval", by });

const cohorts = (): readonly Placed[] => [
  curves({
    title: "Use per device and day",
    description: "In the product's unit of use: the median device, the least used tenth and the most used tenth.",
    targets: [10, 50, 90].map((percent, index) =>
      Target.series(
        String.fromCodePoint(65 + index),
        daily([Column.of("percentile", "amount", percent).as(`p${percent}`)]),
        "$col",
      ),
    ),
    unit: "short",
    names: [
      { name: "p10", title: "Least used tenth is below", color: "orange" },
      { name: "p50", title: "Median", color: "blue" },
      { name: "p90", title: "Most used tenth is above", color: "green" },
    ],
    min: 0,
    interval: USE_POINTS,
    width: 12,
  }),
  curves({
    title: "Use per device, by cohort",
    description: "Mean use per device and day of each cohort. One that leaves the others: look at what its devices share.",
    targets: [Target.series("A", daily([Column.of("mean", "amount")], ["cohort"]), "$tag_cohort")],
    unit: "short",
    min: 0,
    interval: USE_POINTS,
    width: 12,
  }),
  curves({
    title: "Against the cohort",
    description: "Use over the median of the cohort: 100 % is like the others. The lower line is the least used tenth.",
    targets: [10, 50].map((percent, index) =>
      Target.series(
        String.fromCodePoint(65 + index),
        daily([Column.of("percentile", "vs_cohort", percent).as(`p${percent}`)]),
        "$col",
      ),
    ),
    unit: "percentunit",
    names: [
      { name: "p10", title: "Least used tenth is below", color: "orange" },
      { name: "p50", title: "Median", color: "blue" },
    ],
    min: 0,
    interval: USE_POINTS,
    width: 8,
  }),
  curves({
    title: "Features used, by cohort",
    description: "Mean share of the product's features that were ever used. Low in all cohorts: the feature is hard to find.",
    targets: [
      Target.series("A", daily([Column.of("mean", "features_share")], ["cohort"]), "$tag_cohort"),
    ],
    unit: "percentunit",
    min: 0,
    max: 1,
    interval: USE_POINTS,
    width: 8,
  }),
  curves({
    title: "Devices with trouble in their use",
    description: "How many devices stood otherwise than as usual at the end of each day.",
    targets: [
      Target.series(
        "A",
        daily([Column.of("count", "state_code").as("devices")], [], [...CHOSEN, above("state_code", 0)]),
        "$col",
      ),
    ],
    unit: "short",
    names: [{ name: "devices", title: "Devices", color: "orange" }],
    bars: true,
    min: 0,
    interval: USE_POINTS,
    width: 8,
  }),
];
