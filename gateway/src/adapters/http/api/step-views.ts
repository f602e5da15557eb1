import { z } from "zod";
import type { ActingStep, PlaybookStep, TryLimit, Verification } from "#domain/rules/rule.ts";
import { SAFETY_CLASSES } from "#domain/rules/rule.ts";
import { scalarSchema } from "./schemas.ts";

const scalars = z.record(z.string(), scalarSchema);

const verificationSchema = z.object({
  when: z.string(),
  withinMs: z.number(),
  forMs: z.number().optional().describe("How long it must hold."),
  inUse: z
    .union([z.literal(true), z.object({ ms: z.number() }), z.object({ amount: z.number() })])
    .optional()
    .describe("Counts only in use, or after so much use."),
  settleMs: z.number().optional().describe("How long it must not come back after the proof."),
});

const limitSchema = z.object({ tries: z.number(), withinMs: z.number() });

const common = {
  id: z.string().optional(),
  next: z
    .record(z.string(), z.union([z.number(), z.literal("resolve")]))
    .optional()
    .describe("Result of the step and the index of the step that follows it."),
};

const guards = {
  ...common,
  expiresInMs: z.number(),
  if: z.string().optional(),
  else: z.literal("skip").optional(),
  safety: z.enum(SAFETY_CLASSES).optional(),
  coolDownMs: z.number().optional(),
  perDevice: limitSchema.optional(),
  perFleet: limitSchema.optional(),
  undo: z
    .union([
      z.object({ kind: z.literal("command"), name: z.string(), args: scalars }),
      z.object({ kind: z.literal("settings"), settings: scalars }),
      z.object({ kind: z.literal("before") }),
    ])
    .optional(),
  verify: z.union([verificationSchema, z.literal("none")]).optional(),
};

export const stepSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("command"), name: z.string(), args: scalars, ...guards }),
  z.object({ kind: z.literal("settings"), settings: scalars, ...guards }),
  z.object({ kind: z.literal("advice"), text: z.string(), ...guards }),
  z.object({
    kind: z.literal("wait"),
    until: z.string().optional(),
    atMostMs: z.number(),
    ...common,
  }),
  z.object({ kind: z.literal("verify"), verify: verificationSchema, ...common }),
  z.object({
    kind: z.literal("escalate"),
    id: z.string().optional(),
    next: z.string(),
    advice: z.string(),
    callback: z.boolean(),
  }),
]);

type StepView = z.output<typeof stepSchema>;

const toVerification = ({ within, for: forMs, settle, ...rest }: Verification) => ({
  ...rest,
  withinMs: within,
  ...(forMs !== undefined && { forMs }),
  ...(settle !== undefined && { settleMs: settle }),
});

const toLimit = ({ tries, within }: TryLimit) => ({ tries, withinMs: within });

function guarded<S extends ActingStep>(step: S) {
  const { expiresIn, coolDown, perDevice, perFleet, verify, ...rest } = step;
  return {
    ...rest,
    expiresInMs: expiresIn,
    ...(coolDown !== undefined && { coolDownMs: coolDown }),
    ...(perDevice !== undefined && { perDevice: toLimit(perDevice) }),
    ...(perFleet !== undefined && { perFleet: toLimit(perFleet) }),
    ...(verify !== undefined && { verify: verify === "none" ? verify : toVerification(verify) }),
  };
}

/** Lengths of time are milliseconds inside; outside the name says so. */
export function toStep(step: PlaybookStep): StepView {
  switch (step.kind) {
    case "escalate":
      return { ...step };
    case "wait": {
      const { atMost, ...rest } = step;
      return { ...rest, atMostMs: atMost };
    }
    case "verify":
      return { ...step, verify: toVerification(step.verify) };
    case "command":
    case "settings":
    case "advice":
      // The same keys stay; the union only cannot be followed through the rest pattern.
      return stepSchema.parse(guarded(step));
  }
}
