import { z } from "zod";
import { compositeDetector } from "#domain/detect/composite.ts";
import type { CompositeTest } from "#domain/rules/kinds/composite-test.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type { RuleView } from "#domain/rules/rule.ts";

const ids = (least: number) =>
  z
    .array(z.string().min(1))
    .min(least)
    .max(16)
    .meta({ description: "Rules of this product that stand before this one." });

const within = durationSchema(
  "How long ago an alert may have ended and still count; default 0s: at the same time",
).optional();

const allSchema = z
  .strictObject({ rules: ids(1), whereKnown: ids(1).optional(), within })
  .meta({ description: "Breach while all of these rules are active, or were so a moment ago." });

const anySchema = z
  .strictObject({
    rules: ids(2),
    atLeast: z.int().min(1).max(15).optional().meta({ description: "How many; default 1." }),
    within,
  })
  .meta({ description: "Breach while one of these rules, or so many, are active or were so." });

export const allKind = defineKind<z.infer<typeof allSchema>, CompositeTest>({
  key: "all",
  type: "all",
  schema: allSchema,
  takesFor: true,
  read: ({ rules, whereKnown, within }) => ({
    type: "all",
    rules,
    whereKnown: whereKnown ?? [],
    atLeast: rules.length,
    within: ms(within ?? "0s"),
  }),
  compile: (rule, test, context) => {
    if (test.rules.length + test.whereKnown.length < 2) {
      const message = "one rule alone is no `all`: name a second one in rules or whereKnown";
      context.at([...context.path, "all", "rules"], message);
    }
    checkRules(rule, test, context);
    return compositeDetector(rule, test);
  },
});

export const anyKind = defineKind<z.infer<typeof anySchema>, CompositeTest>({
  key: "any",
  type: "any",
  schema: anySchema,
  takesFor: true,
  read: ({ rules, atLeast, within }) => ({
    type: "any",
    rules,
    whereKnown: [],
    atLeast: atLeast ?? 1,
    within: ms(within ?? "0s"),
  }),
  compile: (rule, test, context) => {
    if (test.atLeast >= test.rules.length) {
      const message = `${test.atLeast} of ${test.rules.length} rules are all of them: use \`all\``;
      context.at([...context.path, "any", "atLeast"], message);
    }
    checkRules(rule, test, context);
    return compositeDetector(rule, test);
  },
});

/** Only rules that stand before it: so no rule can depend on itself, and one pass settles all. */
function checkRules(rule: RuleView, test: CompositeTest, context: KindContext): void {
  const { ruleIds, path, at } = context;
  const earlier = ruleIds.slice(0, ruleIds.indexOf(rule.id));
  const named = [...test.rules, ...test.whereKnown];
  named.forEach((id, index) => {
    const known = index - test.rules.length;
    const place = [...path, test.type, ...(known < 0 ? ["rules", index] : ["whereKnown", known])];
    if (named.indexOf(id) !== index) at(place, `rule "${id}" is named twice`);
    if (earlier.includes(id)) return;
    if (ruleIds.includes(id)) {
      at(place, `rule "${id}" must stand before "${rule.id}", which is made of it`);
      return;
    }
    at(place, `there is no rule "${id}"; ${whatIsThere(id, earlier, "rule before this one")}`);
  });
}
