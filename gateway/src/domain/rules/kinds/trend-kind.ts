import { z } from "zod";
import { TrendDetector } from "#domain/detect/trend.ts";
import { durationText } from "#domain/detect/wording.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { conditionSchema, defineKind, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type { TrendIndex, TrendTest } from "#domain/rules/kinds/trend-test.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";

/** A line needs this many periods to be told from a step; all pairs of more would cost too much. */
const LEAST_PERIODS = 8;
const MOST_PERIODS = 30;

const indexSchema = z
  .strictObject({
    rising: z.array(z.string().min(1)).max(24).optional(),
    falling: z.array(z.string().min(1)).max(24).optional(),
    learnFor: durationSchema("Device time in which this device's own normal is learned"),
  })
  .meta({ description: "Mean wear of several signals, in usual steps from their own normal." });

const schema = z
  .strictObject({
    of: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "The quantity: CEL calculation over the product's signals." }),
    index: indexSchema.optional(),
    risesTo: z.number().optional(),
    fallsTo: z.number().optional(),
    within: durationSchema("Breach when the limit is reached sooner"),
    over: durationSchema("Device time that the trend is seen over"),
    period: durationSchema("One point per period; default a thirtieth of `over`").optional(),
    where: conditionSchema("Readings count only while this is true.").optional(),
    clearCode: z.string().min(1).optional(),
  })
  .meta({ description: "A quantity will reach a limit within a stated time." });

type Source = z.infer<typeof schema>;

export const trendKind = defineKind<Source, TrendTest>({
  key: "trend",
  type: "trend",
  schema,
  takesFor: true,
  read: ({ of, index, risesTo, fallsTo, within, over, period, where, clearCode }) => ({
    type: "trend",
    ...(of === undefined ? {} : { of }),
    ...(index === undefined ? {} : { index: readIndex(index) }),
    ...(where === undefined ? {} : { where }),
    ...(clearCode === undefined ? {} : { clearCode }),
    // One of the two is there, or neither: `limit` then says so to `compile`.
    limit:
      fallsTo !== undefined && risesTo !== undefined
        ? Number.NaN
        : (risesTo ?? fallsTo ?? Number.NaN),
    direction: risesTo === undefined ? "falling" : "rising",
    within: ms(within),
    over: ms(over),
    period: period === undefined ? ms(over) / MOST_PERIODS : ms(period),
  }),
  compile: (rule, test, context) => {
    const { model, path, predicate, eventCode } = context;
    const place = [...path, "trend"];
    checkTimes(test, context, place);
    if (Number.isNaN(test.limit))
      context.at(place, "`trend` needs exactly one of risesTo, fallsTo");
    if ((test.of === undefined) === (test.index === undefined)) {
      context.at(place, "`trend` needs exactly one of of, index");
      return undefined;
    }
    if (test.index !== undefined) checkIndex(test.index, context, [...place, "index"]);
    const of = test.of === undefined ? undefined : context.calculation(test.of, [...place, "of"]);
    const where = test.where === undefined ? undefined : predicate(test.where, [...place, "where"]);
    if (test.clearCode !== undefined) eventCode(test.clearCode, [...place, "clearCode"]);
    if (test.of !== undefined && of === undefined) return undefined;
    return new TrendDetector(rule, test, { of, where, model });
  },
});

const readIndex = ({ rising, falling, learnFor }: z.infer<typeof indexSchema>): TrendIndex => ({
  rising: rising ?? [],
  falling: falling ?? [],
  learnFor: ms(learnFor),
});

function checkTimes({ over, period, within }: TrendTest, { at }: KindContext, place: YamlPath) {
  if (within <= 0 || within > over) {
    const message = `at most ${durationText(over)}: nobody sees farther ahead than back`;
    at([...place, "within"], message);
  }
  const periods = Math.floor(over / period);
  if (periods >= LEAST_PERIODS && periods <= MOST_PERIODS) return;
  const [least, most] = [over / MOST_PERIODS, over / LEAST_PERIODS].map(durationText);
  at(
    [...place, "period"],
    `must be ${least} to ${most}: ${LEAST_PERIODS} to ${MOST_PERIODS} in \`over\``,
  );
}

function checkIndex(index: TrendIndex, { at, numericSignal }: KindContext, place: YamlPath) {
  index.rising.forEach((signal, i) => {
    numericSignal(signal, [...place, "rising", i]);
  });
  index.falling.forEach((signal, i) => {
    numericSignal(signal, [...place, "falling", i]);
    if (index.rising.includes(signal)) at([...place, "falling", i], `"${signal}" rises already`);
  });
  if (index.rising.length + index.falling.length === 0) {
    at(place, "an index needs a signal that rises or falls with wear");
  }
}
