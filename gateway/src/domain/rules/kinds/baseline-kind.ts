import { z } from "zod";
import { baselineDetector } from "#domain/detect/baseline.ts";
import type { BaselineTest } from "#domain/rules/kinds/baseline-test.ts";
import { conditionSchema, defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import { HOUR_MS } from "#domain/units.ts";

/** Chosen on a plateau: 0.7 to 0.9 differ by a few alarms only. */
const DEFAULT_EVIDENCE = 0.8;

const schema = z
  .strictObject({
    signal: z.string().min(1),
    where: conditionSchema("Learned and judged only while this is true.").optional(),
    every: durationSchema("Samples of so much time are one reading").optional(),
    learnFor: durationSchema("Device time before the first verdict").optional(),
    season: z.enum(["none", "day", "week"]).optional().meta({
      description: "Habit to separate: by hour of the day, by hour of the week (default), or none.",
    }),
    side: z.enum(["both", "above", "below"]).optional(),
    evidence: z.number().min(0.3).max(3).optional().meta({
      description: "Mean evidence over all views that makes a breach; default 0.8.",
    }),
    minWidth: z.number().nonnegative().optional().meta({
      description: "Narrowest band to assume, in the unit of the signal.",
    }),
    relearnOn: z.array(z.string().min(1)).max(8).optional().meta({
      description: "Events after which everything is learned anew.",
    }),
  })
  .meta({ description: "A signal goes where this device never was before." });

export const baselineKind = defineKind<z.infer<typeof schema>, BaselineTest>({
  key: "baseline",
  type: "baseline",
  schema,
  takesFor: false,
  read: ({ where, every, learnFor, ...more }) => ({
    type: "baseline",
    signal: more.signal,
    ...(where !== undefined && { where }),
    every: every === undefined ? 0 : ms(every),
    learnFor: learnFor === undefined ? 0 : ms(learnFor),
    season: more.season ?? "week",
    side: more.side ?? "both",
    evidence: more.evidence ?? DEFAULT_EVIDENCE,
    minWidth: more.minWidth ?? 0,
    relearnOn: more.relearnOn ?? [],
  }),
  compile: (rule, test, { model, path, at, numericSignal, predicate, eventCode }) => {
    const place = [...path, "baseline"];
    numericSignal(test.signal, [...place, "signal"]);
    if (test.season !== "none" && test.every > HOUR_MS) {
      const message = `a habit by the hour needs a reading in every hour: at most 1h, or season: none`;
      at([...place, "every"], message);
    }
    test.relearnOn.forEach((code, index) => {
      eventCode(code, [...place, "relearnOn", index]);
    });
    const where = test.where === undefined ? undefined : predicate(test.where, [...place, "where"]);
    if (test.where !== undefined && where === undefined) return undefined;
    return baselineDetector(rule, test, { where, model });
  },
});
