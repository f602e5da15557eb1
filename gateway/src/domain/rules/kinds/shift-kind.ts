import { z } from "zod";
import { shiftDetector } from "#domain/detect/shift.ts";
import { defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { ShiftTest } from "#domain/rules/kinds/shift-test.ts";

const schema = z
  .strictObject({
    signals: z.array(z.string().min(1)).min(1).max(16),
    learnFor: durationSchema("Device time before the first verdict"),
    memory: z.number().min(10).meta({ description: "Samples that the normal is averaged over." }),
    allowance: z
      .number()
      .positive()
      .optional()
      .meta({ description: "Shift that is tolerated, in standard deviations; default 0.5." }),
    limit: z
      .number()
      .positive()
      .optional()
      .meta({ description: "Sum beyond the allowance, in standard deviations; default 8." }),
    average: z
      .number()
      .min(2)
      .optional()
      .meta({ description: "Judge the average of so many samples instead of the sum." }),
    minSd: z.record(z.string(), z.number().nonnegative()).optional(),
  })
  .meta({ description: "A small shift of a signal's level that lasts." });

export const shiftKind = defineKind<z.infer<typeof schema>, ShiftTest>({
  key: "shift",
  type: "shift",
  schema,
  takesFor: true,
  read: ({ signals, learnFor, memory, allowance, limit, average, minSd }) => ({
    type: "shift",
    signals,
    learnFor: ms(learnFor),
    memory,
    allowance: allowance ?? 0.5,
    limit: limit ?? 8,
    average: average ?? 0,
    minSd: minSd ?? {},
  }),
  compile: (rule, test, { model, path, atKey, numericSignal }) => {
    const place = [...path, "shift"];
    test.signals.forEach((signal, index) => {
      numericSignal(signal, [...place, "signals", index]);
    });
    for (const signal of Object.keys(test.minSd)) {
      if (test.signals.includes(signal)) continue;
      atKey([...place, "minSd", signal], `"${signal}" is not among the signals of this rule`);
    }
    return shiftDetector(rule, test, model);
  },
});
