import { z } from "zod";
import { conditionSchema, durationSchema } from "#domain/rules/kinds/kind.ts";
import { KIND_KEYS, KIND_SCHEMAS } from "#domain/rules/kinds/kinds.ts";
import { usageSchema } from "#domain/rules/kinds/usage-kind.ts";
import { ONE_OF_STEPS, stepSchema, withdrawSchema } from "#domain/rules/playbook-schema.ts";

const duration = durationSchema;
const condition = conditionSchema;
const text = (description: string, max: number) => z.string().min(1).max(max).meta({ description });
const tests = {
  when: condition("Breach while true.").optional(),
  clear: condition("Only with `when`: what must be true to clear. Default: not `when`.").optional(),
  event: z
    .strictObject({
      code: z.string().min(1),
      clearCode: z.string().min(1).optional(),
      where: condition("The event counts only while this is true.").optional(),
    })
    .optional()
    .meta({ description: "Breach when the device reports this event." }),
  count: z
    .strictObject({
      event: z.string().min(1).optional(),
      when: condition("Counts how often this becomes true.").optional(),
      atLeast: z.int().min(2).max(100),
      within: duration("Length of the sliding window, at most 30d"),
      clearCode: z
        .string()
        .min(1)
        .optional()
        .meta({ description: "Event that makes up for all occurrences up to it." }),
    })
    .optional()
    .meta({ description: "Breach when it happened so often within the window." }),
  silence: z
    .strictObject({ after: duration("Without any message; at least two expected periods") })
    .optional(),
  usage: usageSchema.optional(),
  ...KIND_SCHEMAS,
};

const title = text("What is wrong, in one line.", 120);
const why = text("Why this matters and what it means, for an agent.", 1_000);
const disproof = z.string().max(400).optional().meta({ description: "What would prove it wrong." });
const times = {
  for: duration("A breach must last this long before the alert fires; default 0s").optional(),
  keep: duration("A firing alert must be ok this long before it clears; default 0s").optional(),
};
const level = z.strictObject({
  title: title.optional(),
  why: why.optional(),
  disproof,
  ...tests,
  ...times,
});

export const ruleSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and hyphens, at most 64"),
  kind: z.enum(["fault", "misuse", "underuse"]),
  severity: z.enum(["normal", "urgent", "safety"]).optional(),
  level: z
    .enum(["watch", "act"])
    .optional()
    .meta({ description: "`watch` shows an alert and opens no case. Default: act." }),
  keyVersion: z
    .int()
    .min(1)
    .optional()
    .meta({ description: "Raise it when the rule now means another problem." }),
  title,
  why,
  disproof,
  ...tests,
  levels: z
    .strictObject({ watch: level, act: level })
    .optional()
    .meta({ description: "Two rules in one: an early watch and a sure act, each with its test." }),
  ...times,
  reopenWithin: duration("After its resolution the case is reopened; default 72h").optional(),
  playbook: z.array(stepSchema).max(20).optional(),
  withdrawWhen: withdrawSchema.optional(),
});

export const ruleFileSchema = z.strictObject({
  product: z.string().min(1),
  rules: z.array(ruleSchema).min(1).max(500),
});

export type RuleSource = z.infer<typeof ruleSchema>;

/** The keys of which a rule has exactly one. */
export const TEST_KEYS = ["when", "event", "count", "silence", "usage", ...KIND_KEYS] as const;

type Json = Record<string, unknown>;

/** JSON Schema of a rule file, for completion in editors (generated/rule.schema.json). */
export function ruleFileJsonSchema(): Json {
  const schema: Json = z.toJSONSchema(ruleFileSchema, { io: "input" });
  const ruleItem = itemsOf(propertiesOf(schema).rules);
  ruleItem.oneOf = [...TEST_KEYS, "levels"].map((key) => ({ required: [key] }));
  const stepItem = itemsOf(propertiesOf(ruleItem).playbook);
  stepItem.oneOf = ONE_OF_STEPS;
  shareTests(ruleItem);
  return { title: "Voorzorg rule file", ...schema };
}

const RULE_PROPERTIES = ["properties", "rules", "items", "properties"] as const;

/** The tests inside of levels are those of the rule: said once, or the file would be three times as long. */
function shareTests(ruleItem: Json): void {
  const levels = propertiesOf(propertiesOf(ruleItem).levels);
  for (const level of Object.values(levels)) {
    const properties = propertiesOf(level);
    for (const key of TEST_KEYS) {
      properties[key] = { $ref: `#/${[...RULE_PROPERTIES, key].join("/")}` };
    }
  }
}

/** What stands at a place, or what the place refers to. */
function resolved(schema: Json, found: unknown): unknown {
  if (!isJson(found) || typeof found.$ref !== "string") return found;
  const parts = found.$ref.slice("#/".length).split("/");
  return parts.reduce<unknown>((here, part) => (isJson(here) ? here[part] : undefined), schema);
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null;
const propertiesOf = (schema: unknown): Json =>
  isJson(schema) && isJson(schema.properties) ? schema.properties : {};
const itemsOf = (schema: unknown): Json =>
  isJson(schema) && isJson(schema.items) ? schema.items : {};

/** Keys that the schema knows at a place of the file; empty where anything goes. */
export function knownKeys(schema: Json, path: readonly PropertyKey[]): readonly string[] {
  let here: readonly unknown[] = [schema];
  for (const part of path) {
    here = here.flatMap((one) => {
      const named = typeof part === "number" ? itemsOf(one) : propertiesOf(one)[String(part)];
      const inside = resolved(schema, named);
      const choices = isJson(inside) && Array.isArray(inside.anyOf) ? inside.anyOf : [inside];
      return choices;
    });
  }
  return here.flatMap((one) => Object.keys(propertiesOf(one)));
}
