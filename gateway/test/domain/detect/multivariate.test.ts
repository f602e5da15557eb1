import { describe, expect, it } from "vitest";
import type { DetectorInput, Predicate } from "../../../src/domain/detect/detector.ts";
import type { MultivariateTest } from "../../../src/domain/rules/kinds/multivariate-test.ts";
import type { Row } from "./pump-series.ts";
import { from, noise, normal, run, samples, series, TEST, viewOf } from "./pump-series.ts";

describe("a multivariate rule", () => {
  it("says that it has not enough data until it has learned, then that all is well", () => {
    const { verdicts, kinds } = run(series(900));
    expect(kinds.slice(0, 401).every((kind) => kind === "unknown")).toBe(true);
    expect(verdicts[100]).toEqual({
      kind: "unknown",
      why: "not enough data yet: learns for 6.67 min and 21 samples how the signals go together, 100 s and 101 samples so far",
    });
    expect(kinds.slice(401).every((kind) => kind === "ok")).toBe(true);
  });

  it("waits for enough samples when they come too seldom for the stated time", () => {
    expect(run(series(40), { ...TEST, learnFor: 10_000 }).kinds.indexOf("ok")).toBe(21);
  });

  it("sees a flow that each limit allows, but not the power that goes with it, and says how much of it each carries", () => {
    const stuck = run(
      series(
        700,
        from(600, (row) => ({ ...row, flow: 22 })),
      ),
    );
    const first = stuck.kinds.indexOf("breach");
    expect(first).toBeGreaterThanOrEqual(600);
    expect(first).toBeLessThan(620);
    const explanation = stuck.detector.explain(stuck.state, samples(0, {}));
    expect(explanation.observed).toMatch(
      /^the signals are \d+\.\d times as far from their usual relation as normal: (flow|power) \d+(\.\d)? (l\/min|W) where the others imply \d+(\.\d)? (l\/min|W) \(\d+ % of it\), /,
    );
    expect(explanation.expected).toMatch(/^at most 3 times; (flow|power) about /);
    const shares = explanation.contributions ?? [];
    const carried = (signal: string) =>
      shares.find((contribution) => contribution.signal === signal)?.share ?? 0;
    expect(carried("flow") + carried("power")).toBeGreaterThan(0.9);
    expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.0001);
    expect(explanation.sure).toMatch(/^high: \d+ samples in a row/);
    expect(explanation.disproof).not.toBe("");
  });

  it("does not mind a load that it never saw, as long as all signals go along", () => {
    const more = (row: Row) => ({
      ...row,
      flow: Number(row.flow) * 1.05,
      power: Number(row.power) * 1.05,
    });
    expect(run(series(900, from(500, more))).kinds).not.toContain("breach");
  });

  it("is not raised by a single spike when several samples in a row are asked for", () => {
    const spike = series(700, (row, i) => (i === 600 ? { ...row, flow: 300 } : row));
    expect(run(spike, { ...TEST, smooth: 1, inARow: 2 }).kinds).not.toContain("breach");
  });

  it("does not learn from what it flags, until the fault has lasted for the freezing time", () => {
    const fault = from(600, (row) => ({ ...row, flow: Number(row.flow) - 9 }));
    const held = run(series(3_000, fault), { ...TEST, memory: 100 });
    expect(held.kinds.slice(620).every((kind) => kind === "breach")).toBe(true);
    const released = run(series(4_000, fault), { ...TEST, memory: 100, freezeFor: 300_000 });
    expect(released.kinds.slice(620, 890).every((kind) => kind === "breach")).toBe(true);
    expect(released.kinds.at(-1)).toBe("ok");
  });

  it("clears when the signals go together again", () => {
    const pass = series(1_000, (row, i) => (i >= 600 && i < 650 ? { ...row, flow: 20 } : row));
    const { kinds } = run(pass);
    expect(kinds.slice(600, 650)).toContain("breach");
    expect(kinds.at(-1)).toBe("ok");
  });

  it("follows a slow change of the relation", () => {
    const worn = (row: Row, i: number) => ({ ...row, flow: Number(row.flow) * (1 - i / 100_000) });
    expect(run(series(10_000, worn)).kinds).not.toContain("breach");
  });

  it("leaves out a signal that never moved or was mostly unknown while it learned", () => {
    const still = run(series(700, (row, i) => ({ ...row, level: i < 600 ? 2 : 5 })));
    expect(still.kinds).not.toContain("breach");
    const absent = run(series(700, (row, i) => ({ ...row, level: i % 3 === 0 ? 2 : undefined })));
    expect(absent.kinds.at(-1)).toBe("ok");
  });
});

describe("missing signals of a multivariate rule", () => {
  it("are told from the others: neither raised nor cleared while one is gone", () => {
    const { verdicts, kinds } = run(
      series(
        700,
        from(600, (row) => ({ ...row, flow: undefined })),
      ),
    );
    expect(kinds).not.toContain("breach");
    expect(verdicts.at(-1)).toEqual({ kind: "unknown", why: "flow is unknown" });
  });

  it("do not hide a fault of the others", () => {
    const rows = series(
      700,
      from(600, (row) => ({ ...row, level: undefined, flow: 20 })),
    );
    expect(run(rows).kinds.at(-1)).toBe("breach");
  });

  it("may drop out all at once without changing what is normal", () => {
    const gone = (row: Row, i: number): Row => (i >= 600 && i < 650 ? {} : row);
    const { kinds, state } = run(series(700, gone));
    expect(kinds.slice(600, 650).every((kind) => kind === "unknown")).toBe(true);
    expect(kinds.slice(650).every((kind) => kind === "ok")).toBe(true);
    expect(state.model.mean.every(Number.isFinite)).toBe(true);
  });
});

