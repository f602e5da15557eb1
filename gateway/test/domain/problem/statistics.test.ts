import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  binomialTail,
  hypergeometricTail,
  logGamma,
  rateTail,
} from "#domain/problem/statistics.ts";

/** Exact, in whole numbers. */
function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
  return result;
}

const fraction = (top: bigint, bottom: bigint): number =>
  Number((top * 10n ** 30n) / bottom) / 1e30;

function countedTail(population: number, marked: number, drawn: number, found: number): number {
  let ways = 0n;
  for (let i = found; i <= Math.min(marked, drawn); i++) {
    if (drawn - i > population - marked) continue;
    ways += choose(marked, i) * choose(population - marked, drawn - i);
  }
  return fraction(ways, choose(population, drawn));
}

describe("the logarithm of the gamma function", () => {
  test.each([
    [0.5, Math.log(Math.sqrt(Math.PI))],
    [1, 0],
    [2, 0],
    [5, Math.log(24)],
    [10, Math.log(362_880)],
    // Abramowitz and Stegun, table 6.4: ln Γ(101) = ln 100!.
    [101, 363.739375555563],
  ])("of %d is %d", (x, value) => {
    expect(logGamma(x)).toBeCloseTo(value, 10);
  });

  test("grows as its recurrence says, up to a million", () => {
    for (const x of [1.5, 12, 345.25, 1e5, 1e6]) {
      const step = logGamma(x + 1) - logGamma(x);
      expect(step / Math.log(x)).toBeCloseTo(1, 8);
    }
  });
});

describe("the hypergeometric tail", () => {
  test("is that of Fisher's tea taster: all four cups right, 1 in 70", () => {
    expect(hypergeometricTail({ population: 8, marked: 4, drawn: 4, found: 4 })).toBeCloseTo(
      1 / 70,
      14,
    );
    expect(hypergeometricTail({ population: 8, marked: 4, drawn: 4, found: 3 })).toBeCloseTo(
      17 / 70,
      14,
    );
  });

  test("is that of Fisher's criminal twins (Science Progress, 1935)", () => {
    // 10 of 13 monozygotic and 2 of 17 dizygotic twins convicted: p = 619 / 1330665.
    const p = hypergeometricTail({ population: 30, marked: 12, drawn: 13, found: 10 });
    expect(p).toBeCloseTo(619 / 1_330_665, 14);
  });

  test("is what counting all draws gives", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), fc.nat(60), fc.nat(60), (n, k, d, f) => {
        const population = n + 1;
        const marked = k % (population + 1);
        const drawn = d % (population + 1);
        const found = f % (Math.min(marked, drawn) + 1);
        const exact = countedTail(population, marked, drawn, found);
        const p = hypergeometricTail({ population, marked, drawn, found });
        expect(Math.abs(p - exact)).toBeLessThan(1e-10 * exact + 1e-28);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["nothing found", { population: 100, marked: 10, drawn: 10, found: 0 }, 1],
    ["more found than can be", { population: 100, marked: 3, drawn: 10, found: 4 }, 0],
    ["all drawn", { population: 100, marked: 10, drawn: 100, found: 10 }, 1],
    ["none drawn", { population: 100, marked: 10, drawn: 0, found: 0 }, 1],
  ])("with %s", (_title, draw, p) => {
    expect(hypergeometricTail(draw)).toBe(p);
  });

  test("of a whole fleet neither overflows nor becomes 0", () => {
    const p = hypergeometricTail({
      population: 100_000,
      marked: 5_000,
      drawn: 5_000,
      found: 5_000,
    });
    expect(p).toBe(1e-300);
    const half = hypergeometricTail({
      population: 100_000,
      marked: 50_000,
      drawn: 50_000,
      found: 20_000,
    });
    expect(half).toBeCloseTo(1, 9);
  });

  test("falls as more is found", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 39 }), (found) => {
        const draw = { population: 500, marked: 40, drawn: 60 };
        const more = hypergeometricTail({ ...draw, found: found + 1 });
        expect(more).toBeLessThanOrEqual(hypergeometricTail({ ...draw, found }));
      }),
    );
  });
});

describe("the test of two rates", () => {
  test("is a binomial tail: 5 heads of 5 are 1 in 32", () => {
    expect(binomialTail(5, 0.5, 5)).toBeCloseTo(1 / 32, 15);
    expect(binomialTail(10, 0.5, 5)).toBeCloseTo(638 / 1_024, 14);
    expect(binomialTail(3, 0.1, 0)).toBe(1);
    expect(binomialTail(3, 0.1, 4)).toBe(0);
  });

  test("as many today as in 28 days before is no chance; one day's knowledge proves little", () => {
    expect(rateTail(28, 28, 28)).toBeLessThan(1e-20);
    expect(rateTail(1, 28, 28)).toBeGreaterThan(0.5);
    expect(rateTail(5, 1, 1)).toBeCloseTo(7 / 64, 12);
    expect(rateTail(5, 1, 0)).toBe(1);
  });

  test("is a probability, and many events neither overflow nor take long", () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.nat(20_000),
        fc.integer({ min: 1, max: 28 }),
        (now, before, days) => {
          const p = rateTail(now, before, days);
          expect(p).toBeGreaterThan(0);
          expect(p).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 60 },
    );
  });
});
