import type { ProductModel } from "@voorzorg/firmware-contracts";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DetectorInput, Verdict } from "../../../src/domain/detect/detector.ts";
import type { DriftState } from "../../../src/domain/detect/drift.ts";
import { driftDetector } from "../../../src/domain/detect/drift.ts";
import type { DriftTest, Rule } from "../../../src/domain/rules/rule.ts";

const TEST: DriftTest = {
  type: "drift",
  signals: ["flow"],
  learnFor: 200_000,
  smooth: 5,
  memory: 40,
  limit: 4,
  inARow: 3,
  minSd: {},
};

const RULE: Rule = {
  id: "working-point-moved",
  product: "pump",
  kind: "fault",
  severity: "normal",
  level: "act",
  keyVersion: 1,
  title: "The pump left its working point",
  why: "",
  disproof: "",
  test: TEST,
  for: 0,
  keep: 60_000,
  reopenWithin: 0,
  playbook: [],
};

const signal = { kind: "gauge", title: "", unit: "l/min" } as const;
const MODEL: ProductModel = {
  id: "pump",
  title: "Pump",
  version: 1,
  expectedPeriodMs: 1_000,
  signals: { flow: signal, current: { ...signal, unit: "A" } },
  events: {},
  settings: {},
  commands: {},
  features: {},
};

type Row = Readonly<Record<string, number | undefined>>;

const viewOf = (at: number, row: Row) => ({ at, get: (name: string) => row[name] });

const samples = (at: number, row: Row): DetectorInput => ({
  kind: "samples",
  at,
  now: at,
  view: viewOf(at, row),
});

/** Runs rows one second apart and lets the alert be active from the first breach until an ok. */
function run(rows: readonly Row[], test: DriftTest = TEST, start = 1_000_000) {
  const detector = driftDetector(RULE, test, MODEL);
  let state = detector.start();
  let active = false;
  const verdicts: Verdict[] = [];
  rows.forEach((row, i) => {
    const step = detector.step(state, samples(start + i * 1_000, row), active);
    state = step.state;
    if (step.verdict.kind === "breach") active = true;
    if (step.verdict.kind === "ok") active = false;
    verdicts.push(step.verdict);
  });
  return { detector, state, verdicts, kinds: verdicts.map((verdict) => verdict.kind) };
}

/** Repeatable noise in -0.5 … 0.5. */
const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};
const normal = (count: number, level = 30): Row[] =>
  Array.from({ length: count }, (_, i) => ({ flow: level + noise(i) }));

