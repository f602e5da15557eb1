import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitLine, middle } from "#domain/detect/trend-line.ts";

/** Repeatable noise in -0.5 … 0.5. */
const noise = (i: number): number => {
  const x = Math.sin((i + 1) * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};
const points = (count: number, at: (i: number) => number | null) =>
  Array.from({ length: count }, (_, i) => at(i));

describe("the line through a quantity's periods", () => {
  it("gives level, rate and interval of a noisy slope", () => {
    const line = fitLine(points(30, (i) => 10 + 2 * i + noise(i)));
    expect(line?.slope).toBeCloseTo(2, 1);
    expect(line?.level).toBeCloseTo(68, 0);
    expect(line?.low).toBeGreaterThan(1.9);
    expect(line?.high).toBeLessThan(2.1);
    expect(line).toMatchObject({ points: 30, span: 29, steady: true });
  });

  it("is not turned by a quarter of wild points", () => {
    const line = fitLine(points(30, (i) => (i % 4 === 3 ? 500 * noise(i) : 10 + 2 * i)));
    expect(line?.slope).toBeCloseTo(2, 5);
    expect(line?.level).toBeCloseTo(68, 5);
  });

  it("knows no direction of noise, and of a wandering quantity less than noise of the same size would say", () => {
    const still = fitLine(points(30, (i) => noise(i)));
    expect(still?.low).toBeLessThan(0);
    expect(still?.high).toBeGreaterThan(0);
    const wave = points(30, (i) => Math.sin(i / 3));
    const line = fitLine(wave);
    expect(Math.min(-(line?.low ?? 1), line?.high ?? -1)).toBeGreaterThan(0);
  });

  it("sees that one step is not steady", () => {
    expect(fitLine(points(30, (i) => (i < 15 ? 80 : 20) + noise(i)))?.steady).toBe(false);
    expect(fitLine(points(30, (i) => (i < 8 ? 80 : 20) + noise(i)))?.steady).toBe(false);
  });

  it("takes periods without a reading for what they are", () => {
    const line = fitLine(points(30, (i) => (i % 3 === 1 ? null : 5 * i)));
    expect(line).toMatchObject({ slope: 5, level: 145, points: 20, span: 29 });
  });

  it("needs three points, and of few points allows every direction", () => {
    expect(fitLine([])).toBeUndefined();
    expect(fitLine([1, null, 2])).toBeUndefined();
    const line = fitLine([1, 2, 4]);
    expect(line?.low).toBe(0);
    expect(line?.high).toBe(2);
    expect(fitLine([4, 2, 1])?.high).toBe(0);
  });

  it("turns with its points: mirrored points give the mirrored line", () => {
    const values = fc.array(fc.option(fc.integer({ min: -1_000, max: 1_000 }), { nil: null }), {
      minLength: 3,
      maxLength: 30,
    });
    fc.assert(
      fc.property(values, (given) => {
        const line = fitLine(given);
        const mirrored = fitLine(given.map((value) => (value === null ? null : -value)));
        if (line === undefined || mirrored === undefined) return line === mirrored;
        expect(mirrored.slope).toBeCloseTo(-line.slope, 3);
        expect(mirrored.level).toBeCloseTo(-line.level, 2);
        expect(line.low).toBeLessThanOrEqual(line.slope + 1e-3);
        expect(line.high).toBeGreaterThanOrEqual(line.slope - 1e-3);
        return true;
      }),
      { numRuns: 100 },
    );
  });

  it("takes the middle of none as 0", () => {
    expect([middle([]), middle([3]), middle([1, 2])]).toEqual([0, 3, 1.5]);
  });
});
