import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { overTime, signals } from "./fleet-courses.ts";
import { above, fieldKeys, tagValues } from "./influxql.ts";
import { toCases, toDevice } from "./links.ts";
import { KINDS, PRESENCE, SEVERITIES, thresholds, WORST } from "./look.ts";
import { map } from "./map.ts";
import type { Placed } from "./panels.ts";
import { number } from "./panels.ts";
import { FLEET_POINTS } from "./periods.ts";
import { fleetTotal, newestOf, ofDevice, ofProduct, openTotal } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

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
    description: "By how much depends on it. Look at safety first, then at urgent.",
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

const attention = (): readonly Placed[] => [
  rows({
    title: "Worst devices",
    description:
      "Devices with open cases, the worst first. The device's name leads to its dashboard with the same time range.",
    targets: [
      Target.table(
        "A",
        newestOf(["worst_code", "open_cases", "presence_code", "firmware_s", "last_seen_ms"], {
          from: "vz.device",
          where: [ofProduct, ofDevice],
          by: ["product", "device"],
          only: [above("open_cases", 0)],
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
      "Devices with attributes lat and lon in the registry, coloured by their worst open case: blue none, yellow normal, orange urgent, red safety. The map itself comes from the internet.",
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
