import { z } from "zod";
import { iso } from "#domain/units.ts";
import type { ValueFigures } from "#pipeline/value/figures.ts";
import type { ValueReport } from "#pipeline/value/report.ts";
import type { Share, Spread } from "#pipeline/value/statistics.ts";

const count = z.number().int();
const share = z
  .object({
    count,
    of: count,
    share: z.number().nullable().describe("0 to 1; null = not known"),
    low: z.number().nullable().describe("95 % interval (Wilson)"),
    high: z.number().nullable(),
  })
  .meta({ id: "Share" });
const spread = z
  .object({
    count,
    medianMs: z.number().nullable(),
    p90Ms: z.number().nullable().describe("Nine of ten took at most so long."),
  })
  .meta({ id: "Spread" });

const figuresSchema = z
  .object({
    cases: count,
    open: count,
    foundBefore: share.describe(
      "Of the cases that nobody judged false: no call of the owner about the device is known from 24 h before the onset until the case opened. Null while no call of any owner is known.",
    ),
    ownerCalls: z.object({ known: count, before: count, later: count }),
    calledLater: share.describe("The owner called after the case had opened."),
    lead: spread.describe("From the opening to that call."),
    detection: spread.describe("From the onset to the opening."),
    fixes: z.object({
      tried: count,
      verified: count,
      pending: count,
      failed: count,
      harmful: count,
    }),
    verifiedFix: share.describe(
      "Proved by telemetry and held, of those tried with a known outcome.",
    ),
    proof: spread.describe("From the opening to the proof."),
    verdicts: z.object({ confirmed: count, falseAlarm: count, sensorFault: count, other: count }),
    judged: share.describe("Cases with a verdict."),
    falseCases: share.describe(
      "False alarms and sensor faults, of the cases judged right or wrong.",
    ),
    escalated: share,
    reopened: share,
    disputed: count.describe("An agent and telemetry disagreed."),
    responsesMissed: share.describe("First-response targets that were breached."),
    solutionsMissed: share,
  })
  .meta({ id: "ValueFigures" });

export const valueSchema = z.object({
  from: z.string(),
  to: z.string().describe("Exclusive; cases count by when they opened."),
  by: z.enum(["all", "product", "rule", "week"]),
  total: figuresSchema,
  groups: z.array(
    z.object({
      product: z.string().nullable(),
      rule: z.string().nullable(),
      kind: z.enum(["fault", "misuse", "underuse"]).nullable(),
      week: z.string().nullable().describe("Its Monday, UTC."),
      figures: figuresSchema,
    }),
  ),
});

export const toValue = (report: ValueReport): z.input<typeof valueSchema> => ({
  from: iso(report.from),
  to: iso(report.to),
  by: report.by,
  total: report.total,
  groups: report.groups.map(({ tally, figures }) => ({
    product: tally.product || null,
    rule: tally.rule || null,
    kind: tally.kind || null,
    week: tally.week === 0 ? null : iso(tally.week).slice(0, 10),
    figures,
  })),
});

/** RFC 4180; a line per group, the total last with empty keys. Durations in seconds, shares 0 to 1. */
export function toCsv(report: ValueReport): string {
  const keys = ["product", "rule", "kind", "week"];
  const { groups, total } = report;
  const lines = groups.map(({ tally, figures }) => [
    tally.product,
    tally.rule,
    tally.kind,
    tally.week === 0 ? "" : iso(tally.week).slice(0, 10),
    ...cellsOf(figures).map(([, value]) => value),
  ]);
  const head = [...keys, ...cellsOf(total).map(([name]) => name)];
  const last = [...keys.map(() => ""), ...cellsOf(total).map(([, value]) => value)];
  return [head, ...lines, last].map((line) => `${line.map(cell).join(",")}\r\n`).join("");
}

type Cell = readonly [name: string, value: number | null];

function cellsOf(f: ValueFigures): readonly Cell[] {
  return [
    ["cases", f.cases],
    ["open", f.open],
    ...shareCells("found_before", f.foundBefore),
    ["owner_calls_known", f.ownerCalls.known],
    ...shareCells("called_later", f.calledLater),
    ...spreadCells("lead", f.lead),
    ...spreadCells("detection", f.detection),
    ["fixes_tried", f.fixes.tried],
    ["fixes_pending", f.fixes.pending],
    ["fixes_failed", f.fixes.failed],
    ["fixes_harmful", f.fixes.harmful],
    ...shareCells("verified_fix", f.verifiedFix),
    ...spreadCells("proof", f.proof),
    ["confirmed", f.verdicts.confirmed],
    ["false_alarm", f.verdicts.falseAlarm],
    ["sensor_fault", f.verdicts.sensorFault],
    ["other_verdict", f.verdicts.other],
    ...shareCells("judged", f.judged),
    ...shareCells("false_cases", f.falseCases),
    ...shareCells("escalated", f.escalated),
    ...shareCells("reopened", f.reopened),
    ["disputed", f.disputed],
    ...shareCells("responses_missed", f.responsesMissed),
    ...shareCells("solutions_missed", f.solutionsMissed),
  ];
}

const shareCells = (name: string, s: Share): readonly Cell[] => [
  [name, s.count],
  [`${name}_of`, s.of],
  [`${name}_share`, s.share],
  [`${name}_low`, s.low],
  [`${name}_high`, s.high],
];

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1_000);

const spreadCells = (name: string, s: Spread): readonly Cell[] => [
  [`${name}_count`, s.count],
  [`${name}_median_s`, seconds(s.medianMs)],
  [`${name}_p90_s`, seconds(s.p90Ms)],
];

const cell = (value: string | number | null): string => {
  if (value === null) return "";
  const text = typeof value === "number" ? String(Number(value.toFixed(6))) : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
