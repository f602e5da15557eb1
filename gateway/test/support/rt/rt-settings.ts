import type { AgentVerdict } from "#domain/record.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";

export const VERDICT_WORDS: Readonly<Record<AgentVerdict, string>> = {
  confirmed: "Confirmed",
  false_alarm: "False alarm",
  sensor_fault: "Sensor fault",
  duplicate: "Duplicate",
  deferred: "Deferred",
};

/** As the desk's file would say it for the desk that the seed makes. */
export const rtSettings = (url: string, more: Partial<DeskSettings> = {}): DeskSettings => ({
  name: "helpdesk",
  kind: "rt",
  url,
  webUrl: url,
  user: "",
  openWhen: "escalated",
  queues: {
    default: "Proactive Service",
    byProduct: { "e-bike": "Field Service" },
    bySeverity: {},
  },
  fields: {
    reference: "Case Ref",
    dedupKey: "Dedup Key",
    device: "Device ID",
    revision: "Case Rev",
    severity: "Severity",
    link: "Case Link",
    evidence: "Case Evidence",
    verdict: "Case Verdict",
  },
  severities: { normal: "warning", urgent: "major", safety: "critical" },
  statuses: {},
  verdicts: VERDICT_WORDS,
  comments: { everyMs: 1_800_000, perDay: 6 },
  requestsPerMinute: 6_000,
  pollEveryMs: 1_000,
  templates: { subject: "{title}: {device} ({product})" },
  timeZone: "UTC",
  options: {},
  ...more,
});
