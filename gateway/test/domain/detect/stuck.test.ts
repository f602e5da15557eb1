import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileRule } from "../rules/sources.ts";
import { deadline, samples, T0, Watch } from "./inputs.ts";
import { itKeepsTheLaws, noise, rowsOf, verdictsOf } from "./kind-laws.ts";

const PERIOD = 30_000;
const STUCK = "stuck: { signal: temp, eps: 0.5, within: 10m, while: state != 'off' }";
const on = (temp: number) => ({ temp, state: "heating" });
const moving = (count: number) => Array.from({ length: count }, (_, i) => on(60 + 4 * noise(i)));
const flat = (count: number) => Array.from({ length: count }, () => on(60));

describe("a stuck rule", () => {
  const { detector } = compileRule(STUCK);
  const kinds = (rows: Parameters<typeof verdictsOf>[1]) =>
    verdictsOf(detector, rows, { periodMs: PERIOD }).map(({ kind }) => kind);

  it("says that it has not enough data until it saw a change or the whole time", () => {
    const all = kinds(flat(30));
    expect(all.indexOf("breach")).toBe(20);
    expect(all.slice(0, 20).every((kind) => kind === "unknown")).toBe(true);
    const [first] = verdictsOf(detector, flat(1), { periodMs: PERIOD });
    expect(first).toEqual({
      kind: "unknown",
      why: "not enough data yet: watched for 0 ms of 10 min",
    });
  });

  it("is ok while the signal moves, and dates a standstill at its first reading", () => {
    const all = verdictsOf(detector, [...moving(40), ...flat(30)], { periodMs: PERIOD });
    expect(all[39]?.kind).toBe("ok");
    expect(all.at(-1)).toEqual({ kind: "breach", since: T0 + 40 * PERIOD });
  });

  it("clears as soon as the signal moves again", () => {
    expect(kinds([...moving(5), ...flat(30), on(70)]).at(-1)).toBe("ok");
  });

  it("counts no time in which nothing had to change, and does not clear by it either", () => {
    const rest = Array.from({ length: 60 }, () => ({ temp: 60, state: "off" }));
    expect(kinds([...moving(5), ...rest])).not.toContain("breach");
    expect(kinds([...moving(5), ...flat(30), ...rest]).at(-1)).toBe("unknown");
  });

  it("takes a slow creep for a change once it leaves the band", () => {
    const creep = Array.from({ length: 60 }, (_, i) => on(60 + i * 0.1));
    expect(kinds(creep)).not.toContain("breach");
  });

  it("starts anew after a gap: nobody saw whether it moved", () => {
    const watch = new Watch(compileRule(STUCK));
    for (let i = 0; i < 15; i += 1) watch.see(samples(T0 + i * PERIOD, on(60)));
    const after = T0 + 15 * PERIOD + 10 * 60_000;
    expect(watch.see(samples(after, on(60))).kind).toBe("unknown");
  });

  it("becomes unknown, not ok, when an alarmed device falls silent", () => {
    const watch = new Watch(compileRule(STUCK));
    for (let i = 0; i <= 25; i += 1) watch.see(samples(T0 + i * PERIOD, on(60)), i > 20);
    const due = watch.deadline ?? 0;
    expect(due).toBe(T0 + 25 * PERIOD + 3 * PERIOD + 1);
    expect(watch.see(deadline(due), true)).toEqual({ kind: "unknown", why: "temp is unknown" });
  });

  it("says for how long it saw what, and what it expected", () => {
    const watch = new Watch(compileRule(STUCK));
    for (let i = 0; i <= 20; i += 1) watch.see(samples(T0 + i * PERIOD, on(60 + (i % 2) / 4)));
    expect(watch.explain(samples(T0 + 20 * PERIOD, on(60)))).toMatchObject({
      observed: "temp between 60 and 60.3 °C for 10 min while state != 'off'",
      expected: "a change of more than 0.5 °C within 10 min",
      sure: "medium: 10 min without a change, a little longer than it may rest",
      disproof: "temp changes again by itself",
    });
  });
});

itKeepsTheLaws("a stuck rule", {
  detector: compileRule("stuck: { signal: temp, eps: 1, within: 2m }").detector,
  rows: rowsOf("temp", fc.constantFrom(60, 60, 60, 60.5, 61, 64)),
  periodMs: PERIOD,
});
