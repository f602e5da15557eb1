import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { Explanation } from "#domain/detect/detector.ts";
import type { OwnHabitState, Run } from "#domain/detect/own-habit-state.ts";
import { quantity, rounded } from "#domain/detect/wording.ts";
import type { DroppedTest, StoppedTest } from "#domain/rules/kinds/usage-test.ts";
import type { Rule } from "#domain/rules/rule.ts";
import { DAY_MS, iso } from "#domain/units.ts";

interface Said {
  readonly rule: Rule;
  readonly test: DroppedTest | StoppedTest;
  readonly model: ProductModel;
}

const dateOf = (day: number): string => iso(Math.max(0, day) * DAY_MS).slice(0, 10);

const daysText = (count: number): string => `${count} ${count === 1 ? "day" : "days"}`;

/** What was seen, what the habit expected and how sure that is, in words. */
export function habitExplanation(state: OwnHabitState, said: Said): Explanation {
  const { rule, test, model } = said;
  const { habit, low, quiet } = state;
  const { use } = model;
  const amount = (value: number) => quantity(rounded(value), use?.unit);
  const title = use?.title ?? "use";
  const run: Run = test.type === "stopped" ? quiet : low;
  const since = `${daysText(run.days)} since ${dateOf(run.from)}`;
  const learned = `${amount(habit.mean)} a day is the device's own habit, learned from ${daysText(habit.days)}`;
  const less = run.usual > 0 ? Math.round(100 * (1 - run.used / run.usual)) : 0;
  const observed =
    test.type === "stopped"
      ? `${title}: none in the ${since}`
      : `${title}: ${amount(run.used)} in the ${since}, ${less} % less than usual`;
  return {
    observed,
    expected: `about ${amount(run.usual)} in these days: ${learned}`,
    signals: use !== undefined && "counter" in use ? [use.counter] : [],
    limits: [],
    values: {},
    sure: test.type === "stopped" ? quietness(run) : likelihood(state.evidence, test.to),
    disproof: rule.disproof,
  };
}

const likelihood = (evidence: number, share: number): string => {
  const times = Number(Math.exp(evidence).toPrecision(2));
  return `${evidence > 5 ? "high" : "medium"}: a fall to ${Math.round(100 * share)} % of the habit explains these days ${times} times better than the habit does`;
};

const quietness = ({ usual }: Run): string =>
  `${usual >= 8 ? "high" : "medium"}: none at all, where the habit expects ${rounded(usual)}`;
