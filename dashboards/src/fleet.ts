import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { above, Column, fieldKeys, Select, tagValues } from "./influxql.ts";
import { fromCurveToDevice, toCases, toDevice } from "./links.ts";
import { KINDS, PRESENCE, PRESENCES, SEVERITIES, thresholds, WORST } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, map, number, rows, states } from "./panels.ts";
import { fleetTotal, newestOf, ofDevice, ofProduct, openTotal } from "./queries.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

/** Points of the fleet are written once a minute, those of devices every quarter of an hour. */
const FLEET_POINTS = "1m";
const DEVICE_POINTS = "15m";

export const fleet = (): Dashboard =>
  dashboard({
    uid: "vz-fleet",
    title: "Fleet",
    description: "Are all devices well, which are not, and where to look first.",
    range: "24h",
    refresh: "1m",
    variables: [
      variables.datasource(),
      variables.any({
        name: "product",
        label: "Product",
        description: "Products to show.",
        query: tagValues("product", { from: "vz.device" }),
      }),
      variables.any({
        name: "device",
        label: "Device",
        description: "Devices in the table, the map, the timeline and the percentiles.",
        query: tagValues("device", { from: "vz.device", where: [ofProduct] }),
      }),
      variables.one({
        name: "measured",
        label: "Signals of",
        description: "Product whose signals are compared over its devices.",
        query: tagValues("product", { from: "vz.device", where: [ofProduct] }),
      }),
      variables.one({
        name: "signal",
        label: "Signal",
        description: "Signal that is compared over all devices.",
        query: fieldKeys("$measured"),
        // Texts and flags have no percentiles.
        regex: "/^(?!.*_[sb]$).+$/",
      }),
    ],
    sections: [
      { title: "Now", panels: now() },
      { title: "What needs attention", panels: attention() },
      { title: "Over time", panels: overTime() },
      { title: "Signals of $measured", panels: signals() },
    ],
  });

const now = (): readonly Placed[] => [
  number({
    title: "Devices online",
    description:
      "Devices that are connected now. Not all need to be: some sleep, some are switched off by their owners.",
    targets: [Target.series("A", fleetTotal("online"), "online")],
    unit: "short",
    width: 3,
    interval: FLEET_POINTS,
  }),
  number({
    title: "Devices lost",
    description:
      "Devices that should be heard of and are not. Good: 0. Each has or will have a case; the timeline below shows which.",
    targets: [Target.series("A", fleetTotal("lost"), "lost")],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "red" }]),
    width: 3,
    interval: FLEET_POINTS,
  }),
  number({
    title: "Devices with a case",
    description: "Devices with at least one open case. The table below says which and why.",
    targets: [Target.series("A", fleetTotal("devices_with_cases"), "devices")],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "orange" }]),
    links: [toCases],
    width: 4,
    interval: FLEET_POINTS,
  }),
  number({
    title: "Open cases by kind",
    description:
      "Fault: something is broken. Misuse: it is handled so that it will break. Underuse: the owner has little of it.",
    targets: [Target.series("A", openTotal("open", ["kind"]), "$tag_kind")],
    unit: "short",
    names: KINDS,
    links: [toCases],
    width: 6,
    interval: FLEET_POINTS,
  }),
  number({
    title: "Open cases by severity",
    description: "Safety first, then urgent: both are escalated to a person without delay.",
    targets: [Target.series("A", openTotal("open", ["severity"]), "$tag_severity")],
    unit: "short",
    names: SEVERITIES,
    links: [toCases],
    width: 5,
    interval: FLEET_POINTS,
  }),
  number({
    title: "Waiting for a person",
    description: "Open cases that were escalated: nothing more happens by itself. Good: 0.",
    targets: [Target.series("A", openTotal("escalated"), "escalated")],
    unit: "short",
    thresholds: thresholds([{ from: 1, color: "orange" }]),
    links: [toCases],
    width: 3,
    interval: FLEET_POINTS,
  }),
];

const newestDevice = newestOf(
  ["worst_code", "open_cases", "presence_code", "firmware_s", "last_seen_ms"],
  { from: "vz.device", where: [ofProduct, ofDevice], by: ["product", "device"] },
);

