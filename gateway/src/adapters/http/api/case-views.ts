import { z } from "zod";
import type { AlertView } from "#domain/alert/alert.ts";
import type {
  CaseAction,
  CaseEvent,
  CaseView,
  Evidence,
  ServiceTarget,
} from "#domain/case/case.ts";
import { CASE_EVENT_KINDS } from "#domain/case/case.ts";
import type { EpochMs } from "#domain/units.ts";
import { iso } from "#domain/units.ts";
import {
  kindSchema,
  levelSchema,
  scalarSchema,
  severitySchema,
  stageSchema,
  statusSchema,
  verdictSchema,
} from "./schemas.ts";

const evidenceSchema = z
  .object({
    observed: z.string(),
    expected: z.string(),
    onsetAt: z.string(),
    detectedAt: z.string(),
    signals: z.array(z.string()),
    limits: z.array(
      z.object({
        signal: z.string(),
        op: z.enum(["<", "<=", ">", ">=", "==", "!="]),
        value: scalarSchema,
      }),
    ),
    values: z.record(z.string(), scalarSchema),
    disproof: z.string().describe("What would prove the finding wrong."),
    sure: z
      .string()
      .describe("How sure the finding is and why; begins with `high: `, `medium: ` or `low: `."),
    contributions: z
      .array(z.object({ signal: z.string(), share: z.number().min(0).max(1) }))
      .optional()
      .describe("Signals that were judged together, and how much of the finding each carries."),
    basedFrom: z
      .string()
      .optional()
      .describe("Oldest data it rests on, when that is long before the onset."),
  })
  .meta({ id: "Evidence" });

const actionSchema = z
  .object({
    id: z.string(),
    step: z.number(),
    kind: z.enum(["command", "settings", "advice", "wait", "verify", "undo", "escalation"]),
    what: z.string(),
    startedAt: z.string(),
    state: z.enum([
      "waiting",
      "delivered",
      "accepted",
      "succeeded",
      "failed",
      "rejected",
      "expired",
      "cancelled",
      "done",
    ]),
    proof: z.enum(["none", "pending", "proved", "not_proved"]),
    detail: z.string(),
    provedAt: z.string().optional(),
    held: z.enum(["pending", "held", "did_not_hold", "harmful"]).optional(),
    undoable: z.boolean().optional(),
  })
  .meta({ id: "CaseAction" });

const targetSchema = z
  .object({
    dueAt: z.string(),
    warnAt: z.string(),
    metAt: z.string().nullable(),
    breachedAt: z.string().nullable(),
  })
  .meta({ id: "ServiceTarget" });

export const caseSchema = z
  .object({
    id: z.string(),
    device: z.string(),
    product: z.string(),
    rule: z.string(),
    kind: kindSchema,
    severity: severitySchema,
    status: statusSchema,
    stage: stageSchema,
    title: z.string(),
    summary: z.string(),
    nextStep: z.string(),
    onsetAt: z.string(),
    openedAt: z.string(),
    updatedAt: z.string(),
    resolvedAt: z.string().nullable(),
    resolution: z
      .enum(["fixed", "recovered", "by_agent", "false_alarm", "wont_fix", "with_problem"])
      .nullable(),
    acknowledgedBy: z.string().nullable(),
    verdict: verdictSchema.nullable(),
    callback: z.boolean(),
    refires: z.number(),
    revision: z.number(),
    evidence: evidenceSchema,
    actions: z.array(actionSchema),
    tickets: z.array(z.object({ desk: z.string(), id: z.string(), url: z.string() })).optional(),
    targets: z
      .object({
        level: z.string(),
        team: z.string(),
        firstResponse: targetSchema,
        solution: targetSchema,
        paused: z
          .boolean()
          .optional()
          .describe("The clocks stand still, because the gateway acts."),
      })
      .optional(),
    problem: z.string().optional(),
    follows: z.string().optional(),
    ownerCalledAt: z.string().optional(),
    suppressed: z.boolean().optional(),
  })
  .meta({ id: "Case" });

export const caseEventSchema = z
  .object({
    offset: z.number(),
    n: z.number(),
    at: z.string(),
    kind: z.enum(CASE_EVENT_KINDS),
    by: z.string(),
    reason: z.string(),
  })
  .meta({ id: "CaseEvent" });

export const casePageSchema = caseSchema
  .extend({ timeline: z.array(caseEventSchema) })
  .meta({ id: "CaseWithTimeline" });

export const alertSchema = z
  .object({
    key: z.string(),
    device: z.string(),
    product: z.string(),
    rule: z.string(),
    kind: kindSchema,
    severity: severitySchema,
    level: levelSchema,
    phase: z.enum(["inactive", "pending", "firing", "clearing"]),
    unknown: z.boolean(),
    since: z.string(),
    onsetAt: z.string(),
    title: z.string(),
    evidence: evidenceSchema.nullable(),
  })
  .meta({ id: "Alert" });

const toEvidence = ({
  contributions,
  basedFrom,
  ...evidence
}: Evidence): z.output<typeof evidenceSchema> => ({
  ...evidence,
  ...(contributions === undefined ? {} : { contributions: [...contributions] }),
  ...(basedFrom === undefined ? {} : { basedFrom: iso(basedFrom) }),
  onsetAt: iso(evidence.onsetAt),
  detectedAt: iso(evidence.detectedAt),
  signals: [...evidence.signals],
  limits: [...evidence.limits],
});

const toTarget = (target: ServiceTarget): z.output<typeof targetSchema> => ({
  dueAt: iso(target.dueAt),
  warnAt: iso(target.warnAt),
  metAt: isoOrNull(target.metAt),
  breachedAt: isoOrNull(target.breachedAt),
});

const isoOrNull = (at: EpochMs | null): string | null => (at === null ? null : iso(at));

const toAction = ({ provedAt, ...action }: CaseAction): z.output<typeof actionSchema> => ({
  ...action,
  startedAt: iso(action.startedAt),
  ...(provedAt !== undefined && { provedAt: iso(provedAt) }),
});

export function toCase(view: CaseView): z.output<typeof caseSchema> {
  const { tickets, targets, ownerCalledAt, ...rest } = view;
  return {
    ...rest,
    onsetAt: iso(view.onsetAt),
    openedAt: iso(view.openedAt),
    updatedAt: iso(view.updatedAt),
    resolvedAt: isoOrNull(view.resolvedAt),
    evidence: toEvidence(view.evidence),
    actions: view.actions.map(toAction),
    ...(tickets !== undefined && { tickets: [...tickets] }),
    ...(targets !== undefined && {
      targets: {
        ...targets,
        firstResponse: toTarget(targets.firstResponse),
        solution: toTarget(targets.solution),
      },
    }),
    ...(ownerCalledAt !== undefined && { ownerCalledAt: iso(ownerCalledAt) }),
  };
}

export const toCaseEvent = ({ offset, n, at, kind, by, reason }: CaseEvent) => ({
  offset,
  n,
  at: iso(at),
  kind,
  by,
  reason,
});

export const toAlert = (view: AlertView): z.output<typeof alertSchema> => ({
  ...view,
  since: iso(view.since),
  onsetAt: iso(view.onsetAt),
  evidence: view.evidence === null ? null : toEvidence(view.evidence),
});
