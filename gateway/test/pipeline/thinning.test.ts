import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesPoint } from "#ports/series-store.ts";

const value = fc.oneof(
  { weight: 4, arbitrary: fc.double({ noNaN: true, min: -1e6, max: 1e6 }) },
  { weight: 1, arbitrary: fc.constantFrom(null, "idle", "off", true, false) },
);
const series = fc
  .uniqueArray(fc.record({ at: fc.integer({ min: 0, max: 100_000 }), value }), {
    selector: (point) => point.at,
    maxLength: 300,
  })
  .map((points) => points.sort((a, b) => a.at - b.at));
const wanted = fc.integer({ min: 4, max: 100 });

function thin(points: readonly SeriesPoint[], limit: number): readonly SeriesPoint[] {
  const to = (points.at(-1)?.at ?? 0) + 1;
  const thinning = new Thinning(limit, { from: points[0]?.at ?? 0, to });
  for (const point of points) thinning.add(point);
  return thinning.result();
}

const extreme = (points: readonly SeriesPoint[], pick: (...n: number[]) => number): number =>
  pick(...points.map((point) => point.value).filter((one) => typeof one === "number"));

describe("thinning a series for a chart", () => {
  it("leaves a series alone that is short enough", () => {
    fc.assert(
      fc.property(series, (points) => {
        expect(thin(points, Math.max(4, points.length))).toEqual(points);
      }),
    );
  });

  it("answers at most as many points as asked, in order and none invented", () => {
    fc.assert(
      fc.property(series, wanted, (points, limit) => {
        const thinned = thin(points, limit);
        expect(thinned.length).toBeLessThanOrEqual(limit);
        const known = new Map(points.map((point) => [point.at, point.value]));
        for (const point of thinned) expect(known.get(point.at)).toBe(point.value);
        const times = thinned.map((point) => point.at);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      }),
    );
  });

  it("keeps the smallest and the largest number", () => {
    fc.assert(
      fc.property(series, wanted, (points, limit) => {
        const thinned = thin(points, limit);
        expect(extreme(thinned, Math.min)).toBe(extreme(points, Math.min));
        expect(extreme(thinned, Math.max)).toBe(extreme(points, Math.max));
      }),
    );
  });

  it("shows where a number was unavailable", () => {
    const points = Array.from({ length: 500 }, (_, n) => ({
      at: n,
      value: n >= 200 && n < 210 ? null : n % 7,
    }));
    const thinned = thin(points, 40);
    expect(thinned.some((point) => point.value === null)).toBe(true);
  });
});
