import { z } from "zod";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import { iso } from "#domain/units.ts";
import { kindSchema, severitySchema } from "./schemas.ts";

export const problemStatusSchema = z.enum(["open", "resolved", "dissolved"]);

export const problemViewSchema = z
  .object({
    id: z.string(),
    product: z.string(),
    rule: z.string(),
    kind: kindSchema,
    severity: severitySchema,
    title: z.string(),
    attribute: z.string().describe("What its cases have in common; empty = only the product."),
    value: z.string(),
    status: problemStatusSchema,
    openedAt: z.string(),
    updatedAt: z.string(),
    resolvedAt: z.string().nullable(),
    summary: z.string(),
    nextStep: z.string(),
    statistic: z.object({
      test: z.enum(["hypergeometric", "poisson"]),
      p: z.number().describe("Chance of as many by accident, corrected for the comparisons."),
      exposed: z.number(),
      affected: z.number(),
      others: z.number(),
      othersAffected: z.number(),
    }),
    cases: z.array(z.string()),
    openCases: z.number(),
    revision: z.number(),
    tickets: z.array(z.object({ desk: z.string(), id: z.string(), url: z.string() })),
  })
  .meta({ id: "Problem" });

export const toProblem = (view: ProblemView): z.output<typeof problemViewSchema> => ({
  ...view,
  openedAt: iso(view.openedAt),
  updatedAt: iso(view.updatedAt),
  resolvedAt: view.resolvedAt === null ? null : iso(view.resolvedAt),
  cases: [...view.cases],
  tickets: [...(view.tickets ?? [])],
});

export const fixSchema = z
  .object({
    product: z.string(),
    rule: z.string(),
    step: z.string().describe("Key of the step: the same while what it does stays the same."),
    what: z.string(),
    tried: z.number(),
    proved: z.number(),
    held: z.number().describe("Proved, and still good after its settle time in use."),
    failed: z.number(),
    harmful: z.number().describe("Another fault began within the settle time: a suspicion."),
    withdrawnAt: z.string().nullable(),
    withdrawnWhy: z.string(),
    updatedAt: z.string(),
  })
  .meta({ id: "Fix" });

export const toFix = (view: FixView): z.output<typeof fixSchema> => ({
  ...view,
  withdrawnAt: view.withdrawnAt === null ? null : iso(view.withdrawnAt),
  updatedAt: iso(view.updatedAt),
});

export const switchSchema = z
  .object({
    product: z.string().describe("Empty = the whole fleet."),
    enabled: z.boolean(),
    by: z.string(),
    reason: z.string(),
    at: z.string(),
  })
  .meta({ id: "RemedySwitch" });

export const toSwitch = (one: RemedySwitch): z.output<typeof switchSchema> => ({
  ...one,
  at: iso(one.at),
});
