import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CompiledProduct } from "#domain/rules/ruleset.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import type { UseState } from "#domain/usage/use-tally.ts";
import {
  featureEvent,
  featureSamples,
  startUse,
  useDays,
  useEvent,
  useOfNewOwner,
  useSamples,
} from "#domain/usage/use-tally.ts";
import type { Values } from "../rules/sources.ts";
import { compileKettle, KETTLE, ruleText, viewOf } from "../rules/sources.ts";

const T0 = Date.UTC(2026, 0, 5);

function kettleWith(use: string): CompiledProduct {
  const text = KETTLE.text.replace(/^use:.*$/m, `use: { title: Use, unit: "1", ${use} }`);
  return compileKettle(ruleText("when: temp > 1"), { ...KETTLE, text });
}
const byCounter = kettleWith("counter: boils_total");
const byEvent = kettleWith("event: dry");
const byTime = kettleWith("when: power > 100");

const read = (product: CompiledProduct, state: UseState, at: number, values: Values): UseState => {
  const known = Object.fromEntries(Object.entries(values).map(([k, v]) => [k, v ?? null]));
  return useSamples(product, state, { at, view: viewOf(values, at), values: known });
};
const counter = (readings: readonly (readonly [number, number])[]): UseState =>
  readings.reduce<UseState>(
    (state, [at, boils_total]) => read(byCounter, state, at, { boils_total }),
    startUse(),
  );

describe("use measured by a counter", () => {
  it("is its growth, on the day of the reading that shows it", () => {
    const state = counter([
      [T0, 100],
      [T0 + HOUR_MS, 102],
      [T0 + DAY_MS, 105],
      [T0 + 3 * DAY_MS, 105],
    ]);
    expect(useDays(state)).toEqual([
      { day: "2026-01-05", amount: 2 },
      { day: "2026-01-06", amount: 3 },
    ]);
  });

  it.each([
    ["begins at zero after a reset", 1000, 3, 3],
    ["goes on after a wrap at 16 bits", 65_530, 4, 10],
    ["goes on after a wrap at 32 bits", 4_294_967_290, 4, 10],
    ["is not used by a correction downwards", 1000, 990, undefined],
  ])("%s", (_title, before, after, used) => {
    const [day] = useDays(
      counter([
        [T0, before],
        [T0 + 1, after],
      ]),
    );
    expect(day?.amount).toBe(used);
  });

  it("is not counted twice by readings that come late or twice", () => {
    const state = counter([
      [T0, 10],
      [T0 + 20, 16],
      [T0 + 10, 12],
      [T0 + 20, 16],
      [T0 + 30, 17],
    ]);
    expect(useDays(state)).toEqual([{ day: "2026-01-05", amount: 7 }]);
  });

  it("adds up to what the counter grew by, however it was read", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: DAY_MS }), fc.nat(20)), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, (given) => {
        let [at, value] = [T0, 500];
        const readings = given.map(([after, growth]) => {
          at += after;
          value += growth;
          return [at, value] as const;
        });
        const total = useDays(counter([[T0, 500], ...readings])).reduce((n, d) => n + d.amount, 0);
        expect(total).toBe(value - 500);
      }),
    );
  });
});

describe("use measured by an event", () => {
  const event = (state: UseState, at: number, code = "dry") =>
    useEvent(byEvent, state, { at, code });

  it("counts each once, late ones on their own day", () => {
    let state = event(startUse(), T0 + DAY_MS);
    state = event(state, T0 + DAY_MS + 1);
    state = event(state, T0 + DAY_MS);
    state = event(state, T0);
    state = event(state, T0, "filled");
    expect(useDays(state)).toEqual([
      { day: "2026-01-05", amount: 1 },
      { day: "2026-01-06", amount: 2 },
    ]);
  });

  it("keeps the newest 60 days, in under 4 kB", () => {
    let state = startUse();
    for (let i = 0; i < 100; i += 1) state = event(state, T0 + i * DAY_MS);
    expect(useDays(state)).toHaveLength(60);
    expect(useDays(state)[0]?.day).toBe("2026-02-14");
    expect(JSON.stringify(state).length).toBeLessThan(4_096);
  });
});

