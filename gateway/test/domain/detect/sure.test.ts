import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { compileRule } from "../rules/sources.ts";
import { deadline, device, event, samples, T0, Watch } from "./inputs.ts";

const sureOf = (watch: Watch, input: Parameters<Watch["explain"]>[0]): string =>
  watch.explain(input).sure;

describe("how sure a finding is", () => {
  it("one reading over a limit is less sure than one that stayed there", () => {
    const watch = new Watch(compileRule("when: temp > 100"));
    watch.see(samples(T0, { temp: 110 }));
    expect(sureOf(watch, samples(T0, { temp: 110 }))).toBe(
      "medium: one or two readings; a single wrong value looks the same",
    );
    expect(sureOf(watch, samples(T0 + 2 * MINUTE_MS, { temp: 110 }))).toBe(
      "high: no reading said otherwise for 2 min",
    );
  });

  it("what the device says of itself is believed", () => {
    const watch = new Watch(compileRule("when: leak && state == 'idle'"));
    watch.see(samples(T0, { leak: true, state: "idle" }));
    expect(sureOf(watch, samples(T0, { leak: true, state: "idle" }))).toMatch(/^high: the device/);
    const event1 = new Watch(compileRule("event: { code: dry }"));
    expect(sureOf(event1, event(T0, "dry"))).toMatch(/^high: the device/);
    expect(sureOf(event1, event(T0, "dry", { now: T0 + DAY_MS }))).toMatch(/^medium: .*long ago/);
  });

  it("counted reports are sure, counted crossings of a measured value less", () => {
    const reports = new Watch(compileRule("count: { event: dry, atLeast: 3, within: 1h }"));
    expect(sureOf(reports, event(T0, "dry"))).toMatch(/^high: 3 reports/);
    const edges = new Watch(compileRule("count: { when: temp > 50, atLeast: 2, within: 3h }"));
    expect(sureOf(edges, samples(T0, { temp: 60 }))).toMatch(/^medium: 2 crossings/);
  });

  it("silence says whether the service itself was away, and that a device was never heard", () => {
    const watch = new Watch(compileRule("silence: { after: 1h }"));
    const at = T0 + 3 * HOUR_MS;
    expect(sureOf(watch, deadline(at))).toMatch(/^high: the service was up/);
    expect(sureOf(watch, deadline(at, { excusedUntil: T0 + HOUR_MS }))).toMatch(/^medium: .*down/);
    expect(sureOf(watch, deadline(at, { lastSeenAt: undefined }))).toMatch(/^medium: .*never/);
  });

  it("missing use is surer of a device that was online, and when every day counts", () => {
    const never = new Watch(compileRule("usage: { never: { within: 14d } }"));
    expect(sureOf(never, device(T0))).toBe("high: it was online and reported no use");
    expect(sureOf(never, device(T0, { lastSeenAt: undefined }))).toMatch(/^medium: .*never online/);
    const hardly = compileRule("usage: { hardly: { belowPerDay: 1, days: 7 } }");
    const start = hardly.detector.start() as object;
    const watch = new Watch(hardly);
    watch.state = { ...start, mean: 0, judgedDays: 7 };
    expect(sureOf(watch, device(T0))).toBe("high: all of 7 days count");
    watch.state = { ...start, mean: 0, judgedDays: 4 };
    expect(sureOf(watch, device(T0))).toBe("medium: only 4 of 7 days make a claim");
  });
});