describe("a drift rule", () => {
  it("says that it has not enough data until it has learned for the stated time", () => {
    const { verdicts, kinds } = run(normal(300));
    expect(kinds.slice(0, 200).every((kind) => kind === "unknown")).toBe(true);
    expect(verdicts[10]).toEqual({
      kind: "unknown",
      why: "not enough data yet: learns what is normal for 200 s and 80 samples, 10 s so far",
    });
    expect(kinds.slice(200).every((kind) => kind === "ok")).toBe(true);
  });

  it("waits for enough samples when they come too seldom for the stated time", () => {
    const { kinds } = run(normal(400), { ...TEST, memory: 100 });
    expect(kinds.indexOf("ok")).toBe(300);
  });

  it("dates the breach at the first sample beyond the limit, and says which signal moved and how far", () => {
    const rows = [...normal(300), ...normal(10, 26)];
    const { verdicts, kinds, detector, state } = run(rows);
    const first = kinds.indexOf("breach");
    expect(first).toBeGreaterThanOrEqual(302);
    expect(first).toBeLessThan(306);
    expect(verdicts[first]).toEqual({ kind: "breach", since: 1_000_000 + (first - 2) * 1_000 });
    const explained = detector.explain(state, samples(0, { flow: 26 }));
    const { observed, expected, limits, signals } = explained;
    expect(observed).toMatch(
      /^flow 2[56]\.\d+ l\/min, \d+\.\d of its own usual steps below its normal of (29|30)\.\d+ l\/min$/,
    );
    expect(expected).toMatch(/^flow at least 2\d\.\d+ l\/min, 4 usual steps from its normal$/);
    expect(signals).toEqual(["flow"]);
    expect(explained.sure).toMatch(/^high: \d+ samples in a row beyond the limit/);
    expect(limits).toMatchObject([{ signal: "flow", op: "<" }]);
  });

  it("names the signal that moved when it watches several", () => {
    const quiet = (i: number): Row => ({ flow: 30 + noise(i), current: 2 + 0.1 * noise(i + 7) });
    const rows = Array.from({ length: 300 }, (_, i) => quiet(i));
    rows.push(...Array.from({ length: 8 }, (_, i) => ({ flow: 30 + noise(i), current: 2.6 })));
    const { detector, state, kinds } = run(rows, { ...TEST, signals: ["flow", "current"] });
    expect(kinds.at(-1)).toBe("breach");
    const explanation = detector.explain(state, samples(0, {}));
    expect(explanation.signals).toEqual(["current", "flow"]);
    expect(explanation.contributions?.[0]?.signal).toBe("current");
    expect(explanation.observed).toContain("A, ");
    expect(explanation.limits).toMatchObject([{ signal: "current", op: ">" }]);
  });

  it("is not raised by a single spike", () => {
    const rows = normal(400);
    rows[350] = { flow: 3_000 };
    expect(run(rows).kinds).not.toContain("breach");
  });

  it("follows a slow change and does not call it a breach", () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ flow: 30 + i * 0.001 + noise(i) }));
    expect(run(rows).kinds).not.toContain("breach");
  });

  it("never takes a fault for the normal: the alert stays until the signal is back", () => {
    const rows = [...normal(300), ...normal(5_000, 26), ...normal(60)];
    const { kinds } = run(rows);
    const first = kinds.indexOf("breach");
    expect(kinds.slice(first, 5_300).every((kind) => kind === "breach")).toBe(true);
    expect(kinds.at(-1)).toBe("ok");
  });

  it("is unknown, neither raised nor cleared, while a signal is missing", () => {
    const rows = [...normal(300), { flow: undefined }, ...normal(3)];
    const { verdicts } = run(rows);
    expect(verdicts[300]).toEqual({ kind: "unknown", why: "flow is unknown" });
    expect(verdicts[301]?.kind).toBe("ok");
  });

  it("still raises on one signal while another is missing", () => {
    const rows: Row[] = normal(300).map((row) => ({ ...row, current: 2 }));
    rows.push(...Array.from({ length: 8 }, (_, i) => ({ flow: 24 + noise(i) })));
    expect(run(rows, { ...TEST, signals: ["flow", "current"] }).kinds.at(-1)).toBe("breach");
  });

  it("says at the first real change of a constant signal that it moved, but not for rounding", () => {
    const constant = Array.from({ length: 300 }, () => ({ flow: 30 }));
    expect(run(constant).kinds.at(-1)).toBe("ok");
    const moved = [...constant, ...Array.from({ length: 5 }, () => ({ flow: 30.1 }))];
    expect(run(moved).kinds).toContain("breach");
    expect(run(moved, { ...TEST, minSd: { flow: 0.5 } }).kinds).not.toContain("breach");
  });

  it("starts afresh after a pause longer than the learning time, but not while an alert is active", () => {
    const { detector, state } = run(normal(300));
    const later = samples(1_000_000 + 600_000, { flow: 50 });
    expect(detector.step(state, later, false).verdict.kind).toBe("unknown");
    expect(detector.step(state, later, true).verdict.kind).toBe("breach");
  });

  it("counts a second message of the same moment once", () => {
    const { detector, state } = run(normal(300));
    const again = detector.step(state, samples(1_000_000 + 299_000, { flow: 99 }), false);
    expect(again.state).toBe(state);
  });

  it("becomes unknown, not ok, when an alarmed device falls silent", () => {
    const { detector, state } = run([...normal(300), ...normal(10, 26)]);
    const step = detector.step(state, samples(1_310_000, { flow: 26 }), true);
    expect(step.deadline).toBe(1_310_000 + 3_001);
    const facts = {
      activatedAt: 0,
      presence: "online",
      silenceExpected: false,
      lastSeenAt: 1_310_000,
      excusedUntil: 0,
      use: [],
      useObservedFrom: undefined,
    } as const;
    const due = (row: Row): DetectorInput => ({
      kind: "deadline",
      at: 1_313_001,
      deviceAt: 1_313_001,
      facts,
      view: viewOf(1_313_001, row),
    });
    expect(detector.step(step.state, due({}), true).verdict).toEqual({
      kind: "unknown",
      why: "flow is unknown",
    });
    expect(detector.step(step.state, due({ flow: 26 }), true).verdict.kind).toBe("breach");
  });

  it("ignores anything that is not a sample", () => {
    const { detector, state, verdicts } = run(normal(250));
    const event: DetectorInput = {
      kind: "event",
      at: 9_000_000,
      now: 9_000_000,
      code: "x",
      attrs: {},
      late: false,
      view: viewOf(9_000_000, {}),
    };
    expect(detector.step(state, event, false)).toEqual({
      state,
      verdict: verdicts.at(-1),
      deadline: undefined,
    });
    expect(detector.explain(detector.start(), event).observed).toBe("no sample yet");
  });
});