describe("use measured by a condition", () => {
  const on = (state: UseState, at: number, power: number | undefined) =>
    read(byTime, state, at, { power });

  it("is the time for which it is true, in hours", () => {
    let state = startUse();
    for (let s = 0; s <= 3600; s += 30) state = on(state, T0 + s * 1000, 500);
    state = on(state, T0 + 3_630_000, 0);
    state = on(state, T0 + 3_660_000, 0);
    expect(useDays(state)[0]?.amount).toBeCloseTo(3630 / 3600, 9);
  });

  it("is shared out at midnight UTC", () => {
    const before = T0 + DAY_MS - 15_000;
    const state = on(on(startUse(), before, 500), before + 30_000, 500);
    expect(useDays(state).map(({ day }) => day)).toEqual(["2026-01-05", "2026-01-06"]);
    expect(useDays(state)[0]?.amount).toBeCloseTo(15 / 3600, 9);
  });

  it("ends three expected periods into a gap, and at once when unknown", () => {
    const gap = on(on(startUse(), T0, 500), T0 + HOUR_MS, 500);
    expect(useDays(gap)[0]?.amount).toBeCloseTo(90 / 3600, 9);
    const unknown = on(on(on(startUse(), T0, 500), T0 + 30_000, undefined), T0 + MINUTE_MS, 500);
    expect(useDays(unknown)[0]?.amount).toBeCloseTo(30 / 3600, 9);
  });

  it("is not changed by samples that come late or twice", () => {
    const state = on(on(startUse(), T0, 500), T0 + 30_000, 500);
    expect(on(on(state, T0 + 10_000, 0), T0 + 30_000, 500)).toEqual(state);
  });
});

describe("features", () => {
  const text = KETTLE.text.replace(
    /^use:/m,
    `features:
  tea: { title: Tea, usedBy: { event: filled } }
  warm: { title: Keep warm, usedBy: { when: temp > 60 } }
use:`,
  );
  const product = compileKettle(ruleText("when: temp > 1"), { ...KETTLE, text });

  it("are taken down once, with their first use, in whichever order events arrive", () => {
    let state = featureEvent(product, startUse(), { at: T0 + HOUR_MS, code: "filled" });
    state = featureEvent(product, state, { at: T0 + 2 * HOUR_MS, code: "filled" });
    state = featureEvent(product, state, { at: T0, code: "filled" });
    state = featureEvent(product, state, { at: T0, code: "dry" });
    expect(state.features).toEqual({ tea: T0 });
  });

  it("that a condition shows need it to be known and true", () => {
    const seen = (state: UseState, at: number, temp: number | undefined) =>
      featureSamples(product, state, viewOf({ temp }, at));
    const cold = seen(seen(startUse(), T0, 20), T0 + 1, undefined);
    expect(cold.features).toBeUndefined();
    const warm = seen(cold, T0 + 2, 80);
    expect(seen(warm, T0 + 3, 90).features).toEqual({ warm: T0 + 2 });
  });

  it("and days are forgotten for a new owner, the counter's reading is not", () => {
    const before = counter([
      [T0, 100],
      [T0 + HOUR_MS, 104],
    ]);
    const next = useOfNewOwner({ ...before, features: { tea: T0 } });
    expect(next.features).toBeUndefined();
    const after = read(byCounter, next, T0 + 2 * HOUR_MS, { boils_total: 105 });
    expect(useDays(after)).toEqual([{ day: "2026-01-05", amount: 1 }]);
    expect([before.total, after.total]).toEqual([4, 1]);
  });
});

describe("a product that does not say what use is", () => {
  it("has none", () => {
    const text = KETTLE.text.replace(/^use:.*$/m, "");
    const product = compileKettle(ruleText("when: temp > 1"), { ...KETTLE, text });
    const start = startUse();
    expect(read(product, start, T0, { boils_total: 5 })).toBe(start);
    expect(useEvent(product, start, { at: T0, code: "dry" })).toBe(start);
  });
});

describe("any tally", () => {
  it("goes on from a snapshot as if nothing had happened", () => {
    const readings = fc.array(fc.tuple(fc.nat(2 * HOUR_MS), fc.constantFrom(0, 500)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(readings, (given) => {
        let [live, restored, at] = [startUse(), startUse(), T0];
        for (const [after, power] of given) {
          at += after;
          live = read(byTime, live, at, { power });
          restored = read(byTime, JSON.parse(JSON.stringify(restored)), at, { power });
        }
        expect(restored).toEqual(live);
      }),
      { numRuns: 50 },
    );
  });
});
