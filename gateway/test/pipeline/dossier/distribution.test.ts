import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { distributionOf, rangeOf } from "#pipeline/dossier/distribution.ts";

const hourly = <T>(values: readonly T[]) => values.map((value, i) => ({ at: i * HOUR_MS, value }));

describe("what is usual for a signal", () => {
  it("of numbers is the middle and the range of nine in ten, whatever their order", () => {
    const numbers = Array.from({ length: 101 }, (_, i) => i);
    const usual = { kind: "numbers", count: 101, median: 50, low: 5, high: 95 };
    expect(rangeOf(numbers)).toEqual(usual);
    expect(distributionOf(hourly(numbers.toReversed()), "gauge")).toEqual(usual);
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 50 }), (some) => {
        const range = rangeOf(some);
        if (range.kind !== "numbers") throw new Error("no numbers");
        expect(range.low).toBeLessThanOrEqual(range.median);
        expect(range.median).toBeLessThanOrEqual(range.high);
        expect(range.low).toBeGreaterThanOrEqual(Math.min(...some));
        expect(range.high).toBeLessThanOrEqual(Math.max(...some));
      }),
    );
  });

  it("of a counter is how much it grows per day, also across a reset", () => {
    const points = [100, 110, 120, 3, 13].map((value, i) => ({ at: i * DAY_MS, value }));
    expect(distributionOf(points, "counter")).toEqual({ kind: "growth", perDay: 7.5, days: 4 });
    expect(distributionOf(points.slice(0, 1), "counter")).toEqual({ kind: "none" });
  });

  it("of a state is the share of the time that each held, by time and not by number", () => {
    const points = [
      { at: 0, value: "idle" },
      { at: 9 * HOUR_MS, value: "brewing" },
      { at: 10 * HOUR_MS, value: "idle" },
    ];
    const found = distributionOf(points, "state");
    if (found.kind !== "states") throw new Error("no states");
    expect(found.shares.map(([name, share]) => [name, Math.round(share * 100)])).toEqual([
      ["idle", 90],
      ["brewing", 10],
    ]);
    expect(distributionOf(hourly([true, true, false]), "flag")).toMatchObject({
      shares: [
        ["yes", expect.anything()],
        ["no", expect.anything()],
      ],
    });
  });

  it("of nothing is nothing", () => {
    expect(distributionOf([], "gauge")).toEqual({ kind: "none" });
    expect(distributionOf(hourly([null, null]), "gauge")).toEqual({ kind: "none" });
    expect(rangeOf([])).toEqual({ kind: "none" });
  });
});
