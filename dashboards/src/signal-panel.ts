import type { SignalModel } from "@voorzorg/firmware-contracts";
import { Column, is, Select } from "./influxql.ts";
import type { Limit } from "./limits.ts";
import type { Color, Named } from "./look.ts";
import { FLAG, statesOf, thresholds, unitOf } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, states } from "./panels.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";

export interface SignalPanel {
  readonly product: string;
  readonly id: string;
  readonly signal: SignalModel;
  /** Of this signal. */
  readonly limits: readonly Limit[];
}

/** The panel that fits the kind of a signal. */
export function signalPanel(about: SignalPanel): Placed {
  switch (about.signal.kind) {
    case "gauge":
      return gauge(about);
    case "counter":
      return counter(about);
    case "state":
      return timeline(about, "_s");
    case "flag":
      return timeline(about, "_b");
    case "text":
      return texts(about);
  }
}

const HALF = 12;

function select(
  { product }: SignalPanel,
  columns: readonly Column[],
  fill: "null" | "none",
): Select {
  return new Select(columns, {
    from: product,
    where: [is("device", "$device")],
    every: "$__interval",
    fill,
  });
}

/** Extremes as a band, so that peaks stay visible in long ranges, and the mean as a line in it. */
function gauge(about: SignalPanel): Placed {
  const { id, signal, limits } = about;
  const extremes = ["mean", "max", "min"] as const;
  return curves({
    title: signal.title,
    description: sentence([
      `${id}: mean, with the range between the smallest and the largest sample behind it.`,
      rangeOf(signal),
      ...limits.map(limitText),
    ]),
    targets: [
      Target.series(
        "A",
        select(
          about,
          extremes.map((name) => Column.of(name, id).as(name)),
          "null",
        ),
        "$col",
      ),
    ],
    unit: unitOf(signal.unit),
    names: BAND,
    thresholds: thresholds(
      limits
        .map(({ value, ...limit }) => ({ from: value, color: colorOf(limit) }))
        .toSorted((a, b) => a.from - b.from),
    ),
    ...(limits.length > 0 && { limitLines: true }),
    // Three periods without a sample is a gap; the gateway calls the signal unknown then.
    connectWithinMs: 3 * (signal.periodMs ?? USUAL_PERIOD_MS),
    interval: seconds(signal.periodMs),
    width: HALF,
  });
}

const USUAL_PERIOD_MS = 60_000;
const HIDDEN = { legend: true, tooltip: false, viz: false };
const SMALLEST = "Smallest";
const BAND: readonly Named[] = [
  { name: "mean", title: "Mean", color: "blue" },
  {
    name: "max",
    title: "Largest",
    color: "sky",
    more: [
      { id: "custom.lineWidth", value: 0 },
      // By the name that is shown.
      { id: "custom.fillBelowTo", value: SMALLEST },
      { id: "custom.fillOpacity", value: 25 },
      { id: "custom.hideFrom", value: HIDDEN },
    ],
  },
  {
    name: "min",
    title: SMALLEST,
    color: "sky",
    more: [
      { id: "custom.lineWidth", value: 0 },
      { id: "custom.fillOpacity", value: 0 },
      { id: "custom.hideFrom", value: HIDDEN },
    ],
  },
];

function counter(about: SignalPanel): Placed {
  const { id, signal } = about;
  const unit = signal.unit === "1" || signal.unit === undefined ? "" : ` ${signal.unit}`;
  return curves({
    title: `${signal.title} per day`,
    description: `${id}: how fast the counter rises, in${unit === "" ? " counts" : unit} per day. Where a counter starts again, nothing is shown.`,
    targets: [
      Target.series("A", select(about, [Column.rise(id, "1d").as("rise")], "none"), "$col"),
    ],
    unit: unitOf(signal.unit),
    names: [{ name: "rise", title: "Per day", color: "green" }],
    bars: true,
    min: 0,
    // Shorter stretches show single counts as peaks.
    interval: "1h",
    width: HALF,
  });
}

function timeline(about: SignalPanel, suffix: "_s" | "_b"): Placed {
  const { id, signal } = about;
  return states({
    title: signal.title,
    description: `${id}: the newest value in each stretch of time.`,
    targets: [
      Target.series(
        "A",
        select(about, [Column.of("last", `${id}${suffix}`).as(id)], "none"),
        "$col",
      ),
    ],
    mappings: suffix === "_b" ? FLAG : statesOf(signal.values ?? []),
    interval: seconds(signal.periodMs),
    width: HALF,
    height: 4,
  });
}

function texts({ product, id, signal }: SignalPanel): Placed {
  return rows({
    title: signal.title,
    description: `${id}: what was said when, the newest 200.`,
    targets: [
      Target.table(
        "A",
        new Select([Column.field(`${id}_s`).as("text")], {
          from: product,
          where: [is("device", "$device")],
          newest: 200,
        }),
      ),
    ],
    columns: [
      { name: "Time", title: "Time" },
      { name: "text", title: signal.title },
    ],
    sortBy: ["Time"],
    width: HALF,
  });
}

const seconds = (periodMs = USUAL_PERIOD_MS): string =>
  `${Math.max(10, Math.round(periodMs / 1000))}s`;

const rangeOf = ({ range, unit = "" }: SignalModel): string | undefined =>
  range === undefined ? undefined : `Plausible: ${range[0]} to ${range[1]} ${unit}`.trim();

const limitText = ({ value, above, rule, level, condition }: Limit): string =>
  `Dashed line at ${value}: from there ${above ? "up" : "down"} the rule ${rule} (${level}) applies: ${condition}`;

const sentence = (parts: readonly (string | undefined)[]): string =>
  parts
    .filter((part) => part !== undefined)
    .map((part) => (part.endsWith(".") ? part : `${part}.`))
    .join(" ");

const colorOf = ({ level, severity }: Pick<Limit, "level" | "severity">): Color => {
  if (level === "watch") return "yellow";
  return severity === "normal" ? "orange" : "red";
};
