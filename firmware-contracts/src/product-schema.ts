import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { LIMITS } from "./limits.ts";
import { ID_PATTERN } from "./topics.ts";

/** Signal, setting and argument names are also names in CEL and members in C. */
const NAME_PATTERN = /^[a-z][a-z0-9_]*$/;

/**
 * Keywords, reserved words and type names of CEL, and what JavaScript keeps for prototypes: a
 * signal of such a name could not be used in a rule.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  (
    "true false null in as break const continue else for function if import let loop package " +
    "namespace return var void while int uint double bool string bytes list map type dyn any " +
    "null_type duration timestamp optional google cel constructor prototype size has all exists " +
    "exists_one filter matches"
  ).split(" "),
);

const title = z
  .string()
  .min(1)
  .max(120)
  .describe("For people; one line in plain words, e.g. Boiler temperature.");
const unit = z
  .string()
  .regex(/^[!-~]{1,24}$/, "expected a SenML or UCUM symbol, e.g. Cel, W, %, /min, or 1")
  .describe('SenML or UCUM symbol, e.g. Cel, W, %, l/min, or "1" for plain counts and ratios.');
const range = z
  .tuple([z.number(), z.number()], "expected [lowest, highest]")
  .refine(([low, high]) => low < high, "expected [lowest, highest] with lowest below highest")
  .describe("Plausible values [lowest, highest], inclusive.");
const duration = z
  .string("expected a duration such as 30s, 5m, 2h or 1d")
  .regex(DURATION_PATTERN, "expected a duration such as 30s, 5m, 2h or 1d")
  .refine((text) => (parseDuration(text) ?? 0) > 0, "expected a duration above zero");
const period = duration.describe(
  "How often a sample is expected while online, e.g. 30s; a gauge without it uses expectedPeriod.",
);
const number16 = z
  .int("expected a whole number from 1 to 65535")
  .min(1, "expected a whole number from 1 to 65535")
  .max(65_535, "expected a whole number from 1 to 65535");
const cel = z.string().min(1).max(1_000);
const scalar = z.union([z.string(), z.number(), z.boolean()], "expected text, a number or a flag");
const listed = z
  .array(z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected letters, digits, _ and -"))
  .min(1)
  .max(64)
  .refine((values) => new Set(values).size === values.length, "expected each value once");

const nameSchema = z
  .string()
  .max(LIMITS.idLength)
  .regex(NAME_PATTERN, "expected lower-case letters, digits and _, beginning with a letter")
  .refine((name) => !RESERVED_NAMES.has(name), "expected a name that CEL does not reserve");
const codeSchema = z.string().regex(ID_PATTERN, "expected letters, digits, _ and -, at most 64");

const signal = z.discriminatedUnion(
  "kind",
  [
    z
      .strictObject({
        kind: z.literal("gauge"),
        title,
        unit,
        range: range.optional(),
        period: period.optional(),
      })
      .describe("A number that goes up and down."),
    z
      .strictObject({ kind: z.literal("counter"), title, unit, period: period.optional() })
      .describe("A total that only grows, until it wraps or is reset."),
    z
      .strictObject({
        kind: z.literal("state"),
        title,
        values: listed.describe("Every state that the device can be in."),
        period: period.optional(),
      })
      .describe("One of a few words; holds until the next one."),
    z
      .strictObject({ kind: z.literal("flag"), title, period: period.optional() })
      .describe("True or false; holds until the next one."),
    z
      .strictObject({ kind: z.literal("text"), title, period: period.optional() })
      .describe("Free text for people; rules see that it is there, charts do not show it."),
  ],
  "expected kind to be one of gauge, counter, state, flag, text",
);

const event = z
  .strictObject({
    number: number16.describe("Code in the C header; unique in the product, never used again."),
    title,
    severity: z.enum(["info", "warning", "error"]),
  })
  .describe("Something that happens at a moment.");

const setting = z
  .strictObject({
    title,
    kind: z.enum(["number", "string", "boolean"]),
    unit: unit.optional(),
    range: range.optional(),
    default: scalar.describe("Value on delivery, within range."),
  })
  .describe("What owner or service can set.");

const arg = z
  .strictObject({
    kind: z.enum(["number", "string", "boolean"]),
    unit: unit.optional(),
    range: range.optional(),
    values: listed.optional(),
    maxLength: z.int().min(1).max(LIMITS.textLength).optional(),
    required: z.boolean().default(true),
    default: scalar.describe("Filled in when absent.").optional(),
  })
  .describe("Argument of a command.");

const command = z
  .strictObject({
    number: number16.describe("Code in the C header; unique in the product, never used again."),
    title,
    args: z.record(nameSchema, arg).default({}),
    safeWhen: cel.describe("CEL over the signals: may be sent only while true.").optional(),
    needsConsent: z
      .boolean()
      .default(false)
      .describe("Whether the owner must agree before it is sent."),
  })
  .describe("What the service may ask the device to do.");

/** Exactly one of several keys, said so in the JSON Schema too. */
const exactlyOne = (keys: readonly string[]) => ({
  check: (value: Readonly<Record<string, unknown>>): boolean =>
    keys.filter((key) => value[key] !== undefined).length === 1,
  error: `expected exactly one of ${keys.join(", ")}`,
  meta: { oneOf: keys.map((key) => ({ required: [key] })) },
});
const oneUsedBy = exactlyOne(["event", "when"]);
const oneUse = exactlyOne(["counter", "event", "when"]);

const feature = z
  .strictObject({
    title,
    usedBy: z
      .strictObject({
        event: codeSchema.describe("Event sent when it was used.").optional(),
        when: cel.describe("CEL that is true while it is in use.").optional(),
      })
      .refine(oneUsedBy.check, oneUsedBy.error)
      .meta(oneUsedBy.meta),
  })
  .describe("Something the owner paid for and should enjoy.");

const use = z
  .strictObject({
    title,
    unit,
    counter: nameSchema.describe("Counter whose growth is the use.").optional(),
    event: codeSchema.describe("Event that is one use.").optional(),
    when: cel.describe("CEL that is true while in use; the time counts.").optional(),
    while: cel
      .describe(
        "With counter or event: CEL that is true while in use, for steps that wait for rest.",
      )
      .optional(),
  })
  .refine(oneUse.check, oneUse.error)
  .refine(
    (value) => value.when === undefined || value.while === undefined,
    "expected while only with counter or event: when says already when it is in use",
  )
  .meta(oneUse.meta)
  .describe("What counts as use of the product.");

export const productSchema = z
  .strictObject({
    id: codeSchema.describe("Second level of every topic, e.g. espresso-pro."),
    title,
    version: z.int().min(1).describe("Raised with every change of the contract."),
    expectedPeriod: duration.describe(
      "The device sends something at least this often while online.",
    ),
    signals: z.record(nameSchema, signal).describe("Everything the device measures or is."),
    events: z.record(codeSchema, event).default({}),
    settings: z.record(nameSchema, setting).default({}),
    commands: z.record(codeSchema, command).default({}),
    features: z.record(codeSchema, feature).default({}),
    use: use.optional(),
    adviceCommand: codeSchema
      .describe("Command that shows its argument text on the device's display.")
      .optional(),
  })
  .describe("The contract between the firmware of one product and the service.");

export type ProductFile = z.output<typeof productSchema>;
