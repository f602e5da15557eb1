import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import type { CountedCase } from "#pipeline/value/counting.ts";
import { Counting, weekOf } from "#pipeline/value/counting.ts";
import { figuresOf, NO_CASES, sumOf } from "#pipeline/value/figures.ts";
import type { ValueBy } from "#ports/value-store.ts";

const MONDAY = Date.parse("2026-11-23T00:00:00Z");

const counted = (over: Partial<CountedCase> = {}): CountedCase => ({
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  openedAt: MONDAY,
  open: false,
  detectionMs: 30_000,
  foundBefore: true,
  calledAfterMs: null,
  verdict: "",
  tried: false,
  fix: "",
  proofMs: null,
  escalated: false,
  reopened: false,
  disputed: false,
  response: "none",
  solution: "none",
  ...over,
});

const talliesOf = (cases: readonly Partial<CountedCase>[], by: ValueBy = "all") => {
  const counting = new Counting(by);
  for (const one of cases) counting.add(counted(one));
  return counting.tallies();
};
const figures = (...cases: readonly Partial<CountedCase>[]) =>
  figuresOf(talliesOf(cases)[0] ?? NO_CASES);

describe("cases found before the owner called", () => {
  it("are a share of the real ones: a case that an agent judged false was not found", () => {
    const { foundBefore, ownerCalls, lead } = figures(
      {},
      { calledAfterMs: 2 * HOUR_MS },
      { calledAfterMs: -HOUR_MS, foundBefore: false },
      { verdict: "false_alarm" },
      { verdict: "sensor_fault", calledAfterMs: HOUR_MS },
    );
    expect(foundBefore).toMatchObject({ count: 2, of: 3, share: 2 / 3 });
    expect(ownerCalls).toEqual({ known: 2, before: 1, later: 1 });
    expect(lead).toEqual({ count: 1, medianMs: 2 * HOUR_MS, p90Ms: 2 * HOUR_MS });
  });

  it("cannot be told while no call of any owner is known", () => {
    const { foundBefore, calledLater } = figures({}, {}, {});
    expect(foundBefore).toEqual({ count: 3, of: 3, share: null, low: null, high: null });
    expect(calledLater.share).toBeNull();
  });
});

describe("the share of fixes that were verified", () => {
  it("leaves out those whose proof or settle time is outstanding", () => {
    const tried = (fix: CountedCase["fix"]) => ({ tried: true, fix, proofMs: HOUR_MS });
    const { verifiedFix, fixes, proof } = figures(
      tried("verified"),
      tried("failed"),
      tried("harmful"),
      tried("pending"),
      {},
    );
    expect(fixes).toEqual({ tried: 4, verified: 1, pending: 1, failed: 1, harmful: 1 });
    expect(verifiedFix).toMatchObject({ count: 1, of: 3 });
    expect(proof.count).toBe(4);
  });
});

describe("the share of false cases", () => {
  it("is of those that were judged right or wrong, and says how many were judged at all", () => {
    const { falseCases, judged, verdicts } = figures(
      { verdict: "confirmed" },
      { verdict: "confirmed" },
      { verdict: "false_alarm" },
      { verdict: "sensor_fault" },
      { verdict: "duplicate" },
      { verdict: "deferred" },
      {},
      {},
    );
    expect(verdicts).toEqual({ confirmed: 2, falseAlarm: 1, sensorFault: 1, other: 2 });
    expect(falseCases).toMatchObject({ count: 2, of: 4, share: 0.5 });
    expect(judged).toMatchObject({ count: 6, of: 8 });
  });
});

describe("the rest", () => {
  it("counts what people had to do, what came back and what was late", () => {
    const found = figures(
      { escalated: true, open: true, response: "missed", solution: "met" },
      { reopened: true, disputed: true, response: "met", detectionMs: -5 },
    );
    expect(found).toMatchObject({
      cases: 2,
      open: 1,
      disputed: 1,
      escalated: { count: 1, of: 2 },
      reopened: { count: 1, of: 2 },
      responsesMissed: { count: 1, of: 2 },
      solutionsMissed: { count: 0, of: 1 },
      detection: { count: 2, medianMs: 0 },
    });
  });
});

describe("groups", () => {
  const cases = [
    { product: "b", rule: "x" },
    { product: "a", rule: "x", openedAt: MONDAY + 7 * DAY_MS },
    { product: "a", rule: "y", kind: "misuse", openedAt: MONDAY + 8 * DAY_MS },
  ] as const;

  it("are by product, by rule, or by week from Monday on", () => {
    const keys = (by: ValueBy) =>
      talliesOf(cases, by).map((t) => [t.product, t.rule, t.kind, t.week, t.cases]);
    expect(keys("product")).toEqual([
      ["a", "", "", 0, 2],
      ["b", "", "", 0, 1],
    ]);
    expect(keys("rule")).toEqual([
      ["a", "x", "fault", 0, 1],
      ["a", "y", "misuse", 0, 1],
      ["b", "x", "fault", 0, 1],
    ]);
    expect(keys("week")).toEqual([
      ["", "", "", MONDAY, 1],
      ["", "", "", MONDAY + 7 * DAY_MS, 2],
    ]);
  });

  it("add up to the same figures as all cases at once", () => {
    const [all] = talliesOf(cases);
    expect(sumOf(talliesOf(cases, "rule"))).toEqual(all);
    expect(sumOf([])).toEqual(NO_CASES);
  });

  it("of a week begin on Monday 00:00 UTC, also before 1970", () => {
    expect(weekOf(MONDAY)).toBe(MONDAY);
    expect(weekOf(MONDAY + 7 * DAY_MS - 1)).toBe(MONDAY);
    expect(weekOf(MONDAY - 1)).toBe(MONDAY - 7 * DAY_MS);
    expect(weekOf(-1)).toBe(Date.parse("1969-12-29T00:00:00Z"));
  });
});
