import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../src/random.ts";

const draws = (random: Random, count = 20): readonly number[] =>
  Array.from({ length: count }, () => random.next());

describe("seeded random numbers", () => {
  it("are the same for a seed, in [0, 1), and differ between neighbouring seeds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const one = draws(new Random(seed));
        expect(draws(new Random(seed))).toEqual(one);
        expect(draws(new Random(seed + 1))).not.toEqual(one);
        for (const value of one) expect(value >= 0 && value < 1).toBe(true);
      }),
    );
  });

  it("a fork does not depend on what was drawn before", () => {
    const used = new Random(1);
    used.next();
    expect(draws(used.fork("weather"))).toEqual(draws(new Random(1).fork("weather")));
  });

  it("normal numbers have the mean and spread asked for", () => {
    const random = new Random(2);
    const values = Array.from({ length: 20_000 }, () => random.normal(10, 3));
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(10, 0);
    expect(Math.sqrt(variance)).toBeCloseTo(3, 0);
  });

  it("a rate gives as many events per hour in short steps as in long ones", () => {
    const count = (dtMs: number): number => {
      const random = new Random(3);
      const steps = (2_000 * 3_600_000) / dtMs;
      let happened = 0;
      for (let i = 0; i < steps; i += 1) if (random.happens(0.5, dtMs)) happened += 1;
      return happened / 2_000;
    };
    expect(count(10_000)).toBeCloseTo(0.5, 1);
    expect(count(60_000)).toBeCloseTo(0.5, 1);
  });
});
