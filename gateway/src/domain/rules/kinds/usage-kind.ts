import { z } from "zod";
import type { AwayTest } from "#domain/detect/day-book.ts";
import { NEVER_AWAY } from "#domain/detect/day-book.ts";
import type { Detector, Predicate } from "#domain/detect/detector.ts";
import { featureUnusedDetector } from "#domain/detect/feature-unused.ts";
import { HardlyUsedDetector } from "#domain/detect/hardly-used.ts";
import { neverConnectedDetector } from "#domain/detect/never-connected.ts";
import { neverUsedDetector } from "#domain/detect/never-used.ts";
import { occurrenceOf } from "#domain/detect/occurrence.ts";
import { OwnHabitDetector } from "#domain/detect/own-habit.ts";
import { UnfinishedDetector } from "#domain/detect/unfinished.ts";
import { checkHappening, happeningSchema } from "#domain/rules/kinds/happening.ts";
import type { KindContext } from "#domain/rules/kinds/kind.ts";
import { conditionSchema, durationSchema, ms } from "#domain/rules/kinds/kind.ts";
import type {
  Away,
  DaysThatCount,
  DroppedTest,
  FeatureUnusedTest,
  HabitTest,
  HardlyUsedTest,
  NeverConnectedTest,
  NeverUsedTest,
  StoppedTest,
  UnfinishedTest,
} from "#domain/rules/kinds/usage-test.ts";
import { whatIsThere } from "#domain/rules/nearest.ts";
import type { RuleTest, RuleView } from "#domain/rules/rule.ts";
import type { YamlPath } from "#domain/rules/yaml-source.ts";

const away = z
  .strictObject({
    when: conditionSchema("The owner is away while this is true.").optional(),
    setting: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({ description: "Reported settings, each with the value that means away." }),
  })
  .meta({ description: "How the device says that its owner is away; such days make no claim." });

const daysThatCount = {
  where: conditionSchema("Low use means something only while this is true.").optional(),
  away: away.optional(),
};

const habit = {
  learnDays: z.int().min(14).max(60).optional(),
  memoryDays: z.int().min(14).max(180).optional(),
  newOwner: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Event with which a new owner begins: the habit starts anew." }),
  ...daysThatCount,
};

export const usageSchema = z.strictObject({
  never: z
    .strictObject({ within: durationSchema("Since activation") })
    .optional()
    .meta({ description: "Not used once since activation." }),
  hardly: z
    .strictObject({
      belowPerDay: z.number().positive().meta({ description: "In the unit of the product's use." }),
      days: z.int().min(2).max(30),
      ...daysThatCount,
    })
    .optional()
    .meta({ description: "Mean use per day over the last whole UTC days is below the floor." }),
  dropped: z
    .strictObject({
      to: z.number().min(0.1).max(0.9).optional(),
      evidence: z.number().min(2).max(50).optional(),
      ...habit,
    })
    .optional()
    .meta({ description: "Use fell to a share of the device's own habit." }),
  stopped: z
    .strictObject({
      days: z.int().min(2).max(30).optional(),
      expected: z
        .number()
        .positive()
        .meta({ description: "Use that the habit expects meanwhile, in its unit." }),
      ...habit,
    })
    .optional()
    .meta({ description: "No use at all while the own habit expects some." }),
  feature: z
    .strictObject({
      name: z.string().min(1),
      within: durationSchema("Since activation"),
      afterUse: z.number().positive().meta({ description: "Use of the product, in its unit." }),
    })
    .optional()
    .meta({ description: "A feature of the product that was never used although the product is." }),
  unfinished: z
    .strictObject({
      start: happeningSchema,
      finish: happeningSchema,
      atLeast: z.int().min(1).max(20),
      finishWithin: durationSchema("Time that a start has to finish"),
    })
    .optional()
    .meta({ description: "A cycle that was started so often in a row and never finished." }),
  neverConnected: z
    .strictObject({ within: durationSchema("Since activation") })
    .optional()
    .meta({ description: "Registered, and not one message since." }),
});

type UsageSource = z.infer<typeof usageSchema>;

/** Five weeks follow the seasons and outlast a bad fortnight. */
const MEMORY_DAYS = 35;
/** Four of each weekday before the first verdict. */
const LEARN_DAYS = 28;
/** A fall to three quarters is the least that people call a drop; half use is then found soon, too. */
const DROPPED_TO = 0.75;
/** e^6: a fall explains the days 400 times better than the habit. */
const EVIDENCE = 6;
/** Longer than a long weekend. */
const QUIET_DAYS = 5;

export const USAGE_KEYS = [
  "never",
  "hardly",
  "dropped",
  "stopped",
  "feature",
  "unfinished",
  "neverConnected",
] as const satisfies readonly (keyof UsageSource)[];

