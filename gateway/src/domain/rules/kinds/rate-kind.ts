import { z } from "zod";
import { rateDetector } from "#domain/detect/rate.ts";
import { durationText } from "#domain/detect/wording.ts";
import { defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { RateTest } from "#domain/rules/kinds/rate-test.ts";

const schema = z
  .strictObject({
    signal: z.string().min(1),
    per: z.enum(["minute", "hour", "day"]),
    window: durationSchema("Device time that the rate is taken over"),
    above: z.number().optional().meta({ description: "Breach when it changes by more per `per`." }),
    below: z
      .number()
      .optional()
      .meta({ description: "Breach when it changes by less; negative: when it falls faster." }),
  })
  .meta({ description: "A signal rises or falls too fast." });

export const rateKind = defineKind<z.infer<typeof schema>, RateTest>({
  key: "rate",
  type: "rate",
  schema,
  takesFor: true,
  read: ({ signal, per, window, above, below }) => ({
    type: "rate",
    signal,
    per,
    window: ms(window),
    ...(above !== undefined && { above }),
    ...(below !== undefined && { below }),
  }),
  compile: (rule, test, { model, path, at, numericSignal }) => {
    const place = [...path, "rate"];
    numericSignal(test.signal, [...place, "signal"]);
    const { above, below } = test;
    if (above === undefined && below === undefined) {
      at(place, "`rate` needs a limit: above, below or both");
    }
    if (above !== undefined && below !== undefined && below >= above) {
      at([...place, "below"], `below must be under above, so under ${above}`);
    }
    const period = model.signals[test.signal]?.periodMs ?? model.expectedPeriodMs;
    if (test.window < 2 * period) {
      const message = `${test.signal} comes every ${durationText(period)}: a rate needs a window of at least ${durationText(2 * period)}`;
      at([...place, "window"], message);
    }
    return rateDetector(rule, test, model);
  },
});
