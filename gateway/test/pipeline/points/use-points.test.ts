import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { DeviceUse } from "#pipeline/points/use-points.ts";
import { CohortUse, closedDay, daysToTell, usePoints } from "#pipeline/points/use-points.ts";

const TODAY = Math.floor(Date.UTC(2026, 10, 24) / DAY_MS);
const name = (day: number): string => iso(day * DAY_MS).slice(0, 10);
const facts: FleetFacts = {
  products: [{ id: "pump", unit: "cups", features: 4 }],
  rules: [
    ["never", "never_used"],
    ["less", "dropped"],
    ["rinse", "feature_unused"],
    ["else", "cohort"],
  ].map(([id = "", test = ""]) => ({
    id,
    product: "pump",
    kind: "underuse" as const,
    severity: "normal" as const,
    level: "act" as const,
    title: id,
    test,
  })),
};
const device = (over: Partial<DeviceUse> = {}): DeviceUse => ({
  id: "p-1",
  product: "pump",
  cohort: "north",
  activatedAt: (TODAY - 20) * DAY_MS,
  use: [],
  featuresUsed: [],
  alerts: [],
  ...over,
});
const used = (amounts: Readonly<Record<number, number>>): DeviceUse["use"] =>
  Object.entries(amounts)
    .map(([ago, amount]) => ({ day: name(TODAY - Number(ago)), amount }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));

function told(one: DeviceUse, days: readonly number[], peers: readonly DeviceUse[] = []) {
  const cohort = new CohortUse(days);
  for (const member of [one, ...peers]) cohort.add(member);
  return usePoints(one, days, { facts, cohort });
}

describe("the use of a device", () => {
  test("is a point per day since it is there, also of days without", () => {
    const days = [TODAY - 3, TODAY - 2, TODAY - 1];
    const points = told(device({ use: used({ 2: 5 }) }), days);
    expect(points.map(({ at, fields }) => [at / DAY_MS, fields.used, fields.amount])).toEqual([
      [TODAY - 3, 0, 0],
      [TODAY - 2, 1, 5],
      [TODAY - 1, 0, 0],
    ]);
    expect(points[0]?.tags).toEqual({ device: "p-1", product: "pump", cohort: "north" });
  });

  test("begins with the first whole day after its activation", () => {
    const activatedAt = (TODAY - 2) * DAY_MS + HOUR_MS;
    expect(told(device({ activatedAt }), [TODAY - 3, TODAY - 2, TODAY - 1])).toHaveLength(1);
    expect(told(device({ activatedAt: 0 }), [TODAY - 1])).toEqual([]);
  });

  test("is compared with its own earlier days once a week is known", () => {
    const daily = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [n + 2, 6]));
    const [point] = told(device({ use: used({ ...daily, 1: 3 }) }), [TODAY - 1]);
    expect(point?.fields.habit).toBeCloseTo(6, 1);
    expect(point?.fields.vs_habit).toBeCloseTo(0.5, 1);
    const [early] = told(device({ activatedAt: (TODAY - 5) * DAY_MS, use: used({ 2: 6 }) }), [
      TODAY - 1,
    ]);
    expect(early?.fields).not.toHaveProperty("habit");
  });

  test("is compared with the median of its cohort from three devices on", () => {
    const peer = (id: string, amount: number, cohort = "north") =>
      device({ id, cohort, use: used({ 1: amount }) });
    const one = peer("p-1", 2);
    const [point] = told(
      one,
      [TODAY - 1],
      [peer("p-2", 4), peer("p-3", 10), peer("p-4", 99, "south")],
    );
    expect(point?.fields).toMatchObject({ cohort_median: 4, vs_cohort: 0.5 });
    const [alone] = told(one, [TODAY - 1], [peer("p-2", 4)]);
    expect(alone?.fields).not.toHaveProperty("cohort_median");
  });

  test.each([
    [[], "normal", 0],
    [["rinse"], "incompletely", 1],
    [["rinse", "less"], "dropped", 2],
    [["less", "never", "rinse"], "never", 4],
    [["else"], "other", 1],
  ] as const)("with alerts %j stands as %s on the newest day", (alerts, state, code) => {
    const points = told(device({ alerts: [...alerts], featuresUsed: ["a"] }), [
      TODAY - 2,
      TODAY - 1,
    ]);
    expect(points[1]?.fields).toMatchObject({
      state,
      state_code: code,
      features: 4,
      features_used: 1,
      features_share: 0.25,
    });
    expect(points[0]?.fields).not.toHaveProperty("state");
  });

  test("of a product that has none is not told", () => {
    expect(told(device({ product: "lamp" }), [TODAY - 1])).toEqual([]);
  });
});

describe("a day of use", () => {
  test("is told six hours after it ended", () => {
    expect(closedDay(TODAY * DAY_MS + 6 * HOUR_MS)).toBe(TODAY - 1);
    expect(closedDay(TODAY * DAY_MS + 6 * HOUR_MS - 1)).toBe(TODAY - 2);
  });

  test("is told with the last seven at each close, all that are known at first, and none in between", () => {
    const at = TODAY * DAY_MS + 7 * HOUR_MS;
    expect(daysToTell(at, TODAY - 2)).toEqual([7, 6, 5, 4, 3, 2, 1].map((ago) => TODAY - ago));
    expect(daysToTell(at, undefined)).toHaveLength(60);
    expect(daysToTell(at, TODAY - 1)).toEqual([]);
    expect(daysToTell(at, TODAY)).toEqual([]);
  });

  test("is never left out, however long nobody could be told", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), (away) => {
        const days = daysToTell(TODAY * DAY_MS + 7 * HOUR_MS, TODAY - 1 - away);
        const first = days[0] ?? 0;
        expect(days).toEqual(Array.from({ length: days.length }, (_, n) => first + n));
        expect(days.at(-1)).toBe(TODAY - 1);
        expect(first).toBeLessThanOrEqual(Math.max(TODAY - away, TODAY - 60));
      }),
    );
  });
});
