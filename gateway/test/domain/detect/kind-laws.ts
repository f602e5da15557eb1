import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Detector, DetectorInput, Verdict } from "#domain/detect/detector.ts";
import type { Values } from "../rules/sources.ts";
import { samples, T0 } from "./inputs.ts";

/** A device that sends one row a period; the alert is active from a breach to the next ok. */
export function verdictsOf(
  detector: Detector,
  rows: readonly Values[],
  more: { readonly start?: number; readonly periodMs: number; readonly repeat?: boolean },
): readonly Verdict[] {
  let state = detector.start();
  let active = false;
  return rows.map((row, i) => {
    const input: DetectorInput = samples((more.start ?? T0) + i * more.periodMs, row);
    let step = detector.step(state, input, active);
    if (more.repeat === true) step = detector.step(step.state, input, active);
    state = step.state;
    if (step.verdict.kind === "breach") active = true;
    if (step.verdict.kind === "ok") active = false;
    return step.verdict;
  });
}

/** What holds for every kind that judges readings, whatever they are. */
export function itKeepsTheLaws(
  name: string,
  given: {
    readonly detector: Detector;
    readonly rows: fc.Arbitrary<readonly Values[]>;
    readonly periodMs: number;
  },
): void {
  const { detector, rows, periodMs } = given;
  describe(`for any readings ${name}`, () => {
    it("decides the same after its state was written down and read back, at any moment", () => {
      fc.assert(
        fc.property(rows, (all) => {
          let live = detector.start();
          let active = false;
          all.forEach((row, i) => {
            const input = samples(T0 + i * periodMs, row);
            const stored: unknown = JSON.parse(JSON.stringify(live));
            const step = detector.step(live, input, active);
            expect(detector.step(stored, input, active)).toEqual(step);
            live = step.state;
            if (step.verdict.kind === "breach") active = true;
            if (step.verdict.kind === "ok") active = false;
          });
        }),
        { numRuns: 30 },
      );
    });

    it("decides the same in another year", () => {
      const shift = 400 * 86_400_000 + 1_234_567;
      fc.assert(
        fc.property(rows, (all) => {
          const later = verdictsOf(detector, all, { start: T0 + shift, periodMs });
          const back = later.map((verdict) =>
            verdict.kind === "breach" ? { ...verdict, since: verdict.since - shift } : verdict,
          );
          expect(back).toEqual(verdictsOf(detector, all, { periodMs }));
        }),
        { numRuns: 30 },
      );
    });

    it("decides the same when every message comes twice", () => {
      fc.assert(
        fc.property(rows, (all) => {
          const once = verdictsOf(detector, all, { periodMs });
          expect(verdictsOf(detector, all, { periodMs, repeat: true })).toEqual(once);
        }),
        { numRuns: 30 },
      );
    });

    it("never dates a breach before the first reading or after its verdict, and keeps its state small", () => {
      fc.assert(
        fc.property(rows, (all) => {
          verdictsOf(detector, all, { periodMs }).forEach((verdict, i) => {
            if (verdict.kind !== "breach") return;
            expect(verdict.since).toBeGreaterThanOrEqual(T0);
            expect(verdict.since).toBeLessThanOrEqual(T0 + i * periodMs);
          });
          let state = detector.start();
          all.forEach((row, i) => {
            state = detector.step(state, samples(T0 + i * periodMs, row), false).state;
          });
          expect(JSON.stringify(state).length).toBeLessThan(600);
        }),
        { numRuns: 30 },
      );
    });
  });
}

/** Rows of one signal with a hole now and then. */
export const rowsOf = (signal: string, value: fc.Arbitrary<number>): fc.Arbitrary<Values[]> =>
  fc.array(
    fc.oneof(
      { weight: 15, arbitrary: value.map((reading): Values => ({ [signal]: reading })) },
      { weight: 1, arbitrary: fc.constant<Values>({}) },
    ),
    { minLength: 20, maxLength: 90 },
  );

/** Repeatable noise in -0.5 … 0.5. */
export const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};
