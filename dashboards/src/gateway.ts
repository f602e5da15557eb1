import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { dashboard } from "./dashboard.ts";
import { behind, devicesNotice, needs } from "./gateway-courses.ts";
import { course, figure } from "./gateway-figures.ts";
import { thresholds, YES_NO } from "./look.ts";
import type { Placed } from "./panels.ts";
import { number } from "./panels.ts";
import { GATEWAY_POINTS } from "./periods.ts";
import * as variables from "./variables.ts";

export const gateway = (): Dashboard =>
  dashboard({
    uid: "vz-gateway",
    title: "Gateway",
    description:
      "Is the gateway well: does it take, store, decide and tell in time, and what limits it.",
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

const now = (): readonly Placed[] => [
  number({
    title: "Store reachable",
    description:
      "Whether the gateway's last request to InfluxDB succeeded. While it does not, points wait: this then shows the past, and the alert on missing points speaks.",
    targets: course([figure("remote_ok", "min", "", "blue")]),
    unit: "short",
    mappings: YES_NO,
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
    description:
      "99 of 100 messages were durable, and so acknowledged, within this time. Good: under 100 ms.",
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
    description:
      "How long the oldest command, advice or webhook has been due. Good: under a minute.",
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
