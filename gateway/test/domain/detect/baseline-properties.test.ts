import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "./baseline-support.ts";
import { DAY, Device, detectorOf, MINUTE, START, samples } from "./baseline-support.ts";

/** Readings of any scale with levels, noise and jumps; the clock may stand still or skip. */
const recordings = fc
  .record({
    scale: fc.constantFrom(1e-6, 1, 1e6),
    offset: fc.constantFrom(-1_000, 0, 1_000),
    steps: fc.array(
      fc.record({
        level: fc.double({ min: -8, max: 8, noNaN: true }),
        count: fc.integer({ min: 5, max: 60 }),
        minutes: fc.constantFrom(0, 5, 10, 300),
      }),
      { minLength: 6, maxLength: 14 },
    ),
    wobble: fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 31, maxLength: 31 }),
  })
  .map(({ scale, offset, steps, wobble }): readonly Row[] => {
    let at = START;
    return steps.flatMap(({ level, count, minutes }) =>
      Array.from({ length: count }, (_, i) => {
        at += minutes * MINUTE;
        // The contract hands on no minus zero.
        return { at, power: scale * (offset + level + (wobble[i % 31] ?? 0)) + 0 };
      }),
    );
  });

const some = { numRuns: 60 };
const detector = detectorOf();

describe("any recording under a baseline rule", () => {
  it("gives the same verdicts whole, or cut anywhere with the state saved as JSON in between", () => {
    fc.assert(
      fc.property(recordings, fc.nat(), (rows, cut) => {
        const whole = new Device(detector);
        const expected = whole.see(rows);
        const first = new Device(detector);
        const at = cut % rows.length;
        const before = first.see(rows.slice(0, at));
        const second = new Device(detector);
        second.state = JSON.parse(JSON.stringify(first.state));
        second.active = first.active;
        expect([...before, ...second.see(rows.slice(at))]).toEqual(expected);
        expect(second.state).toEqual(whole.state);
      }),
      some,
    );
  });

  it("gives the same verdicts a whole number of weeks later", () => {
    fc.assert(
      fc.property(recordings, fc.integer({ min: 1, max: 200 }), (rows, weeks) => {
        const later = rows.map((row) => ({ ...row, at: row.at + weeks * 7 * DAY }));
        expect(new Device(detector).see(later)).toEqual(new Device(detector).see(rows));
      }),
      some,
    );
  });

  it("does not care whether a sample is delivered twice", () => {
    fc.assert(
      fc.property(recordings, fc.nat(), (rows, which) => {
        const once = new Device(detector);
        once.see(rows);
        const twice = new Device(detector);
        const at = which % rows.length;
        twice.see(rows.slice(0, at + 1));
        twice.see(rows.slice(at));
        expect(twice.state).toEqual(once.state);
      }),
      some,
    );
  });

  it("never breaks a state that was handed out, and keeps it plain and small", () => {
    fc.assert(
      fc.property(recordings, (rows) => {
        const device = new Device(detector);
        for (const row of rows) {
          const before = device.state;
          const text = JSON.stringify(before);
          device.input(samples(row));
          expect(JSON.stringify(before)).toBe(text);
        }
        expect(JSON.parse(JSON.stringify(device.state))).toEqual(device.state);
        expect(JSON.stringify(device.state).length).toBeLessThan(6_000);
      }),
      { numRuns: 20 },
    );
  });

  it("breaches only with a finding that it can explain, dated not after now", () => {
    fc.assert(
      fc.property(recordings, (rows) => {
        const device = new Device(detector);
        for (const row of rows) {
          const wasActive = device.active;
          const verdict = device.input(samples(row));
          if (verdict.kind !== "breach" || wasActive) continue;
          expect(verdict.since).toBeLessThanOrEqual(row.at);
          const { observed, sure, limits } = device.explain(row);
          expect(observed).toContain("is where this device never was before");
          expect(sure).toMatch(/^(high|medium|low): /);
          expect(limits).toHaveLength(1);
        }
      }),
      some,
    );
  });

  it("gives the same verdicts in another unit", () => {
    fc.assert(
      fc.property(recordings, (rows) => {
        const doubled = rows.map((row) => ({ ...row, power: 4 * (row.power ?? 0) }));
        expect(new Device(detector).see(doubled)).toEqual(new Device(detector).see(rows));
      }),
      some,
    );
  });
});
