import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesRow } from "#ports/series-store.ts";
import type { SealingLimits } from "../../../src/adapters/series-sqlite/limits.ts";
import { SqliteSeries } from "../../../src/adapters/series-sqlite/sqlite-series.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const HOUR = 3_600_000;
const T0 = Date.UTC(2026, 10, 10);
/** The many rows of a run are sealed at once, its few late ones stay as they came. */
const COARSE: SealingLimits = {
  fullBytes: 1_000,
  fewBytes: 1e9,
  fullRows: 1_000,
  manyBlocks: 2,
};

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -200, max: 200 }).map((n) => n / 10) },
  { weight: 1, arbitrary: fc.constantFrom("idle", "off", true, null, -0) },
);

describe("long ranges", () => {
  const series = fc.record({
    rows: fc.array(
      fc.record({
        gap: fc.nat({ max: 2 }),
        value,
        times: fc.nat({ max: 6 }),
      }),
      {
        minLength: 100,
        maxLength: 400,
      },
    ),
    gaps: fc.constantFrom([1_000], [10_000, 60_000], [9_000], [10_000, 7 * HOUR]),
    late: fc.array(
      fc.record({ at: fc.nat({ max: 99 }), value: fc.oneof(value, fc.constant(999)) }),
      {
        maxLength: 4,
      },
    ),
    numbersOnly: fc.boolean(),
    points: fc.integer({ min: 4, max: 40 }),
    from: fc.integer({ min: -1, max: 2 }),
    hours: fc.oneof(fc.constant(1e6), fc.integer({ min: 2, max: 20 })),
  });

  it("answered from roll-ups show the same points as if all samples were read", () => {
    let rolled = 0;
    let devices = 0;
    using folder = tempFolder();
    using store = new SqliteSeries(join(folder.path, "series"), COARSE);
    fc.assert(
      fc.property(series, ({ rows, gaps, late, numbersOnly, points, from, hours }) => {
        const device = `d-${++devices}`;
        const values = new Map<number, SeriesRow["values"][string]>();
        let at = T0;
        const put = (time: number, one: SeriesRow["values"][string]): SeriesRow => {
          const temp = numbersOnly && (typeof one !== "number" || Object.is(one, -0)) ? 1 : one;
          values.set(time, temp);
          return { product: "espresso-pro", device, at: time, values: { temp } };
        };
        const written = rows.flatMap(({ gap, value: one, times }) =>
          Array.from({ length: times }, () => {
            at += gaps[gap % gaps.length] ?? 0;
            return put(at, one);
          }),
        );
        store.writeSync(written);
        while (store.upkeepSync(1_000));
        if (late.length > 0)
          store.writeSync(
            late.map((one) => put(T0 + Math.floor(((at - T0) * one.at) / 100), one.value)),
          );
        const query = {
          device,
          signal: "temp",
          from: T0 + from * HOUR,
          to: T0 + (from + hours) * HOUR,
          points,
        };
        const found = store.readSync(query);
        const all = [...values].map(([time, one]) => ({ at: time, value: one }));
        const inRange = all
          .filter((one) => one.at >= query.from && one.at < query.to)
          .sort((a, b) => a.at - b.at);
        const range = { from: inRange[0]?.at ?? 0, to: (inRange.at(-1)?.at ?? 0) + 1 };
        const width = (range.to - range.from) / Math.floor(points / 4);
        const step = width >= HOUR ? HOUR : width >= 60_000 ? 60_000 : undefined;
        const thinning = new Thinning(points, { ...range, step });
        for (const point of inRange) thinning.add(point);
        if (step !== undefined && inRange.length > points) rolled += 1;
        expect(found).toStrictEqual(thinning.result());
      }),
      { numRuns: 100, endOnFailure: true },
    );
    expect(rolled).toBeGreaterThan(30);
  });
});
