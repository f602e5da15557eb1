import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import type { Aggregate } from "./influxql.ts";
import { Column, Select } from "./influxql.ts";
import type { Color, Named } from "./look.ts";
import { HEALTH, thresholds, YES_NO } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, number, states } from "./panels.ts";
import { Target } from "./target.ts";
import * as variables from "./variables.ts";

/** Points of the gateway are written every 10 s. */
const GATEWAY_POINTS = "10s";

export const gateway = (): Dashboard =>
  dashboard({
    uid: "vz-gateway",
    title: "Gateway",
    description: "Is the gateway well: does it take, store, decide and tell in time, and what limits it.",
    range: "6h",
    refresh: "30s",
    variables: [variables.datasource()],
    sections: [
      { title: "Now", panels: now() },
      { title: "What devices notice", panels: devicesNotice() },
      { title: "What is behind", panels: behind() },
      { title: "What it needs", panels: needs() },
    ],
  });

interface Figure {
  readonly field: string;
  readonly aggregate: Aggregate;
  readonly title: string;
  readonly color: Color;
}

const figure = (field: string, aggregate: Aggregate, title: string, color: Color): Figure => ({
  field,
  aggregate,
  title,
  color,
});

const course = (figures: readonly Figure[]): readonly Target[] => [
  Target.series(
    "A",
    new Select(
      figures.map(({ field, aggregate }) => Column.of(aggregate, field).as(field)),
      { from: "vz.gateway", every: "$__interval" },
    ),
    "$col",
  ),
];

const namesOf = (figures: readonly Figure[]): readonly Named[] =>
  figures.map(({ field, title, color }) => ({ name: field, title, color }));

const shown = (figures: readonly Figure[]) => ({
  targets: course(figures),
  names: namesOf(figures),
  interval: GATEWAY_POINTS,
});

const now = (): readonly Placed[] => [
  number({
    title: "Store reachable",
    description:
      "Whether the gateway's last request to InfluxDB succeeded. While it does not, points wait: this then shows the past, and the alert on missing points speaks.",
    targets: course([figure("remote_ok", "min", "", "blue")]),
    unit: "short",
    mappings: YES_NO,
    thresholds: thresholds([]),
    sparkline: false,
    interval: GATEWAY_POINTS,
    width: 4,
  }),
  number({
    title: "Devices connected",
    description: "MQTT connections.",
    targets: course([figure("connections", "last", "", "blue")]),
    unit: "short",
    interval: GATEWAY_POINTS,
    width: 4,
  }),
  number({
    title: "Messages per second",
    description: "Messages that the journal took.",
    targets: course([figure("messages_per_s", "mean", "", "blue")]),
    unit: "cps",
    interval: GATEWAY_POINTS,
    width: 4,
  }),
  number({
    title: "Acknowledgement, 99 in 100",
    description: "99 of 100 messages were durable, and so acknowledged, within this time. Good: under 100 ms.",
    targets: course([figure("append_p99_ms", "max", "", "blue")]),
    unit: "ms",
    thresholds: thresholds([
      { from: 100, color: "orange" },
      { from: 500, color: "red" },
    ]),
    interval: GATEWAY_POINTS,
    width: 4,
  }),
  number({
    title: "Records to decide",
    description: "Records of the journal about which nothing was decided yet. Good: near 0.",
    targets: course([figure("decide_lag", "last", "", "blue")]),
    unit: "short",
    thresholds: thresholds([
      { from: 5_000, color: "orange" },
      { from: 50_000, color: "red" },
    ]),
    interval: GATEWAY_POINTS,
    width: 4,
  }),
  number({
    title: "Oldest effect owed",
    description: "How long the oldest command, advice or webhook has been due. Good: under a minute.",
    targets: course([figure("outbox_oldest_ms", "last", "", "blue")]),
    unit: "ms",
    thresholds: thresholds([
      { from: 60_000, color: "orange" },
      { from: 600_000, color: "red" },
    ]),
    interval: GATEWAY_POINTS,
    width: 4,
  }),
];

