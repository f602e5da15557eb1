import { above, Column, Select } from "./influxql.ts";
import { fromCurveToDevice } from "./links.ts";
import { KINDS, PRESENCES, WORST } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, states } from "./panels.ts";
import { DEVICE_POINTS, FLEET_POINTS } from "./periods.ts";
import { fleetTotal, ofDevice, ofProduct, openTotal } from "./queries.ts";
import { Target } from "./target.ts";

/** Panels of the fleet over time. */
export const overTime = (): readonly Placed[] => [devicesWithCases(), ...courses()];

const devicesWithCases = (): Placed =>
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
  });

const courses = (): readonly Placed[] => [
  curves({
    title: "Open cases over time",
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
    title: "Presence over time",
    description:
      "How many devices were in which state. A step towards lost: look for a network or a firmware.",
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

/** Signals over all devices of one product. */
export const signals = (): readonly Placed[] => [
  curves({
    title: "$signal over all devices",
    description:
      "Percentiles of all samples in each stretch of time, not a line per device: 90 of 100 samples are between the outer two. A percentile that leaves the others: part of the fleet behaves differently. The lowest needs ten samples.",
    targets: [
      Target.series(
        "A",
        new Select(Column.percentiles("$signal", [5, 25, 50, 75, 95]), {
          from: "$measured",
          where: [ofDevice],
          every: "$__interval",
        }),
        "$col",
      ),
    ],
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
    description:
      "How many devices sent the signal per stretch of time. Fewer than usual: the percentiles speak of those only.",
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
