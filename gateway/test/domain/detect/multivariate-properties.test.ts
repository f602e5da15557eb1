import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MultivariateState } from "../../../src/domain/detect/multivariate-state.ts";
import type { MultivariateTest } from "../../../src/domain/rules/kinds/multivariate-test.ts";
import { detectorOf, run, samples, TEST } from "./pump-series.ts";

const anyRow = fc.record({
  flow: fc.option(
    fc.integer({ min: -80, max: 80 }).map((n) => n / 8),
    { nil: undefined, freq: 20 },
  ),
  power: fc.integer({ min: -80, max: 80 }).map((n) => n / 8),
  level: fc.integer({ min: -80, max: 80 }).map((n) => n / 8),
});
const anyRows = fc.array(anyRow, { minLength: 40, maxLength: 120 });
const QUICK: MultivariateTest = {
  ...TEST,
  learnFor: 20_000,
  memory: 20,
  smooth: 2,
  limit: 1.5,
  ranges: { of: ["level"], given: [], margin: 0.05 },
};

describe("for any series a multivariate rule", () => {
  it("decides the same after its state was written down and read back", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const detector = detectorOf(QUICK);
        let live = detector.start();
        let stored = detector.start();
        let active = false;
        rows.forEach((row, i) => {
          const input = samples(i * 1_000, row);
          const a = detector.step(live, input, active);
          const read = JSON.parse(JSON.stringify(stored)) as MultivariateState;
          const b = detector.step(read, input, active);
          expect(b).toEqual(a);
          live = a.state;
          stored = b.state;
          active = a.verdict.kind === "breach";
        });
      }),
      { numRuns: 30 },
    );
  });

  it("decides the same whenever it happens", () => {
    const shift = 86_400_000 * 365;
    fc.assert(
      fc.property(anyRows, (rows) => {
        const play = (start: number) => {
          const detector = detectorOf(QUICK);
          let state = detector.start();
          return rows.map((row, i) => {
            const step = detector.step(state, samples(start + i * 1_000, row), false);
            state = step.state;
            return step.verdict.kind === "breach"
              ? { ...step.verdict, since: step.verdict.since - start }
              : step.verdict;
          });
        };
        expect(play(shift)).toEqual(play(0));
      }),
      { numRuns: 30 },
    );
  });

  it("decides the same with every message twice, and never raises before it has learned", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const detector = detectorOf(QUICK);
        let once = detector.start();
        let twice = detector.start();
        rows.forEach((row, i) => {
          const input = samples(i * 1_000, row);
          once = detector.step(once, input, false).state;
          twice = detector.step(detector.step(twice, input, false).state, input, false).state;
          expect(twice).toEqual(once);
          if (once.verdict.kind !== "breach") return;
          expect(once.verdict.since).toBeGreaterThan(QUICK.learnFor);
          expect(once.finding?.excess).toBeGreaterThan(1);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("keeps its numbers finite", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const { model } = run(rows, QUICK).state;
        const numbers = [...model.mean, ...model.matrix, ...model.residual, ...model.present];
        expect(numbers.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});
