import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Habit } from "#domain/usage/habit.ts";
import { dropEvidence, expectedUse, learnDay, NO_HABIT } from "#domain/usage/habit.ts";

const PACE = { memory: 35, speed: 1 };

/** A habit that was lived for so many days; `use` tells the amount of each. */
const lived = (days: number, use: (day: number) => number): Habit => {
  let habit = NO_HABIT;
  for (let day = 20_000; day < 20_000 + days; day += 1)
    habit = learnDay(habit, day, use(day), PACE);
  return habit;
};

describe("a habit", () => {
  it("expects the mean of what it saw", () => {
    const habit = lived(60, () => 8);
    expect(habit.mean).toBeCloseTo(8, 5);
    expect(expectedUse(habit, 20_061)).toBeCloseTo(8, 5);
    expect(habit.spread).toBeLessThan(0.5);
  });

  it("knows the days of the week on which nothing happens", () => {
    const closed = (day: number) => day % 7 === 3 || day % 7 === 4;
    const habit = lived(84, (day) => (closed(day) ? 0 : 10));
    expect(expectedUse(habit, 20_003 - (20_003 % 7) + 3)).toBeLessThan(2);
    expect(expectedUse(habit, 20_003 - (20_003 % 7) + 6)).toBeGreaterThan(8);
  });

  it("follows growth sooner than decline, and slowly while it is in doubt", () => {
    const habit = lived(60, () => 10);
    const moved = (amount: number, speed: number) =>
      Math.abs(learnDay(habit, 20_060, amount, { memory: 35, speed }).mean - 10);
    expect(moved(15, 1)).toBeCloseTo(1.3 * moved(5, 1), 3);
    expect(moved(5, 0.3)).toBeCloseTo(0.3 * moved(5, 1), 3);
  });

  it("takes one huge day for three usual ones", () => {
    const habit = lived(60, () => 10);
    const after = (amount: number) => learnDay(habit, 20_060, amount, PACE);
    expect(after(10_000)).toEqual(after(33));
  });

  it("stays small, finite and at a mean of one over the week, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500), { minLength: 1, maxLength: 200 }), (amounts) => {
        const habit = lived(amounts.length, (day) => amounts[day - 20_000] ?? 0);
        expect(habit.mean).toBeGreaterThanOrEqual(0);
        expect(habit.spread).toBeGreaterThanOrEqual(0);
        const week = habit.week.reduce((sum, share) => sum + share, 0);
        expect(week).toBeCloseTo(7, 2);
        expect(JSON.stringify(habit).length).toBeLessThan(160);
      }),
      { numRuns: 60 },
    );
  });
});

describe("the evidence for a drop", () => {
  const habit = { ...NO_HABIT, mean: 10, days: 60 };
  const of = (amount: number, share = 0.75) => dropEvidence(habit, { expected: 10, amount }, share);

  it("grows with every use that is missing and turns against it near the habit", () => {
    expect(of(0)).toBeGreaterThan(of(3));
    expect(of(7)).toBeGreaterThan(0);
    expect(of(10)).toBeLessThan(0);
  });

  it("is weaker on a device whose days scatter", () => {
    const wild = dropEvidence({ ...habit, spread: 8 }, { expected: 10, amount: 2 }, 0.75);
    expect(wild).toBeGreaterThan(0);
    expect(wild).toBeLessThan(of(2));
  });

  it("nears that of independent counts when they scatter as such", () => {
    const poisson = 4 * Math.log(0.75) + 10 * 0.25;
    const calm = dropEvidence({ ...habit, spread: 1 }, { expected: 10, amount: 4 }, 0.75);
    expect(calm).toBeCloseTo(poisson, 1);
  });
});
