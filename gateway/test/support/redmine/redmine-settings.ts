import type { DeskSettings } from "../../../src/ports/desk-settings.ts";

/** Settings of the desk that seed.rb makes; its fields by name, for which an issue must be there. */
export const redmineSettings = (url: string, more: Partial<DeskSettings> = {}): DeskSettings => ({
  name: "redmine",
  kind: "redmine",
  url,
  webUrl: url,
  user: "",
  openWhen: "escalated",
  queues: { default: "proactive", byProduct: { "e-bike": "field" }, bySeverity: {} },
  fields: {
    reference: "Case Ref",
    dedupKey: "Dedup Key",
    device: "Device ID",
    revision: "Case Rev",
    severity: "Severity",
    link: "Case Link",
    verdict: "Case Verdict",
  },
  severities: { normal: "warning", urgent: "major", safety: "critical" },
  statuses: {},
  verdicts: {
    confirmed: "Confirmed",
    false_alarm: "False alarm",
    sensor_fault: "Sensor fault",
    duplicate: "Duplicate",
    deferred: "Deferred",
  },
  comments: { everyMs: 1_800_000, perDay: 6 },
  requestsPerMinute: 60_000,
  pollEveryMs: 1_000,
  templates: { subject: "{title}" },
  timeZone: "UTC",
  options: { tracker: "Support" },
  ...more,
});

/** By number, as an empty Redmine needs it. */
export const numberedFields = (fields: Readonly<Record<string, number>>): DeskSettings["fields"] =>
  Object.fromEntries(
    Object.entries(redmineSettings("").fields).map(([key, name]) => [key, String(fields[name])]),
  );
