import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRule } from "../rules/sources.ts";
import { deadline, samples, T0, Watch } from "./inputs.ts";
import { itKeepsTheLaws, noise, rowsOf, verdictsOf } from "./kind-laws.ts";

const PERIOD = 30_000;
const RATE = "rate: { signal: temp, per: minute, window: 10m, above: 2, below: -1 }";
const { detector } = compileRule(RATE);
const ramp = (count: number, perMinute: number, from = 20) =>
  Array.from({ length: count }, (_, i) => ({ temp: from + (i * perMinute) / 2 }));
const last = (rows: Parameters<typeof verdictsOf>[1]) =>
  verdictsOf(detector, rows, { periodMs: PERIOD }).at(-1);

describe("a rate rule", () => {
  it.each([
    [1.9, "ok"],
    [2.1, "breach"],
    [-0.9, "ok"],
    [-1.1, "breach"],
    [0, "ok"],
  ])("calls %d degrees per minute %s", (perMinute, kind) => {
    expect(last(ramp(40, perMinute))?.kind).toBe(kind);
  });

  it("knows nothing before a whole window", () => {
    const all = verdictsOf(detector, ramp(40, 9), { periodMs: PERIOD });
    expect(all.findIndex(({ kind }) => kind === "breach")).toBe(20);
    expect(all[19]).toEqual({
      kind: "unknown",
      why: "not enough data yet: 9.5 min of 10 min without a gap",
    });
  });

  it("is not raised by noise or by one wild reading", () => {
    const rows = Array.from({ length: 80 }, (_, i) => ({ temp: 60 + 3 * noise(i) }));
    rows[60] = { temp: 75 };
    const kinds = verdictsOf(detector, rows, { periodMs: PERIOD }).map(({ kind }) => kind);
    expect(kinds).not.toContain("breach");
  });

  it("takes a jump over a gap for no rate", () => {
    const watch = new Watch(compileRule(RATE));
    for (let i = 0; i < 30; i += 1) watch.see(samples(T0 + i * PERIOD, { temp: 20 }));
    const after = T0 + 30 * PERIOD + 5 * 60_000;
    expect(watch.see(samples(after, { temp: 90 })).kind).toBe("unknown");
  });

  it("begins again when a counter starts from zero", () => {
    const counter = compileRule("rate: { signal: boils_total, per: hour, window: 5m, below: 0 }");
    const rows = Array.from({ length: 60 }, (_, i) => ({ boils_total: i < 30 ? i : i - 30 }));
    const kinds = verdictsOf(counter.detector, rows, { periodMs: PERIOD }).map(({ kind }) => kind);
    expect(kinds).not.toContain("breach");
  });

  it("becomes unknown when an alarmed device falls silent", () => {
    const watch = new Watch(compileRule(RATE));
    ramp(40, 5).forEach((row, i) => {
      watch.see(samples(T0 + i * PERIOD, row), i > 25);
    });
    expect(watch.see(deadline(watch.deadline ?? 0), true).kind).toBe("unknown");
  });

  it("says how fast, over how long and up to which value", () => {
    const watch = new Watch(compileRule(RATE));
    const rows = ramp(31, 5);
    rows.forEach((row, i) => {
      watch.see(samples(T0 + i * PERIOD, row));
    });
    expect(watch.explain(samples(T0 + 30 * PERIOD, rows[30] ?? {}))).toMatchObject({
      observed: "temp rises by 5 °C per minute, over the last 10 min, to 95 °C",
      expected: "temp falls by at most 1 °C per minute and rises by at most 2 °C per minute",
      sure: expect.stringMatching(/^high: \d+ readings on a line, far over the limit$/),
    });
  });
});

itKeepsTheLaws("a rate rule", {
  detector: compileRule("rate: { signal: temp, per: minute, window: 2m, above: 5 }").detector,
  rows: rowsOf(
    "temp",
    fc.integer({ min: 0, max: 400 }).map((n) => n / 4),
  ),
  periodMs: PERIOD,
});