const value = fc.integer({ min: -1_000, max: 1_000 }).map((n) => n / 8);
const anyRows = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: value.map((flow): Row => ({ flow })) },
    { weight: 1, arbitrary: fc.constant<Row>({ flow: undefined }) },
  ),
  { minLength: 30, maxLength: 120 },
);
const QUICK: DriftTest = { ...TEST, learnFor: 10_000, smooth: 2, memory: 8 };

describe("for any series a drift rule", () => {
  it("decides the same after its state was written down and read back", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const detector = driftDetector(RULE, QUICK, MODEL);
        let live = detector.start();
        let stored = detector.start();
        rows.forEach((row, i) => {
          const input = samples(i * 1_000, row);
          const active = live.verdict.kind === "breach";
          const a = detector.step(live, input, active);
          const b = detector.step(JSON.parse(JSON.stringify(stored)) as DriftState, input, active);
          expect(b).toEqual(a);
          live = a.state;
          stored = b.state;
        });
      }),
      { numRuns: 40 },
    );
  });

  it("decides the same whenever it happens", () => {
    const shift = 86_400_000 * 365;
    fc.assert(
      fc.property(anyRows, (rows) => {
        const moved = run(rows, QUICK, 1_000_000 + shift).verdicts.map((verdict) =>
          verdict.kind === "breach" ? { ...verdict, since: verdict.since - shift } : verdict,
        );
        expect(moved).toEqual(run(rows, QUICK).verdicts);
      }),
      { numRuns: 40 },
    );
  });

  it("decides the same with the signal upside down or in a unit twice as large", () => {
    fc.assert(
      fc.property(anyRows, fc.constantFrom(-1, 2, -0.5), (rows, factor) => {
        const other = rows.map(({ flow }) => ({
          flow: flow === undefined ? undefined : flow * factor,
        }));
        expect(run(other, QUICK).kinds).toEqual(run(rows, QUICK).kinds);
      }),
      { numRuns: 40 },
    );
  });

  it("never dates a breach before its learning time or after its verdict", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        run(rows, QUICK).verdicts.forEach((verdict, i) => {
          if (verdict.kind !== "breach") return;
          expect(verdict.since).toBeGreaterThanOrEqual(1_000_000 + QUICK.learnFor);
          expect(verdict.since).toBeLessThanOrEqual(1_000_000 + i * 1_000);
        });
      }),
      { numRuns: 40 },
    );
  });
});
