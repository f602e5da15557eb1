import { z } from "zod";
import { cohortDetector } from "#domain/detect/cohort.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { CohortTest } from "#domain/rules/kinds/cohort-test.ts";
import { defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";

/** A robust spread of fewer is a matter of luck. */
const MIN_PEERS = 5;
const LIMIT = 4;
const MEMORY = 30;

const schema = z
  .strictObject({
    signal: z.string().min(1),
    by: z.string().min(1).optional().meta({
      description: "Attribute whose value peers share. Default: the cohort of the registry.",
    }),
    unlike: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Attribute that sets batches apart: the own batch is no reference." }),
    window: durationSchema("Readings are averaged over windows of so much device time"),
    memory: z
      .int()
      .min(1)
      .max(365)
      .optional()
      .meta({
        description: `Windows in a device's own normal; default ${MEMORY}, 1 = the newest.`,
      }),
    minPeers: z.int().min(3).max(100).optional(),
    limit: z.number().positive().optional(),
    minSpread: z
      .number()
      .positive()
      .meta({ description: "Smallest spread to assume, in the unit of the signal." }),
    bounds: z
      .tuple([z.number().nullable(), z.number().nullable()])
      .optional()
      .meta({ description: "[lowest, highest] mean that is right whatever the peers do." }),
  })
  .meta({ description: "A device differs from its peers." });

export const cohortKind = defineKind<z.infer<typeof schema>, CohortTest>({
  key: "cohort",
  type: "cohort",
  schema,
  takesFor: false,
  read: ({ signal, by, unlike, window, memory, minPeers, limit, minSpread, bounds }) => ({
    type: "cohort",
    signal,
    ...(by !== undefined && { by }),
    ...(unlike !== undefined && { unlike }),
    window: ms(window),
    memory: memory ?? MEMORY,
    minPeers: minPeers ?? MIN_PEERS,
    limit: limit ?? LIMIT,
    minSpread,
    bounds: bounds ?? [null, null],
  }),
  compile: (rule, test, { model, path, at, numericSignal }) => {
    const place = [...path, "cohort"];
    numericSignal(test.signal, [...place, "signal"]);
    const period = model.signals[test.signal]?.periodMs ?? model.expectedPeriodMs;
    if (test.window < 2 * period) {
      const message = `${test.signal} comes every ${durationText(period)}: a window is at least ${durationText(2 * period)}`;
      at([...place, "window"], message);
    }
    const [low, high] = test.bounds;
    if (low !== null && high !== null && low >= high) {
      at([...place, "bounds"], "bounds are [lowest, highest]; null leaves an end open");
    }
    return cohortDetector(rule, test, model);
  },
});
