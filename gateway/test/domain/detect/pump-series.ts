import type { ProductModel } from "@voorzorg/firmware-contracts";
import type { DetectorInput, Predicate, Verdict } from "../../../src/domain/detect/detector.ts";
import { multivariateDetector } from "../../../src/domain/detect/multivariate.ts";
import type { MultivariateTest } from "../../../src/domain/rules/kinds/multivariate-test.ts";
import type { Rule } from "../../../src/domain/rules/rule.ts";

export const TEST: MultivariateTest = {
  type: "multivariate",
  signals: ["flow", "power", "level"],
  learnFor: 400_000,
  memory: 400,
  smooth: 4,
  limit: 3,
  inARow: 1,
  shrink: 0.05,
  freezeFor: 3_600_000,
  resolution: {},
};

const RULE: Rule = {
  id: "out-of-tune",
  product: "pump",
  kind: "fault",
  severity: "normal",
  level: "act",
  keyVersion: 1,
  title: "The pump is out of tune",
  why: "",
  disproof: "",
  test: TEST,
  for: 0,
  keep: 60_000,
  reopenWithin: 0,
  playbook: [],
};

const gauge = { kind: "gauge", title: "", unit: "1", periodMs: 1_000 } as const;
const MODEL: ProductModel = {
  id: "pump",
  title: "Pump",
  version: 1,
  expectedPeriodMs: 1_000,
  signals: {
    flow: { ...gauge, unit: "l/min" },
    power: { ...gauge, unit: "W" },
    level: { ...gauge, unit: "m" },
    pump: { kind: "flag", title: "" },
  },
  events: {},
  settings: {},
  commands: {},
  features: {},
};

export type Row = Readonly<Record<string, number | boolean | undefined>>;

export const viewOf = (at: number, row: Row) => ({ at, get: (name: string) => row[name] });
export const samples = (at: number, row: Row): DetectorInput => ({
  kind: "samples",
  at,
  now: at,
  view: viewOf(at, row),
});

export const detectorOf = (test: MultivariateTest = TEST, gate?: Predicate) =>
  multivariateDetector(RULE, test, { model: MODEL, gate });

/** Runs rows one second apart and lets the alert be active from the first breach until an ok. */
export function run(rows: readonly Row[], test: MultivariateTest = TEST, gate?: Predicate) {
  const detector = detectorOf(test, gate);
  let state = detector.start();
  let active = false;
  const verdicts: Verdict[] = [];
  rows.forEach((row, i) => {
    const step = detector.step(state, samples(1_000_000 + i * 1_000, row), active);
    state = step.state;
    if (step.verdict.kind === "breach") active = true;
    if (step.verdict.kind === "ok") active = false;
    verdicts.push(step.verdict);
  });
  return { detector, state, verdicts, kinds: verdicts.map((verdict) => verdict.kind) };
}

/** Repeatable noise in -0.5 … 0.5. */
export const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};

/** Load goes up and down, flow and power follow it, the level is its own. */
export const normal = (i: number): Row => {
  const load = 10 + 4 * Math.sin(i / 40);
  return {
    flow: 3 * load + noise(i),
    power: 20 * load + 5 * noise(i + 7_000),
    level: 2 + 0.2 * Math.sin(i / 90) + 0.05 * noise(i + 9_000),
  };
};
export const series = (count: number, change: (row: Row, i: number) => Row = (row) => row): Row[] =>
  Array.from({ length: count }, (_, i) => change(normal(i), i));
export const from = (start: number, change: (row: Row) => Row) => (row: Row, i: number) =>
  i < start ? row : change(row);
