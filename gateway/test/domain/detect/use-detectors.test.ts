import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { compileRule, KETTLE } from "../rules/sources.ts";
import { deadline, device, samples, T0, Watch } from "./inputs.ts";

const OK = { kind: "ok" };
const breach = (since: number) => ({ kind: "breach", since });
const unknown = (why: string | RegExp) => ({ kind: "unknown", why: expect.stringMatching(why) });

describe("never used", () => {
  const rule = compileRule("usage: { never: { within: 3d } }");

  it("is found three days after activation and ends with the first use, for good", () => {
    const watch = new Watch(rule);
    expect(watch.see(device(T0))).toEqual(OK);
    expect(watch.deadline).toBe(T0 + 3 * DAY_MS);
    expect(watch.see(deadline(T0 + 3 * DAY_MS))).toEqual(breach(T0 + 3 * DAY_MS));
    const use = [{ day: "2026-01-09", amount: 1 }];
    expect(watch.see(device(T0 + 4 * DAY_MS, { use }), true)).toEqual(OK);
    expect(watch.see(device(T0 + 99 * DAY_MS, { use: [] }))).toEqual(OK);
  });

  it("explains itself and says when the device was never online", () => {
    expect(new Watch(rule).explain(device(T0, { lastSeenAt: undefined }))).toMatchObject({
      observed: "no use (Boils) since activation on 2026-01-05; the device was never online",
      expected: "first use within 3 d of activation",
      signals: ["boils_total"],
    });
  });

  it("needs a product that says what use is", () => {
    const product = { ...KETTLE, text: KETTLE.text.replace(/^use:.*$/m, "") };
    expect(() => compileRule("usage: { never: { within: 3d } }", "", product)).toThrow(
      "does not say what counts as use",
    );
  });
});

describe("hardly used", () => {
  const rule = compileRule("usage: { hardly: { belowPerDay: 2, days: 3, where: temp < 30 } }");
  const close = (day: number) => T0 + day * DAY_MS + 6 * HOUR_MS;
  const heard = (day: number, more = {}) =>
    deadline(close(day), { lastSeenAt: close(day), ...more }, { temp: 20 });
  const start = () => {
    const watch = new Watch(rule);
    watch.see(device(T0));
    return watch;
  };

  it("says how much is missing until three whole days were observed", () => {
    const watch = start();
    expect(watch.deadline).toBe(close(0));
    watch.see(heard(0));
    expect(watch.see(heard(3))).toEqual(unknown("^not enough data yet: 2 of 3 days$"));
    expect(watch.deadline).toBe(close(4));
    expect(watch.see(heard(4))).toEqual(breach(close(4)));
    expect(watch.see(heard(5), true)).toEqual(breach(close(4)));
  });

  it("compares the mean of the last whole days with the floor", () => {
    const use = [
      { day: "2026-01-06", amount: 1 },
      { day: "2026-01-07", amount: 4 },
      { day: "2026-01-08", amount: 1 },
    ];
    expect(start().see(heard(4, { use }))).toEqual(OK);
    const watch = start();
    expect(watch.see(heard(4, { use: use.slice(1) }))).toEqual(breach(close(4)));
    expect(watch.explain(heard(4))).toMatchObject({
      observed: "1.67 a day on average over 3 days",
      expected: "at least 2 a day over 3 days",
    });
  });

  it("means nothing while `where` is false, and is unknown while that is unknown", () => {
    const warm = deadline(close(4), { lastSeenAt: close(4) }, { temp: 40 });
    expect(start().see(warm)).toEqual(OK);
    expect(start().see(deadline(close(4), { lastSeenAt: close(4) }))).toEqual(unknown("temp"));
  });

  it("makes no claim about a device that was off on purpose or not heard of", () => {
    const off = { presence: "offline", silenceExpected: true } as const;
    const watch = start();
    watch.see(device(T0 + DAY_MS, off));
    expect(watch.see(heard(4, off))).toEqual(unknown("off on purpose since 2026-01-06"));
    expect(start().see(deadline(close(9), {}, { temp: 20 }))).toEqual(unknown("not heard of"));
  });

  it("leaves out days on which the device rested or the service was down", () => {
    const off = { presence: "offline", silenceExpected: true } as const;
    const watch = start();
    watch.see(device(T0 + DAY_MS, off));
    watch.see(device(T0 + 3 * DAY_MS));
    expect(watch.see(heard(4))).toEqual(unknown("on 2 of 3 days the device was off"));
    const down = start();
    down.see(device(T0 + 2 * DAY_MS));
    down.see(device(T0 + 3 * DAY_MS, { excusedUntil: T0 + 3 * DAY_MS }));
    const use = [{ day: "2026-01-06", amount: 5 }];
    expect(down.see(heard(4, { use, excusedUntil: T0 + 3 * DAY_MS }))).toEqual(OK);
  });

  it("leaves out the days on which the owner is away", () => {
    const test = "usage: { hardly: { belowPerDay: 2, days: 3, away: { when: temp < 5 } } }";
    const watch = new Watch(compileRule(test));
    watch.see(device(T0));
    watch.see(samples(T0 + DAY_MS + HOUR_MS, { temp: 2 }));
    expect(watch.see(heard(4))).toEqual(unknown("on 3 of 3 days .* its owner away"));
    watch.see(samples(close(5), { temp: 20 }));
    expect(watch.see(heard(9))).toEqual(breach(close(9)));
  });

  it("is judged only when a day is complete, whatever else comes due", () => {
    const watch = start();
    watch.see(heard(4));
    const use = [{ day: "2026-01-09", amount: 50 }];
    expect(watch.see(deadline(close(4) + 1, { use }), true)).toEqual(breach(close(4)));
    expect(watch.see(samples(close(4) + 2, { temp: 1 }), true)).toEqual(breach(close(4)));
    expect(watch.deadline).toBe(close(5));
  });
});
