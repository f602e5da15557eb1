import type { ProductModel } from "@voorzorg/firmware-contracts";
import { baselineDetector } from "../../../src/domain/detect/baseline.ts";
import type { BaselineState } from "../../../src/domain/detect/baseline-state.ts";
import type { Detector, DetectorInput, Verdict } from "../../../src/domain/detect/detector.ts";
import type { BaselineTest } from "../../../src/domain/rules/kinds/baseline-test.ts";
import type { Rule } from "../../../src/domain/rules/rule.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday, midnight. */
export const START = Date.UTC(2026, 0, 5);

const TEST: BaselineTest = {
  type: "baseline",
  signal: "power",
  every: 0,
  learnFor: 0,
  season: "week",
  side: "both",
  evidence: 0.8,
  minWidth: 0,
  relearnOn: [],
};

const MODEL: ProductModel = {
  id: "pump",
  title: "Pump",
  version: 1,
  expectedPeriodMs: 10 * MINUTE,
  signals: {
    power: { kind: "gauge", title: "Power", unit: "W" },
    mode: { kind: "state", title: "Mode", values: ["on", "off"] },
  },
  events: { repaired: { number: 1, title: "A part was exchanged", severity: "info" } },
  settings: {},
  commands: {},
  features: {},
};

export function detectorOf(more: Partial<BaselineTest> = {}): Detector<BaselineState> {
  const test: BaselineTest = { ...TEST, ...more };
  const rule: Rule = {
    id: "power-left-its-normal",
    product: "pump",
    kind: "fault",
    severity: "normal",
    level: "act",
    keyVersion: 1,
    title: "",
    why: "",
    disproof: "",
    test,
    for: 0,
    keep: 0,
    reopenWithin: 0,
    playbook: [],
  };
  const where =
    test.where === undefined
      ? undefined
      : {
          source: test.where,
          signals: ["mode"],
          limits: [],
          test: (view: { get(name: string): unknown }) => {
            const mode = view.get("mode");
            return mode === undefined ? undefined : mode === "on";
          },
        };
  return baselineDetector(rule, test, { where, model: MODEL });
}

export interface Row {
  readonly at: number;
  readonly power: number | undefined;
  readonly mode?: string;
}

export const samples = ({ at, power, mode }: Row): DetectorInput => {
  const values: Readonly<Record<string, number | string | undefined>> = { power, mode };
  return { kind: "samples", at, now: at, view: { at, get: (name) => values[name] } };
};

export const repaired = (at: number, late = false): DetectorInput => ({
  kind: "event",
  at,
  now: at,
  code: "repaired",
  attrs: {},
  late,
  view: { at, get: () => undefined },
});

/** One device under one rule; the alert follows the verdict, as with `keep: 0s`. */
export class Device {
  readonly detector: Detector<BaselineState>;
  state: BaselineState;
  active = false;
  alerts = 0;
  inAlarm = 0;
  seen = 0;
  last: Verdict = { kind: "unknown", why: "" };

  constructor(detector: Detector<BaselineState>) {
    this.detector = detector;
    this.state = detector.start();
  }

  input(input: DetectorInput): Verdict {
    const step = this.detector.step(this.state, input, this.active);
    this.state = step.state;
    this.last = step.verdict;
    this.seen += 1;
    if (step.verdict.kind === "breach" && !this.active) this.alerts += 1;
    if (step.verdict.kind !== "unknown") this.active = step.verdict.kind === "breach";
    if (this.active) this.inAlarm += 1;
    return step.verdict;
  }

  see(rows: readonly Row[]): readonly Verdict["kind"][] {
    return rows.map((row) => this.input(samples(row)).kind);
  }

  explain(row: Row) {
    return this.detector.explain(this.state, samples(row));
  }
}

/** Repeatable noise in -0.5 … 0.5. */
export const noise = (i: number): number => {
  const x = Math.sin(i * 12.9898) * 43_758.5453;
  return x - Math.floor(x) - 0.5;
};

/** Readings every ten minutes: a swing by the hour of the day, and noise. */
export const healthy = (
  from: number,
  count: number,
  more: { readonly level?: number; readonly swing?: number } = {},
): readonly Row[] =>
  Array.from({ length: count }, (_, index) => {
    const i = from + index;
    const at = START + i * 10 * MINUTE;
    const { level = 300, swing = 40 } = more;
    const power = level + swing * Math.sin((2 * Math.PI * at) / DAY) + 10 * noise(i);
    return { at, power };
  });
