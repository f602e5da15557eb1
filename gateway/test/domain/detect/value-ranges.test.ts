import { describe, expect, it } from "vitest";
import type { RangeRow } from "../../../src/domain/detect/value-ranges.ts";
import { emptyRanges, outside, widen } from "../../../src/domain/detect/value-ranges.ts";

const learned = (rows: readonly RangeRow[]) =>
  rows.reduce((ranges, row) => widen(ranges, row, 0), emptyRanges(1, 1));

/** Level 0 … 9.9, the pump on below 5. */
const rows = Array.from({ length: 100 }, (_, i): RangeRow => {
  const level = i / 10;
  return { values: [level], given: [level < 5 ? 1 : 0] };
});

describe("value ranges", () => {
  it("take what was seen for normal", () => {
    const ranges = learned(rows);
    expect(rows.every((row) => outside(ranges, row) === undefined)).toBe(true);
  });

  it("tell how far outside a value is, in widths of the whole range, and in which state", () => {
    expect(outside(learned(rows), { values: [7], given: [1] })).toEqual({
      signal: 0,
      by: (7 - 4.9) / 9.9,
      value: 7,
      edge: 4.9,
      given: { signal: 0, on: true },
    });
    expect(outside(learned(rows), { values: [-2], given: [Number.NaN] })).toMatchObject({
      edge: 0,
      given: null,
    });
  });

  it("do not judge a state that was hardly seen: new is not wrong", () => {
    const rarely = rows.map((row, i): RangeRow => ({ ...row, given: [i < 5 ? 1 : 0] }));
    expect(outside(learned(rarely), { values: [9], given: [1] })).toBeUndefined();
  });

  it("say nothing of unknown values and of signals that never moved", () => {
    expect(outside(learned(rows), { values: [Number.NaN], given: [1] })).toBeUndefined();
    const still = rows.map(({ given }): RangeRow => ({ values: [3], given }));
    expect(outside(learned(still), { values: [4], given: [1] })).toBeUndefined();
  });

  it("recede slowly from what does not come again", () => {
    let ranges = learned(rows);
    for (let i = 0; i < 200; i++) ranges = widen(ranges, { values: [5], given: [0] }, 0.01);
    expect(ranges.high[0]).toBeLessThan(6);
    expect(ranges.low[0]).toBeGreaterThan(4);
  });
});