const devicesNotice = (): readonly Placed[] => {
  const rate = [figure("messages_per_s", "mean", "Messages", "blue")];
  const refused = [
    figure("refused_per_s", "max", "Refused", "red"),
    figure("quarantined_per_s", "max", "Quarantined", "orange"),
    figure("shed_per_s", "max", "Put off: too many at once", "purple"),
  ];
  const latency = [
    figure("append_p99_ms", "max", "Message to acknowledgement", "blue"),
    figure("reading_to_case_p99_ms", "max", "Message to case", "orange"),
  ];
  return [
    curves({
      title: "Messages per second",
      description: "What devices send. A gap: none could, or none did.",
      ...shown(rate),
      unit: "cps",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Refusals",
      description:
        "Refused: by rights or size. Quarantined: kept, but not understood; the console shows why. Put off: devices send them again. Good: 0.",
      ...shown(refused),
      unit: "cps",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Latency, 99 in 100",
      description: "From a message's arrival to its acknowledgement, and to the case that it opens. Absent while nothing happens.",
      ...shown(latency),
      unit: "ms",
      min: 0,
      width: 8,
    }),
  ];
};

const behind = (): readonly Placed[] => {
  const lag = [
    figure("decide_lag", "max", "To decide", "orange"),
    figure("store_lag", "max", "To store", "blue"),
  ];
  const outbox = [figure("outbox_due", "max", "Effects due", "blue")];
  const oldest = [figure("outbox_oldest_ms", "max", "Age of the oldest effect due", "orange")];
  const points = [
    figure("points_waiting", "max", "Points waiting", "blue"),
    figure("points_dropped", "max", "Points given up since the start", "red"),
  ];
  const age = [figure("journal_age_ms", "max", "Age of the oldest record", "blue")];
  const size = [figure("journal_bytes", "max", "Size", "blue")];
  return [
    curves({
      title: "Lag behind the journal",
      description: "Records that wait to be decided and to be stored. To store grows while the store is away and must fall again after.",
      ...shown(lag),
      unit: "short",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Outbox",
      description: "Commands, advice and webhooks that are due and not delivered.",
      ...shown(outbox),
      unit: "short",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Oldest effect in the outbox",
      description: "Rises while a receiver of webhooks is away.",
      ...shown(oldest),
      unit: "ms",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Age of the journal",
      description: "Age of the oldest record. Usually up to 7 days; more while the store is away, since nothing is thrown away then.",
      ...shown(age),
      unit: "ms",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Size of the journal",
      description: "Bytes on disk. Grows without limit while the store is away: watch the disk.",
      ...shown(size),
      unit: "bytes",
      min: 0,
      width: 8,
    }),
    curves({
      title: "Points of the service",
      description: "What these dashboards rest on and is not written yet. Given up: there are gaps in samples of the fleet and the gateway, never in decisions.",
      ...shown(points),
      unit: "short",
      min: 0,
      width: 8,
    }),
  ];
};

const byThread = (field: string): readonly Target[] => [
  Target.series(
    "A",
    new Select([Column.of("max", field)], {
      from: "vz.thread",
      every: "$__interval",
      by: ["thread"],
    }),
    "$tag_thread",
  ),
];

const THREADS: readonly Named[] = [
  { name: "main", title: "Main: MQTT and HTTP", color: "blue" },
  { name: "journal", title: "Journal", color: "orange" },
  { name: "deciding", title: "Deciding", color: "green" },
  { name: "series", title: "Series", color: "purple" },
];

const needs = (): readonly Placed[] => {
  const cpu = [figure("cpu", "mean", "Cores busy", "blue")];
  const memory = [figure("rss_bytes", "max", "Memory", "blue")];
  return [
    curves({
      title: "CPU",
      description: "1 is one core busy. The threads beside tell which part it is.",
      ...shown(cpu),
      unit: "short",
      decimals: 2,
      min: 0,
      width: 8,
    }),
    curves({
      title: "How busy each thread is",
      description: "Share of the time in which the thread worked. Near 100 %: it is the limit.",
      targets: byThread("busy"),
      names: THREADS,
      unit: "percentunit",
      min: 0,
      max: 1,
      interval: GATEWAY_POINTS,
      width: 8,
    }),
    curves({
      title: "Event-loop delay, 99 in 100",
      description: "How long a thread did not come to its next task. Main above 100 ms: devices wait.",
      targets: byThread("loop_delay_p99_ms"),
      names: THREADS,
      unit: "ms",
      min: 0,
      interval: GATEWAY_POINTS,
      width: 8,
    }),
    curves({
      title: "Memory",
      description: "Resident memory of the process. A steady rise over days is a leak.",
      ...shown(memory),
      unit: "bytes",
      min: 0,
      width: 12,
    }),
    states({
      title: "Status",
      description: "What the gateway says of itself, as in its health check.",
      targets: [
        Target.series(
          "A",
          new Select([Column.of("last", "status_s").as("status")], {
            from: "vz.gateway",
            every: "$__interval",
          }),
          "$col",
        ),
      ],
      mappings: HEALTH,
      interval: GATEWAY_POINTS,
      width: 12,
    }),
  ];
};
