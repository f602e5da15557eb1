import type { ProductModel } from "@voorzorg/firmware-contracts";
import { z } from "zod";
import type { RuleTest } from "#domain/rules/rule.ts";
import { iso } from "#domain/units.ts";
import type { RuleInForce } from "#ports/gateway-api.ts";
import { kindSchema, levelSchema, scalarSchema, severitySchema, timeSchema } from "./schemas.ts";
import { stepSchema, toStep } from "./step-views.ts";

const rangeSchema = z.tuple([z.number(), z.number()]).optional();

export const productSchema = z
  .object({
    id: z.string(),
    title: z.string(),
    version: z.number(),
    expectedPeriodMs: z.number(),
    signals: z.record(
      z.string(),
      z.object({
        kind: z.enum(["gauge", "counter", "state", "flag", "text"]),
        title: z.string(),
        unit: z.string().optional(),
        range: rangeSchema,
        values: z.array(z.string()).optional(),
        periodMs: z.number().optional(),
      }),
    ),
    events: z.record(
      z.string(),
      z.object({
        number: z.number(),
        title: z.string(),
        severity: z.enum(["info", "warning", "error"]),
      }),
    ),
    settings: z.record(
      z.string(),
      z.object({
        title: z.string(),
        kind: z.enum(["number", "string", "boolean"]),
        unit: z.string().optional(),
        range: rangeSchema,
        default: scalarSchema,
      }),
    ),
    commands: z.record(
      z.string(),
      z.object({
        number: z.number(),
        title: z.string(),
        args: z.record(
          z.string(),
          z.object({
            kind: z.enum(["number", "string", "boolean"]),
            unit: z.string().optional(),
            range: rangeSchema,
            values: z.array(z.string()).optional(),
            maxLength: z.number().optional(),
            required: z.boolean(),
          }),
        ),
        safeWhen: z.string().optional(),
        needsConsent: z.boolean(),
      }),
    ),
    features: z.record(
      z.string(),
      z.object({
        title: z.string(),
        usedBy: z.union([z.object({ event: z.string() }), z.object({ when: z.string() })]),
      }),
    ),
    use: z
      .object({
        title: z.string(),
        unit: z.string(),
        counter: z.string().optional(),
        event: z.string().optional(),
        when: z.string().optional(),
        while: z.string().optional(),
      })
      .optional(),
    adviceCommand: z.string().optional(),
  })
  .meta({ id: "Product" });

export const ruleSchema = z
  .object({
    id: z.string(),
    product: z.string(),
    kind: kindSchema,
    severity: severitySchema,
    level: levelSchema,
    keyVersion: z.number(),
    title: z.string(),
    why: z.string(),
    disproof: z.string(),
    test: z
      .looseObject({ type: z.string() })
      .describe(
        "How the rule sees its problem; docs/rules.md defines each type. Lengths of time in ms.",
      ),
    forMs: z.number(),
    keepMs: z.number(),
    reopenWithinMs: z.number(),
    playbook: z.array(stepSchema),
    withdrawWhen: z
      .object({
        failed: z.object({ share: z.number(), of: z.number() }).optional(),
        harmful: z.object({ share: z.number(), of: z.number(), atLeast: z.number() }).optional(),
      })
      .optional()
      .describe("When a step is withdrawn by itself; absent: the defaults of docs/rules.md."),
    file: z.string(),
    rulesetHash: z.string(),
    stopped: z
      .object({ at: timeSchema, offset: z.number(), device: z.string(), reason: z.string() })
      .nullable()
      .describe(
        "Set if the rule failed on a record: it judges nothing until its definition changes; the other rules go on.",
      ),
  })
  .meta({ id: "Rule" });

/** The schema drops what it does not know; the model is JSON already. */
export const toProduct = (model: ProductModel): z.output<typeof productSchema> =>
  productSchema.parse(model);

export function toRule(view: RuleInForce): z.output<typeof ruleSchema> {
  const { test, for: forMs, keep, reopenWithin, playbook, stopped, ...rest } = view;
  return {
    ...rest,
    test: toTest(test),
    forMs,
    keepMs: keep,
    reopenWithinMs: reopenWithin,
    playbook: playbook.map(toStep),
    stopped: stopped === null ? null : { ...stopped, at: iso(stopped.at) },
  };
}

/** Lengths of time are milliseconds inside; outside the name says so. */
const DURATIONS: ReadonlySet<string> = new Set([
  "within",
  "after",
  "learnFor",
  "freezeFor",
  "over",
  "period",
  "window",
  "finishWithin",
  "repeatedWithin",
]);

function toTest(test: RuleTest): z.output<typeof ruleSchema>["test"] {
  const named = Object.entries(test).map(([key, value]) => [
    DURATIONS.has(key) ? `${key}Ms` : key,
    value,
  ]);
  return { ...Object.fromEntries(named), type: test.type };
}
