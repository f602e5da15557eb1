import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeviceFacts } from "#domain/detect/detector.ts";
import type { OwnHabitState } from "#domain/detect/own-habit-state.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { DAY_MS, HOUR_MS, iso } from "#domain/units.ts";
import type { Values } from "../rules/sources.ts";
import { compileRule, KETTLE, problemsOf, ruleText } from "../rules/sources.ts";
import { deadline, device, event, samples, T0, Watch } from "./inputs.ts";

const OK = { kind: "ok" };
const close = (day: number) => T0 + (day + 1) * DAY_MS + 6 * HOUR_MS;
const dayText = (day: number) => iso(T0 + day * DAY_MS).slice(0, 10);

/** A device whose days are closed one after the other. Day 0 is the partial one of the activation. */
class Life {
  readonly watch: Watch;
  day = 0;
  verdict: unknown;
  more: Partial<DeviceFacts> = {};
  temp: number | undefined = 20;
  #use: { day: string; amount: number }[] = [];
  #active = false;

  constructor(rule: CompiledRule) {
    this.watch = new Watch(rule);
    this.watch.see(device(T0));
  }

  /** One whole day with that much use; `heard`: the device sent something on it. */
  next(amount: number, { heard = true, extra = {} }: { heard?: boolean; extra?: Values } = {}) {
    this.day += 1;
    const noon = T0 + this.day * DAY_MS + 12 * HOUR_MS;
    if (amount > 0) this.#use = [...this.#use, { day: dayText(this.day), amount }].slice(-60);
    if (heard)
      this.watch.see(samples(noon, { boils_total: 1, temp: this.temp, ...extra }), this.#active);
    const known = { use: this.#use, lastSeenAt: close(this.day), ...this.more };
    const input = deadline(close(this.day), known, { temp: this.temp });
    this.verdict = this.watch.see(input, this.#active);
    this.#active = (this.verdict as { kind: string }).kind === "breach";
    return this.verdict;
  }

  days(count: number, amount: number, more: { heard?: boolean; extra?: Values } = {}) {
    for (let i = 0; i < count; i += 1) this.next(amount, more);
    return this.verdict;
  }

  get state(): OwnHabitState {
    return this.watch.state as OwnHabitState;
  }
}

const dropped = compileRule("usage: { dropped: {} }");
const stopped = compileRule("usage: { stopped: { expected: 9 } }");
const breach = (day: number) => ({ kind: "breach", since: T0 + day * DAY_MS });
const unknown = (why: RegExp) => ({ kind: "unknown", why: expect.stringMatching(why) });

describe("use that dropped below the own habit", () => {
  it("says how much is missing before it judges", () => {
    const life = new Life(dropped);
    expect(life.days(12, 5)).toEqual(unknown(/^not enough data yet: 12 of 28 days$/));
    expect(life.days(16, 5)).toEqual(OK);
  });

  it("is found within days when half of it is missing, with the day it began", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    expect(life.days(2, 5)).toEqual(OK);
    expect(life.days(8, 5)).toEqual(breach(41));
    expect(life.days(12, 10)).toEqual(OK);
  });

  it("is sooner found the deeper it falls", () => {
    const daysUntil = (amount: number) => {
      const life = new Life(dropped);
      life.days(40, 10);
      let days = 0;
      while (life.next(amount) === OK || (life.verdict as { kind: string }).kind === "ok")
        days += 1;
      return days;
    };
    expect(daysUntil(0)).toBeLessThan(daysUntil(3));
    expect(daysUntil(3)).toBeLessThan(daysUntil(6));
  });

  it("does not take quiet weekends for a drop", () => {
    const life = new Life(dropped);
    for (let week = 0; week < 12; week += 1) {
      life.days(5, 12);
      life.days(2, 0);
      if (week >= 4) expect(life.verdict).toEqual(OK);
    }
  });

  it("explains what was seen, what was expected, since when and how sure", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    life.days(10, 5);
    expect(life.watch.explain(deadline(close(50)))).toMatchObject({
      observed: `Boils: 50 in the 10 days since ${dayText(41)}, 49 % less than usual`,
      expected: expect.stringMatching(
        /^about 9\d\.?\d* in these days: 9\.?\d* a day is the device's own habit, learned from 50 days$/,
      ),
      sure: expect.stringMatching(
        /^high: a fall to 75 % of the habit explains these days \d+ times better/,
      ),
      signals: ["boils_total"],
    });
  });

  it("becomes the habit when it lasts", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    expect(life.days(60, 5)).toEqual(breach(41));
    expect(life.days(2, 5)).toEqual(OK);
    expect(life.days(100, 5)).toEqual(OK);
    expect(life.state.habit.mean).toBeCloseTo(5, 1);
    expect(life.days(10, 1)).toMatchObject({ kind: "breach" });
  });

  it("is not claimed while nothing is heard of the device, and goes on when it is back", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    expect(life.days(20, 0, { heard: false })).toEqual(
      unknown(new RegExp(`^the device was not heard of after ${dayText(40)}$`)),
    );
    expect(life.next(10)).toEqual(OK);
    expect(life.state.habit.days).toBe(41);
  });