describe("a multivariate rule that counts only while a condition is true", () => {
  const gate: Predicate = {
    source: "pump",
    signals: ["pump"],
    limits: [],
    test: (view) => view.get("pump") === true,
  };

  it("neither learns nor judges anything else", () => {
    const rows = series(1_200, (row, i) => {
      const pump = i % 100 < 80;
      return pump ? { ...row, pump } : { flow: 0, power: 0, level: 0, pump };
    });
    const { kinds, verdicts } = run(rows, TEST, gate);
    expect(kinds).not.toContain("breach");
    expect(kinds[1_150]).toBe("ok");
    expect(verdicts[1_190]).toEqual({ kind: "unknown", why: "counts only while pump" });
  });
});

describe("the ranges of a multivariate rule", () => {
  const RANGED: MultivariateTest = {
    ...TEST,
    signals: ["flow", "power", "level", "pump"],
    ranges: { of: ["level"], given: ["pump"], margin: 0.05 },
    limit: 1_000,
  };
  const switched = (row: Row): Row => ({ ...row, pump: Number(row.level) < 2 });

  it("see a pump that runs at a level at which it never ran", () => {
    const rows = series(700, (row, i) =>
      i < 600 ? switched(row) : { ...row, level: 2.15, pump: true },
    );
    const { kinds, detector, state } = run(rows, RANGED);
    expect(kinds.indexOf("breach")).toBe(600);
    const explanation = detector.explain(state, samples(0, {}));
    expect(explanation.observed).toBe("level 2.15 m while pump is on");
    expect(explanation.expected).toBe("level at most 2 m while pump is on, as ever seen so far");
    expect(explanation.limits).toMatchObject([{ signal: "level", op: ">" }]);
    expect(explanation.contributions).toEqual([{ signal: "level", share: 1 }]);
  });

  it("see a level that was never seen at all", () => {
    const rows = series(700, (row, i) => switched(i < 600 ? row : { ...row, level: 1.2 }));
    const { kinds, detector, state } = run(rows, RANGED);
    expect(kinds.indexOf("breach")).toBe(600);
    expect(detector.explain(state, samples(0, {})).expected).toContain("level at least 1.7");
  });

  it("are silent while the level stays where it was", () => {
    expect(run(series(2_000, switched), RANGED).kinds).not.toContain("breach");
  });
});

describe("inputs of a multivariate rule other than new samples", () => {
  it("a second message of the same moment counts once", () => {
    const { detector, state } = run(series(600));
    const again = detector.step(state, samples(1_599_000, { flow: 1, power: 1, level: 9 }), false);
    expect(again.state).toBe(state);
  });

  it("after a pause the present is forgotten and the normal kept", () => {
    const { detector, state } = run(series(600));
    const later = detector.step(state, samples(2_000_000, normal(0)), false);
    expect(later.verdict.kind).toBe("ok");
    expect(later.state.model.mean[0]).toBeCloseTo(state.model.mean[0] ?? 0, 0);
  });

  it("an alarmed device that falls silent becomes unknown, not ok", () => {
    const { detector, state } = run(
      series(
        620,
        from(600, (row) => ({ ...row, flow: 20 })),
      ),
    );
    const step = detector.step(state, samples(1_620_000, { ...normal(620), flow: 20 }), true);
    expect(step.deadline).toBe(1_623_001);
    const facts = {
      activatedAt: 0,
      presence: "online",
      silenceExpected: false,
      lastSeenAt: 1_620_000,
      excusedUntil: 0,
      use: [],
      useObservedFrom: undefined,
    } as const;
    const due: DetectorInput = {
      kind: "deadline",
      at: 1_623_001,
      deviceAt: 1_623_001,
      facts,
      view: viewOf(1_623_001, {}),
    };
    expect(detector.step(step.state, due, true).verdict.kind).toBe("unknown");
    expect(detector.explain(detector.start(), due).observed).toBe("no sample yet");
  });
});

describe("the memory of a multivariate rule", () => {
  it("is half the square of the signals and some numbers per signal", () => {
    const signals = Array.from({ length: 8 }, (_, i) => `s${i}`);
    const row = (i: number): Row =>
      Object.fromEntries(
        signals.map((signal, j) => [signal, Math.sin(i / (5 + j)) + noise(i * j)]),
      );
    const rows = Array.from({ length: 700 }, (_, i) => row(i));
    const { state } = run(rows, { ...TEST, signals });
    expect(JSON.stringify(state).length).toBeLessThan(2_500);
  });

  it("stays bounded when signals stop moving for a very long time", () => {
    const still = normal(600);
    const rows = series(
      8_000,
      from(600, () => still),
    );
    const { state, kinds } = run(rows, { ...TEST, memory: 50 });
    expect(kinds).not.toContain("breach");
    expect(state.model.matrix.every((n) => Number.isFinite(n) && Math.abs(n) < 1_000)).toBe(true);
  });
});
