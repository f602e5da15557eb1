import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Detector, Verdict } from "#domain/detect/detector.ts";
import type { PeerReading } from "#domain/detect/others.ts";
import { compileRule } from "../rules/sources.ts";
import { samples, T0, Watch } from "./inputs.ts";
import { itKeepsTheLaws, rowsOf } from "./kind-laws.ts";

const HOUR = 3_600_000;
const COHORT = "cohort: { signal: power, window: 24h, minPeers: 5, limit: 4, minSpread: 10 }";

/** A fleet in which every device sends its mean power once an hour; day by day. */
class Fleet {
  readonly #detector: Detector;
  readonly #batchOf: (device: number) => string;
  readonly #states: unknown[];
  readonly #told = new Map<number, PeerReading>();
  readonly active: boolean[];
  #at = T0;

  constructor(rule: string, size: number, batchOf: (device: number) => string = () => "") {
    this.#detector = compileRule(rule).detector;
    this.#batchOf = batchOf;
    this.#states = Array.from({ length: size }, () => this.#detector.start());
    this.active = Array.from({ length: size }, () => false);
  }

  days(count: number, power: (device: number, day: number) => number): void {
    for (let hour = 0; hour < 24 * count; hour += 1) {
      this.#at += HOUR;
      this.#states.forEach((_, device) => {
        this.#say(device, power(device, Math.floor(hour / 24)));
      });
    }
  }

  #say(device: number, power: number): Verdict {
    const readings = () =>
      [...this.#told].flatMap(([other, reading]) => (other === device ? [] : reading));
    const peers = { batch: this.#batchOf(device), readings };
    const input = samples(this.#at, { power }, peers);
    const active = this.active[device] ?? false;
    const step = this.#detector.step(this.#states[device], input, active);
    this.#states[device] = step.state;
    if (step.tells) this.#told.set(device, { ...step.tells, batch: this.#batchOf(device) });
    if (step.verdict.kind === "breach") this.active[device] = true;
    if (step.verdict.kind === "ok") this.active[device] = false;
    return step.verdict;
  }

  get alarmed(): readonly number[] {
    return this.active.flatMap((active, device) => (active ? [device] : []));
  }

  verdict(device: number): Verdict {
    return (this.#states[device] as { verdict: Verdict }).verdict;
  }
}

/** Healthy devices differ a little: 1,000 ± 20 W. */
const healthy = (device: number): number => 1_000 + ((device * 37) % 41) - 20;

describe("a cohort rule", () => {
  it("finds the one device that differs from its peers, and nobody else", () => {
    const fleet = new Fleet(COHORT, 12);
    fleet.days(10, healthy);
    expect(fleet.alarmed).toEqual([]);
    fleet.days(3, (device) => healthy(device) * (device === 7 ? 1.3 : 1));
    expect(fleet.alarmed).toEqual([7]);
    fleet.days(3, healthy);
    expect(fleet.alarmed).toEqual([]);
  });

  it("says how many peers it has when they are too few", () => {
    const fleet = new Fleet(COHORT, 4);
    fleet.days(5, healthy);
    expect(fleet.verdict(0)).toEqual({ kind: "unknown", why: "only 3 of 5 peers" });
  });

  it("does not let a batch that goes bad become the normal, though it is the majority", () => {
    const fleet = new Fleet(COHORT, 15);
    fleet.days(30, healthy);
    fleet.days(20, (device) => healthy(device) * (device < 9 ? 1.3 : 1));
    expect(fleet.alarmed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("does not call the good ones bad when most are bad from their first day, if batches are told apart", () => {
    const rule = COHORT.replace("minPeers", "unlike: lot, minPeers");
    const fleet = new Fleet(rule, 16, (device) => (device < 10 ? "A" : device < 13 ? "B" : "C"));
    fleet.days(10, (device) => healthy(device) * (device < 10 ? 1.3 : 1));
    expect(fleet.alarmed).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("holds an absolute bound whatever the peers do, even without peers", () => {
    const rule = COHORT.replace("minPeers", "bounds: [null, 1200], minPeers");
    const fleet = new Fleet(rule, 8);
    fleet.days(5, (device) => healthy(device) * 1.3);
    expect(fleet.alarmed).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("compares only with peers that were heard of at about the same time", () => {
    const late = { batch: "", readings: () => [] as readonly PeerReading[] };
    const watch = new Watch(compileRule(COHORT));
    const old = Array.from({ length: 9 }, () => ({ at: T0 - 90 * 24 * HOUR, value: 1, batch: "" }));
    for (let hour = 0; hour <= 25; hour += 1) {
      const peers = { ...late, readings: () => old };
      watch.see(samples(T0 + hour * HOUR, { power: 1_000 }, peers));
    }
    expect(watch.see(samples(T0 + 26 * HOUR, { power: 1_000 }))).toEqual({
      kind: "unknown",
      why: "only 0 of 5 peers",
    });
  });

  it("says what it compared with, in spreads, and what its own normal is", () => {
    const watch = new Watch(compileRule(COHORT));
    const readings = () =>
      Array.from({ length: 20 }, (_, i) => ({ at: T0 + 24 * HOUR, value: healthy(i), batch: "" }));
    for (let hour = 0; hour <= 24; hour += 1) {
      const peers = { batch: "", readings };
      watch.see(samples(T0 + hour * HOUR, { power: 1_300 }, peers));
    }
    const explained = watch.explain(samples(T0, { power: 1_300 }));
    expect(explained.observed).toMatch(
      /^power 1300 W on average over 1 d, \d+\.\d spreads above the median of 20 peers, 99\d.* W$/,
    );
    expect(explained.expected).toMatch(/^power at most 1\d{3}.* W$/);
    expect(explained.sure).toBe("high: far from all of 20 peers");
  });

  it("does not depend on the order in which the peers are remembered", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(Array.from({ length: 20 }, (_, i) => i)), (order) => {
        const readings = () =>
          order.map((i) => ({ at: T0 + 24 * HOUR, value: healthy(i), batch: "" }));
        const watch = new Watch(compileRule(COHORT));
        let verdict: Verdict | undefined;
        for (let hour = 0; hour <= 24; hour += 1) {
          const peers = { batch: "", readings };
          verdict = watch.see(samples(T0 + hour * HOUR, { power: 1_300 }, peers));
        }
        expect(verdict?.kind).toBe(order.length >= 5 ? "breach" : "unknown");
      }),
      { numRuns: 40 },
    );
  });
});

itKeepsTheLaws("a cohort rule", {
  detector: compileRule(
    "cohort: { signal: power, window: 2m, minPeers: 5, minSpread: 10, bounds: [null, 50] }",
  ).detector,
  rows: rowsOf("power", fc.integer({ min: 0, max: 100 })),
  periodMs: 30_000,
});
