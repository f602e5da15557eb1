import { z } from "zod";
import { occurrenceOf } from "#domain/detect/occurrence.ts";
import { SequenceDetector } from "#domain/detect/sequence.ts";
import { checkHappening, happeningSchema } from "#domain/rules/kinds/happening.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { conditionSchema, defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { SequenceTest } from "#domain/rules/kinds/sequence-test.ts";
import type { Happening } from "#domain/rules/kinds/usage-test.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

const followedBy = z.union(
  [
    z.strictObject({ event: z.string().min(1) }),
    z.strictObject({ when: conditionSchema("Happens when this becomes true.") }),
    z.strictObject({
      use: z.number().positive().meta({ description: "Use that goes on, in its unit." }),
    }),
  ],
  "needs exactly one of event, when, use",
);

const schema = z
  .strictObject({
    first: happeningSchema,
    times: z.int().min(1).max(20).optional(),
    followedBy,
    without: happeningSchema.optional(),
    within: durationSchema("From the first of `first` to the end of `followedBy`"),
    repeated: z.int().min(1).max(20).optional(),
    repeatedWithin: durationSchema("Older sequences no longer count; default 30d").optional(),
  })
  .meta({ description: "One thing, then another, without a third in between." });

/** A month: what was done against advice longer ago is another story. */
const REPEATED_WITHIN: DurationMs = 30 * DAY_MS;

export const sequenceKind = defineKind<z.infer<typeof schema>, SequenceTest>({
  key: "sequence",
  type: "sequence",
  schema,
  takesFor: false,
  read: ({ first, times, followedBy, without, within, repeated, repeatedWithin }) => ({
    type: "sequence",
    first,
    times: times ?? 1,
    followedBy,
    ...(without !== undefined && { without }),
    within: ms(within),
    repeated: repeated ?? 1,
    repeatedWithin: repeatedWithin === undefined ? REPEATED_WITHIN : ms(repeatedWithin),
  }),
  compile: (rule, test, context) => {
    const place = [...context.path, "sequence"];
    const named = (happening: Happening, path: YamlPath) =>
      occurrenceOf(happening, checkHappening(happening, path, context), context.model);
    const first = named(test.first, [...place, "first"]);
    const without =
      test.without === undefined ? undefined : named(test.without, [...place, "without"]);
    if (test.within === 0) context.at([...place, "within"], "must be longer than 0");
    if ("use" in test.followedBy) {
      countsUse(context, [...place, "followedBy", "use"]);
      return new SequenceDetector(rule, test, {
        first,
        followedBy: undefined,
        without,
        model: context.model,
      });
    }
    const follows = named(test.followedBy, [...place, "followedBy"]);
    return new SequenceDetector(rule, test, {
      first,
      followedBy: follows,
      without,
      model: context.model,
    });
  },
});

function countsUse({ model, at }: KindContext, path: YamlPath): void {
  if (model.use === undefined) {
    at(path, `product "${model.id}" does not say what counts as use; add \`use\` to its file`);
    return;
  }
  if (!("when" in model.use)) return;
  at(path, "use is counted here by a counter or an event; this product measures it in time");
}
