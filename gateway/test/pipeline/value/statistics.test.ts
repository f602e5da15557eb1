import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shareOf, spreadOf } from "#pipeline/value/statistics.ts";

const near = (value: number) => expect.closeTo(value, 4);

describe("a share", () => {
  it.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [1, 1, 0.2065, 1],
    [4, 200, 0.0078, 0.0503],
  ])("of %i in %i has the interval that Wilson's formula gives", (count, of, low, high) => {
    expect(shareOf(count, of)).toEqual({
      count,
      of,
      share: count / of,
      low: near(low),
      high: near(high),
    });
  });

  it("of nothing is not known, and no zero", () => {
    expect(shareOf(0, 0)).toMatchObject({ share: null, low: null, high: null });
  });

  it("lies within its interval, which gets no wider with more cases", () => {
    const counts = fc
      .integer({ min: 1, max: 5_000 })
      .chain((of) => fc.record({ of: fc.constant(of), count: fc.integer({ min: 0, max: of }) }));
    fc.assert(
      fc.property(counts, ({ count, of }) => {
        const few = shareOf(count, of);
        const many = shareOf(10 * count, 10 * of);
        const share = few.share ?? -1;
        const width = ({ low, high }: typeof few) => (high ?? 0) - (low ?? 0);
        expect(few.low).toBeLessThanOrEqual(share + 1e-12);
        expect(few.high).toBeGreaterThanOrEqual(share - 1e-12);
        expect(width(many)).toBeLessThanOrEqual(width(few));
      }),
      { numRuns: 50 },
    );
  });
});

describe("a spread", () => {
  it("names values that occurred: the middle one, and the one that nine of ten do not exceed", () => {
    expect(spreadOf([5, 1, 3])).toEqual({ count: 3, medianMs: 3, p90Ms: 5 });
    const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect(spreadOf(hundred)).toEqual({ count: 100, medianMs: 50, p90Ms: 90 });
    expect(spreadOf([7])).toEqual({ count: 1, medianMs: 7, p90Ms: 7 });
  });

  it("of nothing is not known", () => {
    expect(spreadOf([])).toEqual({ count: 0, medianMs: null, p90Ms: null });
  });
});
