import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRule } from "../rules/sources.ts";
import { deadline, samples, T0, Watch } from "./inputs.ts";
import { itKeepsTheLaws, noise, rowsOf, verdictsOf } from "./kind-laws.ts";

const PERIOD = 30_000;
const SUM = "shift: { signals: [temp, power], learnFor: 30m, memory: 200, limit: 8 }";
const AVERAGE =
  "shift: { signals: [temp, power], learnFor: 30m, memory: 200, average: 19, limit: 1 }";
const row = (i: number, temp = 0) => ({ temp: 60 + temp + noise(i), power: 900 + noise(i + 7) });
const normal = (count: number) => Array.from({ length: count }, (_, i) => row(i));
/** The noise above has a standard deviation of 0.29. */
const shifted = (count: number, by: number) =>
  Array.from({ length: count }, (_, i) => row(i + 1_000, by));

describe.each([
  ["sum", SUM],
  ["average", AVERAGE],
])("a shift rule on the %s", (_, text) => {
  const { detector } = compileRule(text);
  const kinds = (rows: Parameters<typeof verdictsOf>[1]) =>
    verdictsOf(detector, rows, { periodMs: PERIOD }).map(({ kind }) => kind);

  it("learns for the stated time and is silent on healthy noise", () => {
    const all = kinds(normal(2_000));
    expect(all.indexOf("ok")).toBe(60);
    expect(all).not.toContain("breach");
  });

  it("finds a shift of one and a half standard deviations within minutes and dates its beginning", () => {
    const all = verdictsOf(detector, [...normal(400), ...shifted(60, 0.45)], { periodMs: PERIOD });
    const first = all.findIndex(({ kind }) => kind === "breach");
    expect(first).toBeGreaterThan(400);
    expect(first).toBeLessThan(440);
    expect(Math.abs((all[first] as { since: number }).since - (T0 + 400 * PERIOD))).toBeLessThan(
      25 * PERIOD,
    );
  });

  it("is not raised by a single spike", () => {
    const rows = normal(400);
    rows[350] = { temp: 61.5, power: 900 };
    expect(kinds(rows)).not.toContain("breach");
  });

  it("follows slow healthy ageing, in alarm for less than 2 % of the time", () => {
    const rows = Array.from({ length: 10_000 }, (__, i) => row(i, i * 0.0003));
    const breaches = kinds(rows).filter((kind) => kind === "breach").length;
    expect(breaches).toBeLessThan(200);
  });

  it("does not alarm for ever after a lasting step", () => {
    const all = kinds([...normal(400), ...shifted(4_000, 0.6)]);
    expect(all).toContain("breach");
    expect(all.slice(-500)).not.toContain("breach");
  });

  it("is unknown while a signal is missing, yet raises on the other", () => {
    const rows: Parameters<typeof verdictsOf>[1][number][] = [...normal(400), { power: 900 }];
    expect(kinds(rows).at(-1)).toBe("unknown");
    for (let i = 0; i < 60; i += 1) rows.push({ temp: 61 + noise(i) });
    expect(kinds(rows)).toContain("breach");
  });

  it("becomes unknown when an alarmed device falls silent", () => {
    const watch = new Watch(compileRule(text));
    [...normal(300), ...shifted(60, 1)].forEach((values, i) => {
      watch.see(samples(T0 + i * PERIOD, values), i > 340);
    });
    expect(watch.see(deadline(watch.deadline ?? 0), true)).toEqual({
      kind: "unknown",
      why: "temp is unknown",
    });
  });
});

describe("the explanation of a shift", () => {
  it("names the signal, its normal, since when and how sure", () => {
    const watch = new Watch(compileRule(SUM));
    expect(watch.explain(samples(T0, {})).observed).toBe("no sample yet");
    [...normal(400), ...shifted(40, 1)].forEach((values, i) => {
      watch.see(samples(T0 + i * PERIOD, values));
    });
    const { observed, expected, signals, sure } = watch.explain(samples(T0, { temp: 61 }));
    expect(observed).toMatch(
      /^temp has kept above its normal of 60\.?\d* °C for \d+.* min: 16\.0 standard deviations in sum, now 6\d.*$/,
    );
    expect(expected).toContain("at most 8 standard deviations in sum");
    expect(signals).toEqual(["temp", "power"]);
    expect(sure).toMatch(/^high: /);
  });
});

for (const text of [
  "shift: { signals: [temp], learnFor: 5m, memory: 20, limit: 3 }",
  "shift: { signals: [temp], learnFor: 5m, memory: 20, limit: 1, average: 5 }",
]) {
  itKeepsTheLaws(text, {
    detector: compileRule(text).detector,
    rows: rowsOf(
      "temp",
      fc.integer({ min: -80, max: 80 }).map((n) => n / 8),
    ),
    periodMs: PERIOD,
  });
}
