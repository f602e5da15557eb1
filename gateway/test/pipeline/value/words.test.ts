import { describe, expect, it } from "vitest";
import { shareOf, spreadOf } from "#pipeline/value/statistics.ts";
import {
  countText,
  longestText,
  percentText,
  rangeText,
  spreadText,
} from "#pipeline/value/words.ts";

describe("figures in words", () => {
  it("round a share, but never to nothing or all", () => {
    const shares = [null, 0, 0.000_1, 0.004, 0.0996, 0.5, 0.996, 0.999_9, 1];
    expect(shares.map((share) => percentText(share).replace("\u00a0", " "))).toEqual([
      "not known",
      "0 %",
      "under 0.1 %",
      "0.4 %",
      "10 %",
      "50 %",
      "99.6 %",
      "over 99.9 %",
      "100 %",
    ]);
  });

  it("name what a share is of and its interval, or nothing when it is not known", () => {
    expect(rangeText(shareOf(1_200, 2_000))).toBe("1,200 of 2,000 · between 58 and 62\u00a0%");
    expect(rangeText(shareOf(0, 0))).toBe("");
  });

  it("group thousands and name a middle and what nine of ten need", () => {
    expect(countText(1_234_567)).toBe("1,234,567");
    expect(countText(999)).toBe("999");
    expect(spreadText(spreadOf([60_000, 7_200_000, 7_200_000]))).toBe("2 h");
    expect(longestText(spreadOf([7_200_000]))).toBe("nine of ten within 2 h, of 1");
    expect([spreadText(spreadOf([])), longestText(spreadOf([]))]).toEqual(["not known", ""]);
  });
});
