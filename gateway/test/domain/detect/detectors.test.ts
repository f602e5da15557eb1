import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { compileRule } from "../rules/sources.ts";
import { deadline, device, event, samples, T0, Watch } from "./inputs.ts";

const OK = { kind: "ok" };
const breach = (since: number) => ({ kind: "breach", since });
const unknown = (why: string | RegExp) => ({ kind: "unknown", why: expect.stringMatching(why) });

describe("a condition", () => {
  it("breaches from the first sample on, and unknown readings in between keep its onset", () => {
    const watch = new Watch(compileRule("when: temp > 100"));
    expect(watch.see(samples(1, { temp: 90 }))).toEqual(OK);
    expect(watch.see(samples(2, { temp: 110 }))).toEqual(breach(2));
    expect(watch.see(samples(3, {}))).toEqual(unknown("^temp is unknown$"));
    expect(watch.see(samples(4, { temp: 120 }))).toEqual(breach(2));
    expect(watch.see(samples(5, { temp: 90 }))).toEqual(OK);
    expect(watch.see(samples(6, { temp: 110 }))).toEqual(breach(6));
  });

  it("is judged by `clear` while its alert is active, so that values in between move nothing", () => {
    const watch = new Watch(compileRule("when: temp > 100\nclear: temp < 80"));
    expect(watch.see(samples(1, { temp: 90 }))).toEqual(OK);
    expect(watch.see(samples(2, { temp: 110 }))).toEqual(breach(2));
    expect(watch.see(samples(3, { temp: 90 }), true)).toEqual(breach(2));
    expect(watch.see(samples(4, {}), true)).toEqual(unknown("temp"));
    expect(watch.see(samples(5, { temp: 79 }), true)).toEqual(OK);
  });

  it("is judged again at a deadline, with what is known then", () => {
    const watch = new Watch(compileRule("when: temp > 100", "for: 1m"));
    watch.see(samples(T0, { temp: 110 }));
    expect(watch.see(deadline(T0 + MINUTE_MS, {}, { temp: 110 }))).toEqual(breach(T0));
    expect(watch.see(deadline(T0 + HOUR_MS, {}, {}))).toEqual(unknown("temp"));
    expect(watch.see(device(T0))).toEqual(unknown("no sample"));
  });

  it("explains itself with values, units, limits and duration", () => {
    const watch = new Watch(
      compileRule("when: temp > 135 && state != 'off'", "disproof: It cools."),
    );
    const values = { temp: 141.234, state: "heating" };
    watch.see(samples(T0, values));
    expect(watch.explain(samples(T0 + 30_000, values))).toEqual({
      observed: "temp 141.2 °C, state heating for 30 s",
      expected: "temp at most 135 °C",
      signals: ["temp", "state"],
      limits: [
        { signal: "temp", op: ">", value: 135 },
        { signal: "state", op: "!=", value: "off" },
      ],
      values,
      disproof: "It cools.",
      sure: "medium: one or two readings; a single wrong value looks the same",
    });
  });

  it("says the condition itself when no limit can be named", () => {
    const watch = new Watch(compileRule("when: temp > power * 2"));
    watch.see(samples(T0, { temp: 5, power: 1 }));
    expect(watch.explain(samples(T0, { temp: 5, power: 1 })).expected).toBe(
      "not: temp > power * 2",
    );
    const state = new Watch(compileRule("when: state == 'off' || leak"));
    expect(state.explain(samples(T0, { state: "off", leak: true }))).toMatchObject({
      observed: "state off, leak true",
      expected: "state other than off",
    });
  });
});

