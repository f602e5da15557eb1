import type { UpClass } from "@voorzorg/firmware-contracts";
import { UP_CLASSES } from "@voorzorg/firmware-contracts";
import type { Metrics } from "#ports/metrics.ts";

/** Names and closed label values of everything the broker counts. */
export const LINK_METRICS = {
  connections: "connections",
  closed: "connections_closed_total",
  received: "messages_received_total",
  refused: "messages_refused_total",
  shed: "messages_shed_total",
  appendFailed: "message_appends_failed_total",
  authFailures: "auth_failures_total",
  subscriptionsRefused: "subscriptions_refused_total",
  takeovers: "takeovers_total",
  takeoverStorms: "takeover_storms_total",
  paused: "connections_paused_total",
  unackedBytes: "unacknowledged_bytes",
} as const;

/** Why a connection ended; also what the gateway is told. */
export type CloseReason =
  | "client"
  | "lost"
  | "takeover"
  | "overload"
  | "frame_too_large"
  | "malformed"
  | "protocol_error"
  | "unsupported_version"
  | "auth_failed"
  | "refused"
  | "append_failed"
  | "kicked"
  | "keepalive_timeout"
  | "keepalive_refused"
  | "connect_timeout"
  | "drain_timeout"
  | "frame_timeout"
  | "shutdown";

type Qos = 0 | 1 | 2;
type QosLabels = readonly [Labels, Labels, Labels];
type Labels = Readonly<Record<string, string>>;

const labelsOf = (cls: UpClass): QosLabels => [
  { class: cls, qos: "0" },
  { class: cls, qos: "1" },
  { class: cls, qos: "2" },
];

// Built once: this is counted for every message.
const RECEIVED = new Map<UpClass, QosLabels>(UP_CLASSES.map((cls) => [cls, labelsOf(cls)]));

export function countReceived(metrics: Metrics, cls: UpClass, qos: Qos): void {
  const labels = RECEIVED.get(cls)?.[qos];
  if (labels !== undefined) {
    metrics.count(LINK_METRICS.received, labels);
  }
}
