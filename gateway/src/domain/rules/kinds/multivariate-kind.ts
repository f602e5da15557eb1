import { z } from "zod";
import { multivariateDetector } from "#domain/detect/multivariate.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { conditionSchema, defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { MultivariateTest } from "#domain/rules/kinds/multivariate-test.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";

/** The matrix of the signals is half their square: 48 signals are 1,176 numbers. */
const MOST_SIGNALS = 48;

const signalList = () => z.array(z.string().min(1));

const schema = z
  .strictObject({
    signals: signalList().min(2).max(MOST_SIGNALS),
    while: conditionSchema("Samples count only while this is true.").optional(),
    learnFor: durationSchema("Device time before the first verdict"),
    memory: z.number().min(10).meta({ description: "Samples that the normal is averaged over." }),
    smooth: z.number().min(1).optional(),
    limit: z.number().gt(1).meta({ description: "Times the usual common deviation." }),
    inARow: z.int().min(1).optional(),
    shrink: z.number().positive().max(10).optional(),
    freezeFor: durationSchema(
      "Longest time that an alert keeps the normal from following",
    ).optional(),
    resolution: z
      .union([z.number().positive(), z.record(z.string(), z.number().positive())])
      .optional(),
    ranges: z
      .strictObject({
        of: signalList().min(1),
        given: signalList().optional(),
        margin: z.number().positive().optional(),
      })
      .optional(),
  })
  .meta({ description: "Signals that usually go together no longer do." });

type Source = z.infer<typeof schema>;

export const multivariateKind = defineKind<Source, MultivariateTest>({
  key: "multivariate",
  type: "multivariate",
  schema,
  takesFor: true,
  read: (source) => {
    const { ranges, resolution } = source;
    return {
      type: "multivariate",
      signals: source.signals,
      ...(source.while === undefined ? {} : { while: source.while }),
      learnFor: ms(source.learnFor),
      memory: source.memory,
      smooth: source.smooth ?? 4,
      limit: source.limit,
      inARow: source.inARow ?? 1,
      shrink: source.shrink ?? 0.05,
      freezeFor: ms(source.freezeFor ?? source.learnFor),
      resolution:
        typeof resolution === "number"
          ? Object.fromEntries(source.signals.map((signal) => [signal, resolution]))
          : (resolution ?? {}),
      ...(ranges === undefined
        ? {}
        : { ranges: { of: ranges.of, given: ranges.given ?? [], margin: ranges.margin ?? 0.05 } }),
    };
  },
  compile: (rule, test, context) => {
    const place = [...context.path, "multivariate"];
    checkSignals(test, context);
    for (const signal of Object.keys(test.resolution)) {
      if (test.signals.includes(signal)) continue;
      context.atKey([...place, "resolution", signal], notAmong(signal));
    }
    for (const key of ["of", "given"] as const) {
      (test.ranges?.[key] ?? []).forEach((signal, i) => {
        if (test.signals.includes(signal)) return;
        context.at([...place, "ranges", key, i], notAmong(signal));
      });
    }
    const gate =
      test.while === undefined ? undefined : context.predicate(test.while, [...place, "while"]);
    return multivariateDetector(rule, test, { model: context.model, gate });
  },
});

const notAmong = (signal: string): string => `"${signal}" is not among the signals of this rule`;

function checkSignals(test: MultivariateTest, { model, path, at }: KindContext): void {
  const usable = Object.entries(model.signals).flatMap(([signal, { kind }]) =>
    kind === "gauge" || kind === "counter" || kind === "flag" ? [signal] : [],
  );
  test.signals.forEach((signal, i) => {
    const place = [...path, "multivariate", "signals", i];
    if (!usable.includes(signal)) {
      const hint = whatIsThere(signal, usable, "number or flag");
      at(
        place,
        `multivariate needs numbers or flags: "${signal}" is none of the product's; ${hint}`,
      );
    } else if (test.signals.indexOf(signal) !== i) {
      at(place, `"${signal}" is there twice`);
    }
  });
}