describe("an event", () => {
  it("without clearCode is over at once, so that `keep` counts from the last one", () => {
    const watch = new Watch(compileRule("event: { code: dry }", "keep: 10m"));
    expect(watch.see(event(T0, "dry"))).toEqual(breach(T0));
    expect(watch.deadline).toBe(T0 + 1);
    expect(watch.see(deadline(T0 + 1), true)).toEqual(OK);
    expect(watch.deadline).toBeUndefined();
  });

  it("stays open while the device is lost, since a repeat could not be seen", () => {
    const watch = new Watch(compileRule("event: { code: dry }"));
    watch.see(event(T0, "dry"));
    expect(watch.see(deadline(T0 + 1, { presence: "lost" }), true)).toEqual(
      unknown("not connected"),
    );
    expect(watch.deadline).toBe(T0 + 1 + HOUR_MS);
    expect(watch.see(deadline(T0 + 2 * HOUR_MS), true)).toEqual(OK);
  });

  it("with clearCode lasts until that event by device time, in whichever order they arrive", () => {
    const rule = compileRule("event: { code: dry, clearCode: filled }");
    const inOrder = new Watch(rule);
    expect(inOrder.see(event(T0, "dry"))).toEqual(breach(T0));
    expect(inOrder.see(event(T0 + 5, "dry"))).toEqual(breach(T0));
    expect(inOrder.see(deadline(T0 + 6))).toEqual(breach(T0));
    expect(inOrder.see(event(T0 + 9, "filled"))).toEqual(OK);
    const swapped = new Watch(rule);
    expect(swapped.see(event(T0 + 9, "filled"))).toEqual(OK);
    expect(swapped.see(event(T0, "dry", { late: true }))).toEqual(OK);
    expect(swapped.see(event(T0 + 10, "dry"))).toEqual(breach(T0 + 10));
    expect(swapped.see(event(T0 + 9, "filled"))).toEqual(breach(T0 + 10));
  });

  it("sent twice is one event", () => {
    const watch = new Watch(compileRule("event: { code: dry }"));
    watch.see(event(T0, "dry"));
    watch.see(deadline(T0 + 1), true);
    expect(watch.see(event(T0, "dry"), true)).toEqual(OK);
  });

  it("counts only where its condition holds", () => {
    const rule = compileRule("event: { code: dry, where: temp > 50 }");
    expect(new Watch(rule).see(event(T0, "dry", { values: { temp: 20 } }))).toEqual(OK);
    expect(new Watch(rule).see(event(T0, "dry", { values: { temp: 60 } }))).toEqual(breach(T0));
    expect(new Watch(rule).see(event(T0, "dry"))).toEqual(unknown("temp > 50"));
    const late = event(T0, "dry", { values: { temp: 60 }, late: true });
    expect(new Watch(rule).see(late)).toEqual(unknown("temp > 50"));
  });

  it("from a device whose clock runs ahead begins now, not in the future", () => {
    const watch = new Watch(compileRule("event: { code: dry }"));
    expect(watch.see(event(T0 + 60_000, "dry", { now: T0 }))).toEqual(breach(T0));
  });

  it("explains itself by its title, and says so when it is old", () => {
    const watch = new Watch(compileRule("event: { code: dry }"));
    expect(watch.explain(event(T0, "dry")).observed).toBe(
      "the device reported dry (Switched on without water)",
    );
    expect(watch.explain(event(T0, "dry", { now: T0 + 5 * DAY_MS })).observed).toMatch(
      /, 5 d ago$/,
    );
  });
});

