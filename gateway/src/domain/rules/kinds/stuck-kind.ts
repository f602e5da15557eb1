import { z } from "zod";
import { stuckDetector } from "#domain/detect/stuck.ts";
import { durationText } from "#domain/detect/wording.ts";
import { conditionSchema, defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { StuckTest } from "#domain/rules/kinds/stuck-test.ts";

const schema = z
  .strictObject({
    signal: z.string().min(1),
    eps: z.number().nonnegative().optional().meta({
      description: "Difference that still counts as no change; default 0: exactly equal.",
    }),
    within: durationSchema("Without a change; at least four periods of the signal"),
    while: conditionSchema("A change is expected only while this is true.").optional(),
  })
  .meta({ description: "A signal does not change although it should." });

export const stuckKind = defineKind<z.infer<typeof schema>, StuckTest>({
  key: "stuck",
  type: "stuck",
  schema,
  takesFor: false,
  read: ({ signal, eps, within, while: expected }) => ({
    type: "stuck",
    signal,
    eps: eps ?? 0,
    within: ms(within),
    ...(expected !== undefined && { while: expected }),
  }),
  compile: (rule, test, { model, path, at, numericSignal, predicate }) => {
    const place = [...path, "stuck"];
    numericSignal(test.signal, [...place, "signal"]);
    const period = model.signals[test.signal]?.periodMs ?? model.expectedPeriodMs;
    if (test.within < 4 * period) {
      const message = `${test.signal} comes every ${durationText(period)}: a standstill is at least ${durationText(4 * period)}, or a few equal readings are a fault`;
      at([...place, "within"], message);
    }
    const source = test.while;
    const expected = source === undefined ? undefined : predicate(source, [...place, "while"]);
    if (source !== undefined && expected === undefined) return undefined;
    return stuckDetector(rule, test, { expected, model });
  },
});
