import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { valuePoints, valueWindow } from "#pipeline/points/value-points.ts";
import { NO_CASES } from "#pipeline/value/figures.ts";

const rule = {
  id: "hot",
  product: "espresso-pro",
  kind: "fault",
  severity: "urgent",
  level: "act",
  title: "Hot",
  test: "condition",
} as const;
const facts = {
  products: [],
  rules: [rule, { ...rule, id: "hot-watch", level: "watch" as const }],
};
const tally = { ...NO_CASES, product: "espresso-pro", rule: "gone", kind: "misuse" as const };

test("the figures of a day are of the thirty days before it", () => {
  const day = 20_000 * DAY_MS;
  expect(valueWindow(day)).toEqual({ from: day - 30 * DAY_MS, to: day, by: "rule" });
});

test("rules that open cases have a point without any, and so have cases of a rule that is gone", () => {
  const points = valuePoints(facts, [{ ...tally, cases: 2 }], 5);
  expect(points.map(({ tags, fields, at }) => [tags.rule, tags.kind, fields.cases, at])).toEqual([
    ["hot", "fault", 0, 5],
    ["gone", "misuse", 2, 5],
  ]);
});

test("a share that nobody knows has no field; counts add up over rules", () => {
  const [bare] = valuePoints(facts, [], 5);
  expect(Object.keys(bare?.fields ?? {}).filter((name) => /share|_ms$/.test(name))).toEqual([]);
  const known = { ...tally, cases: 3, real: 3, foundBefore: 2, called: 1, calledLater: 1 };
  const judged = { ...known, confirmed: 3, falseAlarm: 1, leadMs: [HOUR_MS] };
  const point = valuePoints({ products: [], rules: [] }, [judged], 5)[0];
  expect(point?.fields).toMatchObject({
    found_before: 2,
    found_before_of: 3,
    found_before_share: 2 / 3,
    false_case: 1,
    false_case_of: 4,
    false_case_share: 0.25,
    lead_p50_ms: HOUR_MS,
    lead_p90_ms: HOUR_MS,
  });
});