/** undefined unless exactly one of the keys is there. */
export function readUsage(usage: UsageSource): RuleTest | undefined {
  if (USAGE_KEYS.filter((key) => usage[key] !== undefined).length !== 1) return undefined;
  const { never, hardly, dropped, stopped, feature, unfinished, neverConnected } = usage;
  if (never !== undefined) return { type: "never_used", within: ms(never.within) };
  if (neverConnected !== undefined) {
    return { type: "never_connected", within: ms(neverConnected.within) };
  }
  if (hardly !== undefined) {
    const { belowPerDay, days } = hardly;
    return { type: "hardly_used", belowPerDay, days, ...counting(hardly) };
  }
  if (dropped !== undefined) {
    const { to = DROPPED_TO, evidence = EVIDENCE } = dropped;
    return { type: "dropped", to, evidence, ...ownHabit(dropped) };
  }
  if (stopped !== undefined) {
    const { days = QUIET_DAYS, expected } = stopped;
    return { type: "stopped", days, expected, ...ownHabit(stopped) };
  }
  if (feature !== undefined) {
    const { name, within, afterUse } = feature;
    return { type: "feature_unused", feature: name, within: ms(within), afterUse };
  }
  return unfinished === undefined ? undefined : readUnfinished(unfinished);
}

function readUnfinished(source: NonNullable<UsageSource["unfinished"]>): UnfinishedTest {
  const { start, finish, atLeast, finishWithin } = source;
  return {
    type: "unfinished",
    start,
    finish,
    atLeast,
    finishWithin: ms(finishWithin),
  };
}

function counting(source: {
  readonly where?: string | undefined;
  readonly away?: z.infer<typeof away> | undefined;
}): DaysThatCount {
  const { where } = source;
  const given = readAway(source.away);
  return { ...(where !== undefined && { where }), ...(given !== undefined && { away: given }) };
}

function readAway(source: z.infer<typeof away> | undefined): Away | undefined {
  if (source === undefined) return undefined;
  const { when, setting = {} } = source;
  return when === undefined ? { setting } : { when };
}

function ownHabit(source: NonNullable<UsageSource["dropped"] | UsageSource["stopped"]>): HabitTest {
  const { learnDays = LEARN_DAYS, memoryDays = MEMORY_DAYS, newOwner } = source;
  return {
    learnDays,
    memoryDays,
    ...(newOwner !== undefined && { newOwner }),
    ...counting(source),
  };
}

/** Tests under the key `usage`. */
type UsageTest =
  | NeverUsedTest
  | HardlyUsedTest
  | DroppedTest
  | StoppedTest
  | FeatureUnusedTest
  | UnfinishedTest
  | NeverConnectedTest;

/** The detector of a test under the key `usage`; undefined when something is wrong, which is then reported. */
export function compileUsage(
  rule: RuleView,
  test: UsageTest,
  context: KindContext,
): Detector | undefined {
  const { model, path } = context;
  switch (test.type) {
    case "never_connected":
      return neverConnectedDetector(rule, test);
    case "never_used":
      measuresUse(context);
      return neverUsedDetector(rule, test, model);
    case "hardly_used":
      measuresUse(context);
      return new HardlyUsedDetector(rule, test, daysParts(test, context, "hardly"));
    case "dropped":
    case "stopped":
      measuresUse(context);
      if (test.newOwner !== undefined) {
        context.eventCode(test.newOwner, [...path, "usage", test.type, "newOwner"]);
      }
      return new OwnHabitDetector(rule, test, daysParts(test, context, test.type));
    case "feature_unused":
      measuresUse(context);
      declaredFeature(test, context);
      return featureUnusedDetector(rule, test, model);
    case "unfinished":
      return unfinished(rule, test, context);
  }
}

function unfinished(rule: RuleView, test: UnfinishedTest, context: KindContext): Detector {
  const place = [...context.path, "usage", "unfinished"];
  const start = checkHappening(test.start, [...place, "start"], context);
  const finish = checkHappening(test.finish, [...place, "finish"], context);
  return new UnfinishedDetector(rule, test, {
    start: occurrenceOf(test.start, start, context.model),
    finish: occurrenceOf(test.finish, finish, context.model),
  });
}

function measuresUse({ model, path, at }: KindContext): void {
  if (model.use !== undefined) return;
  const message = `product "${model.id}" does not say what counts as use; add \`use\` to its file`;
  at([...path, "usage"], message);
}

function declaredFeature(test: FeatureUnusedTest, { model, path, at }: KindContext): void {
  const names = Object.keys(model.features);
  if (names.includes(test.feature)) return;
  const hint = whatIsThere(test.feature, names, "feature");
  const message = `product "${model.id}" has no feature "${test.feature}"; ${hint}`;
  at([...path, "usage", "feature", "name"], message);
}

function daysParts(test: DaysThatCount, context: KindContext, key: string) {
  const place = [...context.path, "usage", key];
  const where: Predicate | undefined =
    test.where === undefined ? undefined : context.predicate(test.where, [...place, "where"]);
  return { where, away: awayTest(test.away, [...place, "away"], context), model: context.model };
}

function awayTest(source: Away | undefined, path: YamlPath, context: KindContext): AwayTest {
  if (source === undefined) return NEVER_AWAY;
  if ("when" in source) {
    return { when: context.predicate(source.when, [...path, "when"]), settings: {} };
  }
  const names = Object.keys(context.model.settings);
  if (Object.keys(source.setting).length === 0) {
    context.at(path, "`away` needs exactly one of when, setting");
  }
  for (const name of Object.keys(source.setting)) {
    if (names.includes(name)) continue;
    const hint = whatIsThere(name, names, "setting");
    const message = `product "${context.model.id}" has no setting "${name}"; ${hint}`;
    context.atKey([...path, "setting", name], message);
  }
  return { when: undefined, settings: source.setting };
}