const attention = (): readonly Placed[] => [
  rows({
    title: "Worst devices",
    description:
      "Devices with open cases, the worst first. The device's name leads to its dashboard with the same time range.",
    targets: [
      Target.table(
        "A",
        new Select(["worst", "open_cases", "presence", "firmware", "last_seen_ms"].map(Column.field), {
          from: newestDevice,
          where: [above("open_cases", 0)],
          by: ["product", "device"],
        }),
      ),
    ],
    columns: [
      { name: "device", title: "Device", links: [toDevice] },
      { name: "product", title: "Product" },
      { name: "worst", title: "Worst case", mappings: WORST },
      { name: "open_cases", title: "Open cases", unit: "short" },
      { name: "presence", title: "Presence", mappings: PRESENCE },
      { name: "firmware", title: "Firmware" },
      { name: "last_seen_ms", title: "Last heard of", unit: "dateTimeFromNow" },
    ],
    sortBy: ["worst", "open_cases"],
    width: 14,
    height: 10,
  }),
  map({
    title: "Where they are",
    description:
      "Devices with attributes lat and lon in the registry, coloured by their worst open case: blue none, yellow normal, orange urgent, red safety.",
    targets: [
      Target.table(
        "A",
        newestOf(["lat", "lon", "worst_code", "open_cases"], {
          from: "vz.device",
          where: [ofProduct, ofDevice],
          by: ["product", "device"],
        }),
      ),
    ],
    mappings: WORST,
    thresholds: thresholds([
      { from: 1, color: "yellow" },
      { from: 2, color: "orange" },
      { from: 3, color: "red" },
    ]),
    width: 10,
    height: 10,
  }),
];

const overTime = (): readonly Placed[] => [
  states({
    title: "Devices with cases",
    description:
      "Worst open case of each device that had one in this range. A gap: it had none at that time. A click leads to the device.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("max", "worst_code")], {
          from: "vz.device",
          where: [ofProduct, ofDevice, above("worst_code", 0)],
          every: "$__interval",
          by: ["product", "device"],
          fill: "null",
        }),
        "$tag_device",
      ),
    ],
    mappings: WORST,
    links: [fromCurveToDevice],
    rows: 20,
    width: 24,
    height: 10,
    interval: DEVICE_POINTS,
  }),
  curves({
    title: "Open cases by kind",
    description: "How many cases were open. A steady rise: they are not worked off.",
    targets: [Target.series("A", openTotal("open", ["kind"]), "$tag_kind")],
    unit: "short",
    names: KINDS,
    stacked: true,
    min: 0,
    width: 8,
    interval: FLEET_POINTS,
  }),
  curves({
    title: "Presence",
    description: "How many devices were in which state. A step towards lost: look for a network or a firmware.",
    targets: PRESENCES.map(({ name }, index) =>
      Target.series(String.fromCodePoint(65 + index), fleetTotal(name), name),
    ),
    unit: "short",
    names: PRESENCES,
    stacked: true,
    min: 0,
    width: 8,
    interval: FLEET_POINTS,
  }),
  curves({
    title: "Alerts that began, by product",
    description:
      "Alerts of both levels on the devices' own clocks. Many at once on one product: often a firmware, the weather or a rule that was changed.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("sum", "fired")], {
          from: "vz.alert",
          where: [ofProduct, ofDevice],
          every: "$__interval",
          by: ["product"],
          fill: 0,
        }),
        "$tag_product",
      ),
    ],
    unit: "short",
    bars: true,
    stacked: true,
    min: 0,
    width: 8,
    interval: "1h",
  }),
];

const signals = (): readonly Placed[] => [
  curves({
    title: "$signal over all devices",
    description:
      "Percentiles of all samples in each stretch of time, not a line per device: 90 of 100 samples are between the outer two. A percentile that leaves the others: part of the fleet behaves differently.",
    targets: [
      ["A", 5],
      ["B", 25],
      ["C", 50],
      ["D", 75],
      ["E", 95],
    ].map(([ref, percent]) =>
      Target.series(
        String(ref),
        new Select([Column.of("percentile", "$signal", percent).as(`p${percent}`)], {
          from: "$measured",
          where: [ofDevice],
          every: "$__interval",
        }),
        "$col",
      ),
    ),
    unit: "short",
    names: [
      { name: "p5", title: "5 % are below", color: "sky" },
      { name: "p25", title: "25 %", color: "blue" },
      { name: "p50", title: "Median", color: "green" },
      { name: "p75", title: "75 %", color: "orange" },
      { name: "p95", title: "95 % are below", color: "red" },
    ],
    width: 16,
    interval: "5m",
  }),
  curves({
    title: "Devices that told $signal",
    description: "How many devices sent the signal per stretch of time. Fewer than usual: the percentiles speak of those only.",
    targets: [
      Target.series(
        "A",
        new Select([Column.of("count", "n").as("devices")], {
          from: new Select([Column.of("count", "$signal").as("n")], {
            from: "$measured",
            where: [ofDevice],
            every: "$__interval",
            by: ["device"],
          }),
          every: "$__interval",
        }),
        "$col",
      ),
    ],
    unit: "short",
    bars: true,
    min: 0,
    width: 8,
    interval: "5m",
  }),
];
