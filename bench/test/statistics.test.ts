import { describe, expect, it } from "vitest";
import { median, quantile, rounded } from "../src/statistics.ts";

describe("the figures of a bench", () => {
  it.each([
    [[3], 3],
    [[4, 1], 2.5],
    [[9, 1, 5], 5],
    [[10, 2, 4, 8], 6],
  ])("take the middle of %j", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it.each([
    [0.5, 50],
    [0.99, 99],
    [1, 100],
    [0.001, 1],
  ])("take the %d quantile by nearest rank, without inventing values", (share, expected) => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(quantile(values, share)).toBe(expected);
  });

  it("refuse to say anything about nothing", () => {
    expect(() => median([])).toThrow("at least one value");
    expect(() => quantile([], 0.5)).toThrow("at least one value");
  });

  it("are rounded for people", () => {
    expect(rounded(1 / 3, 3)).toBe(0.333);
  });
});