  it("counts days that a device slept through", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    life.more = { presence: "sleeping", silenceExpected: true };
    expect(life.days(8, 0, { heard: false })).toMatchObject({ kind: "breach" });
  });

  it("makes no claim for days off on purpose", () => {
    const life = new Life(dropped);
    life.days(40, 10);
    life.more = { presence: "offline", silenceExpected: true };
    life.watch.see(device(close(40) + 2 * HOUR_MS, life.more));
    expect(life.days(20, 0)).toEqual(unknown(/off on purpose/));
    life.more = {};
    expect(life.next(10)).toEqual(OK);
    expect(life.state.evidence).toBe(0);
  });
});

describe("an owner who is away", () => {
  const byState = compileRule("usage: { dropped: { away: { when: temp < 5 } } }");
  const settings = KETTLE.text.replace(
    /^commands:/m,
    "settings:\n  mode: { title: Mode, kind: string, default: auto }\ncommands:",
  );
  const product = { ...KETTLE, text: settings };
  const bySetting = compileRule(
    "usage: { dropped: { away: { setting: { mode: holiday } } } }",
    "",
    product,
  );

  it("is no drop when a signal says so", () => {
    const life = new Life(byState);
    life.days(40, 10);
    life.temp = 2;
    expect(life.days(21, 0)).toEqual(unknown(/^the owner is away$/));
    life.temp = 20;
    expect(life.next(1)).toEqual(OK);
    expect(life.days(3, 10)).toEqual(OK);
    // Neither the days away nor the one of the return were learned.
    expect(life.state.habit.days).toBe(43);
  });

  it("is no drop when a setting says so", () => {
    const life = new Life(bySetting);
    life.days(40, 10);
    life.more = { settings: { mode: "holiday" } };
    expect(life.days(21, 0)).toEqual(unknown(/^the owner is away$/));
    life.more = { settings: { mode: "auto" } };
    expect(life.days(3, 10)).toEqual(OK);
  });

  it("must be declared with a setting that the product has", () => {
    const problems = problemsOf(ruleText("usage: { dropped: { away: { setting: { mod: x } } } }"));
    expect(problems.join()).toContain('has no setting "mod"');
  });
});

describe("seasons and owners", () => {
  it("leave the habit as it was while the season is over", () => {
    const winter = compileRule("usage: { dropped: { where: temp < 50 } }");
    const life = new Life(winter);
    life.days(40, 10);
    life.temp = 60;
    expect(life.days(90, 0)).toEqual(OK);
    life.temp = 20;
    expect(life.days(2, 10)).toEqual(OK);
    expect(life.state.habit.mean).toBeGreaterThan(9);
    life.temp = undefined;
    expect(life.next(10)).toEqual(unknown(/^temp is unknown$/));
  });

  it("begin a habit anew with the event of a new owner, once", () => {
    const rule = compileRule("usage: { dropped: { newOwner: filled } }");
    const life = new Life(rule);
    life.days(40, 10);
    const handedOver = event(close(40), "filled");
    life.watch.see(handedOver);
    expect(life.next(2)).toEqual(unknown(/^not enough data yet: 0 of 28 days$/));
    life.next(2);
    life.watch.see(handedOver);
    expect(life.days(30, 2)).toEqual(OK);
  });
});

describe("use that stopped", () => {
  it("is found after five days in which nine were expected, and ends with the first use", () => {
    const life = new Life(stopped);
    life.days(40, 4);
    expect(life.days(4, 0)).toEqual(OK);
    expect(life.next(0)).toEqual(breach(41));
    const noon = close(45) + 6 * HOUR_MS;
    const use = [{ day: iso(noon).slice(0, 10), amount: 1 }];
    expect(life.watch.see(device(noon, { use }), true)).toEqual(OK);
    expect(life.watch.explain(device(noon))).toMatchObject({ limits: [] });
  });

  it("waits longer on a device that is little used", () => {
    const life = new Life(stopped);
    life.days(40, 1);
    expect(life.days(7, 0)).toEqual(OK);
    expect(life.days(5, 0)).toEqual(breach(41));
    expect(life.watch.explain(deadline(close(52)))).toMatchObject({
      observed: `Boils: none in the 12 days since ${dayText(41)}`,
      sure: expect.stringMatching(/^high: none at all, where the habit expects/),
    });
  });
});

describe("whatever a device is used for", () => {
  const uses = fc.array(fc.nat(12), { minLength: 40, maxLength: 90 });

  it("nothing is said to have dropped that was not below the habit, and the memory stays small", () => {
    fc.assert(
      fc.property(uses, (amounts) => {
        const life = new Life(dropped);
        for (const amount of amounts) {
          const verdict = life.next(amount) as { kind: string };
          const { low, habit } = life.state;
          if (verdict.kind === "breach") expect(low.used).toBeLessThan(low.usual);
          if (habit.days < 28) expect(verdict.kind).toBe("unknown");
        }
        expect(JSON.stringify(life.state).length).toBeLessThan(900);
      }),
      { numRuns: 40 },
    );
  });

  it("deadlines that come late and together decide as those that come in time", () => {
    fc.assert(
      fc.property(uses, fc.integer({ min: 1, max: 20 }), (amounts, pause) => {
        const daily = new Life(dropped);
        const late = new Life(dropped);
        for (const amount of amounts) {
          daily.next(amount);
          late.next(amount);
        }
        for (let i = 0; i < pause; i += 1) daily.next(0, { heard: false });
        late.day += pause - 1;
        late.next(0, { heard: false });
        expect(late.state.habit).toEqual(daily.state.habit);
        expect(late.verdict).toEqual(daily.verdict);
      }),
      { numRuns: 30 },
    );
  });
});
