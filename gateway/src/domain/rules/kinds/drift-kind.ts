import { z } from "zod";
import { driftDetector } from "#domain/detect/drift.ts";
import { defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { DriftTest } from "#domain/rules/rule.ts";

const schema = z
  .strictObject({
    signals: z.array(z.string().min(1)).min(1).max(16),
    learnFor: durationSchema("Device time before the first verdict"),
    smooth: z.number().min(1).optional(),
    memory: z.number().positive(),
    limit: z.number().positive(),
    inARow: z.int().min(1).optional(),
    freezeFor: durationSchema(
      "Longest time that an alert keeps the normal from following",
    ).optional(),
    minSd: z.record(z.string(), z.number().nonnegative()).optional(),
  })
  .meta({ description: "A signal leaves its own recent normal." });

export const driftKind = defineKind<z.infer<typeof schema>, DriftTest>({
  key: "drift",
  type: "drift",
  schema,
  takesFor: true,
  read: ({ signals, learnFor, smooth, memory, limit, inARow, freezeFor, minSd }) => ({
    type: "drift",
    signals,
    learnFor: ms(learnFor),
    smooth: smooth ?? 1,
    memory,
    limit,
    inARow: inARow ?? 1,
    ...(freezeFor === undefined ? {} : { freezeFor: ms(freezeFor) }),
    minSd: minSd ?? {},
  }),
  compile: (rule, test, { model, path, at, atKey, numericSignal }) => {
    const place = [...path, "drift"];
    test.signals.forEach((signal, index) => {
      numericSignal(signal, [...place, "signals", index]);
    });
    for (const signal of Object.keys(test.minSd)) {
      if (test.signals.includes(signal)) continue;
      atKey([...place, "minSd", signal], `"${signal}" is not among the signals of this rule`);
    }
    if (test.memory < 4 * test.smooth) {
      const least = 4 * test.smooth;
      at([...place, "memory"], `memory must be at least 4 times smooth, so at least ${least}`);
    }
    return driftDetector(rule, test, model);
  },
});
