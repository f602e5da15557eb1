import { figure, shown } from "./gateway-figures.ts";
import { Column, Select } from "./influxql.ts";
import type { Named } from "./look.ts";
import { HEALTH } from "./look.ts";
import type { Placed } from "./panels.ts";
import { curves, states } from "./panels.ts";
import { GATEWAY_POINTS } from "./periods.ts";
import { Target } from "./target.ts";

export const devicesNotice = (): readonly Placed[] => {
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
      title: "Messages over time",
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
      description:
        "From a message's arrival to its acknowledgement, and to the case that it opens. Absent while nothing happens.",
      ...shown(latency),
      unit: "ms",
      min: 0,
      width: 8,
    }),
  ];
};

export const behind = (): readonly Placed[] => {
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
      description:
        "Records that wait to be decided and to be stored. To store grows while the store is away and must fall again after.",
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
      description:
        "Age of the oldest record. Usually up to 7 days; more while the store is away, since nothing is thrown away then.",
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
      description:
        "What these dashboards rest on and is not written yet. Given up: there are gaps in samples of the fleet and the gateway, never in decisions.",
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

export const needs = (): readonly Placed[] => {
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
      description:
        "How long a thread did not come to its next task. Main above 100 ms: devices wait.",
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
