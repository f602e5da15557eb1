import { z } from "zod";
import { conditionSchema, durationSchema } from "#domain/rules/kinds/kind.ts";
import { SAFETY_CLASSES, STEP_RESULTS } from "#domain/rules/rule.ts";

const duration = durationSchema;
const condition = conditionSchema;
const text = (description: string, max: number) => z.string().min(1).max(max).meta({ description });
const scalar = z.union(
  [z.string(), z.number(), z.boolean()],
  "must be a text, a number, true or false",
);
const scalars = z.record(z.string(), scalar);
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and hyphens, at most 64");

const commandCall = z.strictObject({ name: z.string().min(1), args: scalars.optional() });

const verify = z
  .strictObject({
    when: condition("What telemetry newer than the step must show."),
    within: duration("How long the proof may take"),
    for: duration("How long it must hold, as far as samples show it").optional(),
    inUse: z
      .union(
        [
          z.literal(true),
          duration("Only after so much time in use"),
          z.number().positive().meta({ description: "Only after so many units of use." }),
        ],
        'must be true, a duration in use such as "30m", or an amount of use such as 3',
      )
      .optional()
      .meta({ description: "Proof counts only while the device is in use, or after so much use." }),
    settle: duration(
      "After the proof it must not come back within, the device in use; default 24h, 0s for none",
    ).optional(),
  })
  .meta({ description: "Proof that the step worked; without it in time the next step follows." });

const tryLimit = (description: string) =>
  z
    .strictObject({
      tries: z.int().min(1).max(10_000),
      within: duration("Length of the window, at most 90d"),
    })
    .meta({ description });

const target = name.meta({ description: "Id of a later step, `escalate`, or `resolve`." });

export const stepSchema = z.strictObject({
  id: name.optional().meta({ description: "Name as a target of `next`." }),
  command: commandCall
    .extend({
      expiresIn: duration("How long the command may wait for the device; default 10m").optional(),
    })
    .optional()
    .meta({ description: "A command of the product." }),
  settings: scalars.optional().meta({
    description: "Wanted settings; done when the device reports that it works with them.",
  }),
  advice: z
    .union(
      [
        text("Neutral wording, shown on the device's display.", 400),
        z.strictObject({
          text: text("Neutral wording, shown on the device's display.", 400),
          expiresIn: duration("How long the advice may wait for the device; default 3d").optional(),
        }),
      ],
      "must be the text itself or a map with text and expiresIn",
    )
    .optional(),
  wait: z
    .union(
      [
        duration("How long to wait"),
        z.strictObject({
          until: condition("Ends the wait before its time."),
          atMost: duration("Longest wait"),
        }),
      ],
      "must be a duration or a map with until and atMost",
    )
    .optional(),
  escalate: z
    .strictObject({
      next: text("What the agent should do next.", 400),
      advice: z.string().max(400).optional().meta({ description: "What the owner may be told." }),
      callback: z.boolean().optional().meta({ description: "The agent calls the owner." }),
    })
    .optional(),
  verify: z
    .union([z.literal(false), verify], "must be a map with when and within, or false for no proof")
    .optional(),
  expiresIn: duration(
    "How long the step may wait; default 10m for a command, 3d for advice, 1d for settings",
  ).optional(),
  if: condition("Must hold before the step acts; it waits until then.").optional(),
  else: z
    .enum(["skip"])
    .optional()
    .meta({ description: "Skips the step when `if` does not hold at its turn." }),
  safety: z
    .enum(SAFETY_CLASSES)
    .optional()
    .meta({ description: "Who must agree, or when it may act. Default: alone." }),
  coolDown: duration("Not again on the same device within").optional(),
  perDevice: tryLimit("How often on one device.").optional(),
  perFleet: tryLimit("How often over all devices of the product.").optional(),
  undo: z
    .union(
      [
        z.literal(true),
        z.strictObject({ command: commandCall.optional(), settings: scalars.optional() }),
      ],
      "must be a map with command or settings, or true for the settings wanted before",
    )
    .optional()
    .meta({ description: "Takes the step back when it was carried out and not proved." }),
  next: z
    .strictObject(
      Object.fromEntries(STEP_RESULTS.map((result) => [result, target.optional()])) as Record<
        (typeof STEP_RESULTS)[number],
        z.ZodOptional<typeof target>
      >,
    )
    .optional()
    .meta({ description: "Where each result leads; others lead to the following step." }),
});

const percent = z.number().min(1).max(100).meta({ description: "Share in %." });

export const withdrawSchema = z
  .union(
    [
      z.literal("never"),
      z.strictObject({
        failed: z.strictObject({ percent, of: z.int().min(1) }).optional(),
        harmful: z
          .strictObject({ percent, of: z.int().min(1), atLeast: z.int().min(1).optional() })
          .optional(),
      }),
    ],
    "must be a map with failed and harmful, or never",
  )
  .meta({ description: "When a step that fails or harms too often is withdrawn by itself." });

export type StepSource = z.infer<typeof stepSchema>;
export type WithdrawSource = z.infer<typeof withdrawSchema>;

/** The keys of which a playbook step has exactly one; `verify` stands alone too. */
export const STEP_KEYS = ["command", "settings", "advice", "wait", "escalate"] as const;

/** The same in JSON Schema. */
export const ONE_OF_STEPS = [
  ...STEP_KEYS.map((key) => ({ required: [key] })),
  { required: ["verify"], not: { anyOf: STEP_KEYS.map((key) => ({ required: [key] })) } },
];
