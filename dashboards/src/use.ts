import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { above, Column, is, Select, tagValues, within } from "./influxql.ts";
import { toDevice } from "./links.ts";
import { USE } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number } from "./panels.ts";
import { USE_POINTS } from "./periods.ts";
import { newestOf } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

const PRODUCT = is("product", "$product");
const COHORT = within("cohort", "cohort");
const DEVICE = within("device", "device");
const CHOSEN = [PRODUCT, COHORT, DEVICE];

export const use = (): Dashboard =>
  dashboard({
    uid: "vz-use",
    title: "Use",
    description:
      "Who never, hardly or only partly uses what they bought, against their own habit and their like.",
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
      { title: "On the last whole day", panels: [...lastDay(), ...lastDayFigures()] },
      { title: "Devices", panels: devices() },
      { title: "Cohorts and features", panels: [...cohorts(), ...comparison()] },
    ],
  });

const lastDay = (): readonly Placed[] => [
  rows({
    title: "How devices are used",
    description:
      "How many devices stand how, by the underuse rules that were active. Never: call, nobody may have shown how. No more, hardly: ask why. Incompletely: a feature is not known, or something is begun and never finished.",
    targets: [
      Target.table(
        "A",
        newestOf(["state_code"], { from: "vz.use", where: CHOSEN, by: ["device"] }),
      ),
    ],
    countBy: { name: "state", counted: "device" },
    columns: [
      { name: "state", title: "Use", mappings: USE },
      { name: "device (count)", title: "Devices" },
    ],
    sortBy: ["state"],
    width: 8,
    height: 7,
  }),
];

const lastDayFigures = (): readonly Placed[] => [
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
    width: 6,
    height: 7,
  }),
  number({
    title: "Devices compared",
    description:
      "Devices of the product with use; those without a sample in the range are not counted.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("count", "state").as("devices")], {
          from: new Select([Column.of("last", "state_code").as("state")], {
            from: "vz.use",
            where: CHOSEN,
            by: ["device"],
          }),
        }),
        "$col",
      ),
    ],
    unit: "short",
    sparkline: false,
    width: 4,
    height: 7,
  }),
  number({
    title: "Use against habit, median device",
    description: "Half of the devices with a habit did less than this share of it on the last day.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("percentile", "vs_habit", 50).as("share")], {
          from: "vz.use",
          where: CHOSEN,
          every: "$__interval",
        }),
        "$col",
      ),
    ],
    unit: "percentunit",
    noValue: "no habit known yet",
    interval: USE_POINTS,
    width: 6,
    height: 7,
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
    description:
      "In the product's unit of use: the median device, the least used tenth and the most used tenth.",
    targets: [Target.series("A", daily(Column.percentiles("amount", [10, 50, 90])), "$col")],
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
    description:
      "Mean use per device and day of each cohort. One that leaves the others: look at what its devices share.",
    targets: [Target.series("A", daily([Column.of("mean", "amount")], ["cohort"]), "$tag_cohort")],
    unit: "short",
    min: 0,
    interval: USE_POINTS,
    width: 12,
  }),
];

const comparison = (): readonly Placed[] => [
  curves({
    title: "Against the cohort",
    description:
      "Use over the median of the cohort: 100 % is like the others. The lower line is the least used tenth, where there are five devices.",
    targets: [Target.series("A", daily(Column.percentiles("vs_cohort", [10, 50])), "$col")],
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
    description:
      "Mean share of the product's features that were ever used. Low in all cohorts: the feature is hard to find.",
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
        daily(
          [Column.of("count", "state_code").as("devices")],
          [],
          [...CHOSEN, above("state_code", 0)],
        ),
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
