import { Column, is, Select } from "./influxql.ts";
import { toCase, toDevice, toRule } from "./links.ts";
import { KINDS, LEVELS, SEVERITIES, STAGE, STATUS, textsOf } from "./look.ts";
import type { Placed } from "./panels.ts";
import { newestOf } from "./queries.ts";
import { rows } from "./table.ts";
import { Target } from "./target.ts";

const PRODUCT = is("product", "$product");
const CHOSEN = [PRODUCT, is("rule", "$rule")];

/** Where the rule spoke. */
export const where = (): readonly Placed[] => [
  rows({
    title: "Alerts that ended",
    description: "On which device, how long, and what was seen; the newest 200 of this range.",
    targets: [
      Target.table(
        "A",
        new Select(
          [
            ...["device", "product", "level"].map(Column.field),
            Column.field("text_s").as("text"),
            Column.field("lasted_ms"),
          ],
          { from: "vz.alert_span", where: CHOSEN, newest: 200 },
        ),
      ),
    ],
    columns: [
      { name: "Time", title: "Began" },
      { name: "device", title: "Device", links: [toDevice] },
      { name: "product", title: "Product" },
      { name: "level", title: "Level", mappings: textsOf(LEVELS) },
      { name: "lasted_ms", title: "Lasted", unit: "ms" },
      { name: "text", title: "Seen" },
    ],
    sortBy: ["Time"],
    width: 12,
  }),
  rows({
    title: "Steps of its cases",
    description: "What happened with the cases of the rule; the newest 200 steps of this range.",
    targets: [
      Target.table(
        "A",
        new Select(
          [
            Column.field("id_s").as("id"),
            ...["device", "product", "event", "severity"].map(Column.field),
            Column.field("status_s").as("status"),
            Column.field("stage_s").as("stage"),
          ],
          { from: "vz.case", where: CHOSEN, newest: 200 },
        ),
      ),
    ],
    columns: [
      { name: "Time", title: "When" },
      { name: "id", title: "Case", links: [toCase] },
      { name: "device", title: "Device", links: [toDevice] },
      { name: "product", title: "Product" },
      { name: "event", title: "Step" },
      { name: "severity", title: "Severity", mappings: textsOf(SEVERITIES) },
      { name: "status", title: "Status after it", mappings: STATUS },
      { name: "stage", title: "Stage after it", mappings: STAGE },
    ],
    sortBy: ["Time"],
    width: 12,
  }),
];

const FIGURES = [
  "title_s",
  "alerts",
  "open",
  "cases",
  "fixed",
  "escalated",
  "true_alarms",
  "false_alarms",
  "precision",
  "cases_per_30_device_days",
];

export const allRules = (): readonly Placed[] => [
  rows({
    title: "All rules",
    description:
      "Figures of the last 30 days. Precision is empty where nobody judged a case. A rule's name shows it above.",
    targets: [
      Target.table(
        "A",
        newestOf(FIGURES, {
          from: "vz.rule",
          where: [PRODUCT],
          by: ["product", "rule", "kind", "level", "severity"],
        }),
      ),
    ],
    columns: [
      { name: "rule", title: "Rule", links: [toRule] },
      { name: "title", title: "Title" },
      { name: "product", title: "Product" },
      { name: "kind", title: "Kind", mappings: textsOf(KINDS) },
      { name: "level", title: "Level", mappings: textsOf(LEVELS) },
      { name: "severity", title: "Severity", mappings: textsOf(SEVERITIES) },
      { name: "alerts", title: "Alerts now" },
      { name: "open", title: "Open cases" },
      { name: "cases", title: "Cases" },
      { name: "fixed", title: "Fixed" },
      { name: "escalated", title: "Escalated" },
      { name: "true_alarms", title: "Confirmed" },
      { name: "false_alarms", title: "False" },
      { name: "precision", title: "Precision", unit: "percentunit" },
      { name: "cases_per_30_device_days", title: "Cases per 30 device-days", decimals: 3 },
    ],
    sortBy: ["cases"],
    width: 24,
    height: 12,
  }),
];