describe("a count", () => {
  const three = compileRule("count: { event: dry, atLeast: 3, within: 1h }");

  it("breaches at the third within the hour and clears when the window has moved on", () => {
    const watch = new Watch(three);
    expect(watch.see(event(T0, "dry"))).toEqual(OK);
    expect(watch.see(event(T0 + 10 * MINUTE_MS, "dry"))).toEqual(OK);
    const third = T0 + 20 * MINUTE_MS;
    expect(watch.see(event(third, "dry"))).toEqual(breach(third));
    expect(watch.deadline).toBe(T0 + HOUR_MS);
    expect(watch.see(deadline(T0 + HOUR_MS - 1), true)).toEqual(breach(third));
    expect(watch.see(deadline(T0 + HOUR_MS), true)).toEqual(OK);
  });

  it("counts late events in and repeated ones once", () => {
    const watch = new Watch(three);
    watch.see(event(T0, "dry"));
    watch.see(event(T0 + 20 * MINUTE_MS, "dry"));
    expect(watch.see(event(T0, "dry", { late: true }))).toEqual(OK);
    const late = event(T0 + 5 * MINUTE_MS, "dry", { late: true, now: T0 + 30 * MINUTE_MS });
    expect(watch.see(late)).toEqual(breach(T0 + 20 * MINUTE_MS));
  });

  it("does not clear while the device is lost", () => {
    const watch = new Watch(three);
    for (let i = 0; i < 3; i += 1) watch.see(event(T0 + i, "dry"));
    const lost = deadline(T0 + 2 * HOUR_MS, { presence: "lost" });
    expect(watch.see(lost, true)).toEqual(unknown("not connected"));
    expect(watch.deadline).toBe(T0 + 3 * HOUR_MS);
    const asleep = deadline(T0 + 3 * HOUR_MS, { presence: "sleeping", silenceExpected: true });
    expect(watch.see(asleep, true)).toEqual(OK);
  });

  it("is made up for by clearCode, also when that comes first", () => {
    const rule = compileRule("count: { event: dry, atLeast: 2, within: 1h, clearCode: filled }");
    const watch = new Watch(rule);
    watch.see(event(T0, "dry"));
    expect(watch.see(event(T0 + 1, "dry"))).toEqual(breach(T0 + 1));
    expect(watch.see(event(T0 + 2, "filled"), true)).toEqual(OK);
    const early = new Watch(rule);
    early.see(event(T0 + 5, "filled"));
    early.see(event(T0 + 1, "dry", { late: true }));
    expect(early.see(event(T0 + 6, "dry"))).toEqual(OK);
  });

  it("of a condition counts how often it becomes true, not how long it is", () => {
    const watch = new Watch(compileRule("count: { when: temp > 50, atLeast: 2, within: 1h }"));
    expect(watch.see(samples(T0, { temp: 60 }))).toEqual(OK);
    watch.see(samples(T0 + 1, { temp: 40 }));
    expect(watch.see(samples(T0 + 2, { temp: 60 }))).toEqual(OK);
    expect(watch.see(samples(T0 + 3, {}))).toEqual(OK);
    expect(watch.see(samples(T0 + 4, { temp: 60 }))).toEqual(OK);
    watch.see(samples(T0 + 5, { temp: 40 }));
    expect(watch.see(samples(T0 + 6, { temp: 60 }))).toEqual(breach(T0 + 6));
    expect(watch.see(samples(T0 + 7 + HOUR_MS, { temp: 60 }))).toEqual(OK);
    expect(watch.see(device(T0 + 7 + HOUR_MS))).toEqual(OK);
  });

  it("explains itself", () => {
    expect(new Watch(three).explain(event(T0, "dry"))).toMatchObject({
      observed: "the device reported dry (Switched on without water) 3 times within 1 h",
      expected: "fewer than 3 times within 1 h",
    });
    const edges = compileRule("count: { when: temp > 50, atLeast: 2, within: 2d }");
    expect(new Watch(edges).explain(samples(T0, { temp: 60 }))).toMatchObject({
      observed: '"temp > 50" became true 2 times within 2 d',
      values: { temp: 60 },
    });
  });
});

describe("silence", () => {
  const hour = compileRule("silence: { after: 1h }");

  it("is found an hour after the last message, and any message ends it", () => {
    const watch = new Watch(hour);
    expect(watch.see(device(T0))).toEqual(OK);
    expect(watch.deadline).toBe(T0 + HOUR_MS);
    expect(watch.see(deadline(T0 + HOUR_MS))).toEqual(breach(T0));
    expect(watch.deadline).toBeUndefined();
    const later = T0 + 2 * HOUR_MS;
    expect(watch.see(device(later, { lastSeenAt: later }), true)).toEqual(OK);
    expect(watch.deadline).toBe(later + HOUR_MS);
    expect(watch.see(samples(later, {}), true)).toEqual(OK);
  });

  it("of a device that was never seen counts from its activation", () => {
    const watch = new Watch(hour);
    const never = { presence: "never_seen", lastSeenAt: undefined } as const;
    watch.see(device(T0, never));
    expect(watch.see(deadline(T0 + HOUR_MS, never))).toEqual(breach(T0));
    expect(watch.explain(deadline(T0 + HOUR_MS, never)).observed).toBe(
      "never a message in 1 h since activation",
    );
  });

  it("during the service's own downtime is excused", () => {
    const watch = new Watch(hour);
    const excusedUntil = T0 + 3 * HOUR_MS;
    expect(watch.see(device(T0 + 2 * HOUR_MS, { excusedUntil }))).toEqual(OK);
    expect(watch.deadline).toBe(excusedUntil);
    expect(watch.see(deadline(excusedUntil, { excusedUntil }))).toEqual(breach(T0));
  });

  it("that was announced is neither", () => {
    const watch = new Watch(hour);
    const off = { presence: "offline", silenceExpected: true } as const;
    expect(watch.see(deadline(T0 + DAY_MS, off))).toEqual(unknown("silence is expected"));
    expect(watch.deadline).toBeUndefined();
  });

  it("explains itself", () => {
    expect(new Watch(hour).explain(deadline(T0 + 90 * MINUTE_MS))).toMatchObject({
      observed: "no message for 90 min, the last one at 2026-01-05T00:00:00.000Z",
      expected: "a message at least every 1 h",
    });
  });
});
