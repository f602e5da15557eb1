import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "#pipeline/retry-after.ts";
import { retryDelayMs } from "../../../src/adapters/webhook/retry-after.ts";

const HOUR = 3_600_000;

describe("The schedule of repeats", () => {
  it("begins at once and ends at one try a day", () => {
    const minutes = Array.from({ length: 12 }, (_, attempts) => retryDelayMs(attempts) / 60_000);
    expect(minutes).toEqual([0, 5 / 60, 5, 30, 120, 300, 600, 840, 1200, 1440, 1440, 1440]);
  });
});

describe("The wait that a receiver asks for", () => {
  const now = Date.UTC(2026, 0, 5, 12, 0, 0);

  it.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Mon, 05 Jan 2026 13:00:00 GMT", HOUR],
    ["Mon, 05 Jan 2026 11:00:00 GMT", 0],
    ["Wed, 05 Jan 2028 11:00:00 GMT", 24 * HOUR],
    ["99999999", 24 * HOUR],
  ])("is understood as seconds or as a date: %s", (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });

  it.each([[null], [""], ["-5"], ["soon"], ["1.5"], ["Mon, 99 Foo"]])(
    "is ignored when it is neither: %s",
    (value) => {
      expect(parseRetryAfter(value, now)).toBeUndefined();
    },
  );

  it("is never negative and never longer than a day, whatever is written there", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const wait = parseRetryAfter(value, now);
        expect(wait === undefined || (wait >= 0 && wait <= 24 * HOUR)).toBe(true);
      }),
    );
  });
});
