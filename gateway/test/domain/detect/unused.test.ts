import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { compileRule, KETTLE } from "../rules/sources.ts";
import { deadline, device, event, samples, T0, Watch } from "./inputs.ts";

const OK = { kind: "ok" };
const at = (hours: number) => T0 + hours * HOUR_MS;
const breach = (since: number) => ({ kind: "breach", since });

describe("a feature that is never used", () => {
  const text = KETTLE.text.replace(
    /^use:/m,
    "features:\n  tea: { title: Tea programme, usedBy: { event: filled } }\nuse:",
  );
  const product = { ...KETTLE, text };
  const rule = compileRule(
    "usage: { feature: { name: tea, within: 30d, afterUse: 20 } }",
    "",
    product,
  );
  const due = T0 + 30 * DAY_MS;

  it("is found a month after activation if the product is used meanwhile", () => {
    const watch = new Watch(rule);
    expect(watch.see(device(T0))).toEqual(OK);
    expect(watch.deadline).toBe(due);
    expect(watch.see(deadline(due, { useTotal: 19 }))).toEqual(OK);
    expect(watch.see(device(due + DAY_MS, { useTotal: 20 }))).toEqual(breach(due));
    expect(watch.explain(device(due, { useTotal: 20 }))).toMatchObject({
      observed: "Tea programme: never used since 2026-01-05; Boils: 20 meanwhile",
      expected: "a first use within 30 d and the first 20 (Boils)",
    });
  });

  it("is settled by its first use, before and after", () => {
    const watch = new Watch(rule);
    expect(watch.see(deadline(due, { useTotal: 99, features: { tea: T0 } }))).toEqual(OK);
    const late = new Watch(rule);
    expect(late.see(deadline(due, { useTotal: 99 }))).toEqual(breach(due));
    const used = device(due + 1, { useTotal: 99, features: { tea: due + 1 } });
    expect(late.see(used, true)).toEqual(OK);
  });

  it("is counted from when use could be seen, and unknown before", () => {
    const watch = new Watch(rule);
    const seen = { useTotal: 99, useObservedFrom: T0 + 10 * DAY_MS };
    expect(watch.see(deadline(due, seen))).toEqual(OK);
    expect(watch.deadline).toBe(due + 10 * DAY_MS);
    const never = device(due, { useObservedFrom: undefined });
    expect(watch.see(never)).toMatchObject({ kind: "unknown" });
  });

  it("must be one that the product declares", () => {
    const wrong = "usage: { feature: { name: te, within: 30d, afterUse: 20 } }";
    expect(() => compileRule(wrong, "", product)).toThrow('no feature "te"');
  });
});

describe("a device that never connected", () => {
  const rule = compileRule("usage: { neverConnected: { within: 7d } }");
  const never = { lastSeenAt: undefined };
  const due = T0 + 7 * DAY_MS;

  it("is found a week after its activation, on the clock of the service", () => {
    expect(rule.detector.clock).toBe("service");
    const watch = new Watch(rule);
    expect(watch.see(device(T0, never))).toEqual(OK);
    expect(watch.deadline).toBe(due);
    expect(watch.see(deadline(due, never))).toEqual(breach(due));
    expect(watch.explain(deadline(due, never))).toMatchObject({
      observed: "not one message since the device was activated on 2026-01-05",
      expected: "a first message within 7 d of activation",
    });
    expect(watch.see(device(due + 1), true)).toEqual(OK);
  });

  it("is not blamed for a downtime of the service", () => {
    const watch = new Watch(rule);
    const excused = { ...never, excusedUntil: due + HOUR_MS };
    expect(watch.see(deadline(due, excused))).toEqual(OK);
    expect(watch.deadline).toBe(due + HOUR_MS);
  });
});

describe("a cycle that is never finished", () => {
  const rule = compileRule(
    "usage: { unfinished: { start: { when: temp > 50 }, finish: { event: filled }, atLeast: 2, finishWithin: 3h } }",
  );
  const cycle = (hour: number) => [
    samples(at(hour), { temp: 20 }),
    samples(at(hour + 0.5), { temp: 60 }),
  ];
  const seen = (...inputs: ReturnType<typeof samples>[]) => {
    const watch = new Watch(rule);
    for (const input of inputs) watch.see(input);
    return watch;
  };

  it("is found when the last of so many starts had its time", () => {
    const watch = seen(...cycle(0), ...cycle(10));
    expect(watch.deadline).toBe(at(13.5));
    expect(watch.see(deadline(at(13.5)))).toEqual(breach(at(13.5)));
    expect(watch.explain(deadline(at(13.5)))).toMatchObject({
      observed: `"temp > 50" happened 2 times in a row since 2026-01-05 and filled (Filled) did not`,
      expected: "filled (Filled) within 3 h of a start",
      signals: ["temp"],
    });
    // A third start excuses nothing.
    const [, third] = cycle(14);
    expect(third && watch.see(third, true)).toMatchObject({ kind: "breach" });
    expect(watch.see(event(at(20), "filled"), true)).toEqual(OK);
  });

  it("is none while a finish comes after each or the second start", () => {
    const watch = seen(...cycle(0), event(at(1), "filled"), ...cycle(10));
    expect(watch.see(deadline(at(30)))).toEqual(OK);
    const second = seen(...cycle(0), ...cycle(10), event(at(11), "filled"));
    expect(second.see(deadline(at(30)))).toEqual(OK);
  });

  it("is made up for by a finish that arrives late, and unknown while the device is lost", () => {
    const watch = seen(...cycle(0), ...cycle(10));
    const lost = deadline(at(13.5), { presence: "lost" });
    expect(watch.see(lost)).toMatchObject({ kind: "unknown" });
    const late = event(at(11), "filled", { late: true, now: at(16) });
    expect(watch.see(late)).toEqual(OK);
  });
});
