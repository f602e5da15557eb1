import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DetectorInput } from "#domain/detect/detector.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { compileRule, KETTLE, problemsOf, ruleText } from "../rules/sources.ts";
import { deadline, event, samples, T0, Watch } from "./inputs.ts";

const OK = { kind: "ok" };
const at = (hours: number) => T0 + hours * HOUR_MS;
const breach = (hours: number) => ({ kind: "breach", since: at(hours) });
const boils = (hours: number, boils_total: number) => samples(at(hours), { boils_total });
const temp = (hours: number, value: number) => samples(at(hours), { temp: value });

function see(rule: CompiledRule, inputs: readonly DetectorInput[]) {
  const watch = new Watch(rule);
  const verdicts = inputs.map((input) => watch.see(input));
  return { watch, verdicts, last: verdicts.at(-1) };
}

describe("one thing and then another", () => {
  const rule = compileRule(
    "sequence: { first: { event: dry }, followedBy: { when: temp > 90 }, without: { event: filled }, within: 5h }",
  );

  it("is a breach when it comes in this order and in time", () => {
    expect(see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]).last).toEqual(breach(2));
    expect(see(rule, [temp(0, 20), temp(1, 95), event(at(2), "dry")]).last).toEqual(OK);
    expect(see(rule, [temp(0, 20), event(at(1), "dry"), temp(7, 95)]).last).toEqual(OK);
  });

  it("needs a condition that becomes true, not one that is", () => {
    expect(see(rule, [temp(0, 95), event(at(1), "dry"), temp(2, 95)]).last).toEqual(OK);
  });

  it("is none when what makes up for it came in between", () => {
    const between = [temp(0, 20), event(at(1), "dry"), event(at(1.5), "filled"), temp(2, 95)];
    expect(see(rule, between).last).toEqual(OK);
  });

  it("ends with what makes up for it, and when it is a month old", () => {
    const { watch } = see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]);
    expect(watch.deadline).toBe(at(2) + 30 * DAY_MS);
    expect(watch.see(event(at(9), "filled"), true)).toEqual(OK);
    const old = see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]).watch;
    expect(old.see(deadline(at(2) + 30 * DAY_MS), true)).toEqual(OK);
  });

  it("is unknown when a month has passed on a device that is lost", () => {
    const { watch } = see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]);
    const verdict = watch.see(deadline(at(2) + 30 * DAY_MS, { presence: "lost" }), true);
    expect(verdict).toMatchObject({ kind: "unknown" });
  });

  it("is made up for by an event that arrives late", () => {
    const { watch } = see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]);
    const late = event(at(3), "filled", { late: true, now: at(8) });
    expect(watch.see(late, true)).toEqual(OK);
    const tooOld = see(rule, [temp(0, 20), event(at(1), "dry"), temp(2, 95)]).watch;
    const before = event(at(0.5), "filled", { late: true, now: at(8) });
    expect(tooOld.see(before, true)).toEqual(breach(2));
  });
});

describe("a warning that is waved away three times while use goes on", () => {
  const rule = compileRule(
    "sequence: { first: { event: dry }, times: 3, followedBy: { use: 40 }, without: { event: filled }, within: 9d }",
  );
  const waved = [boils(0, 500), event(at(1), "dry"), event(at(2), "dry"), event(at(3), "dry")];

  it("counts use from the third time on", () => {
    expect(see(rule, [...waved, boils(4, 539)]).last).toEqual(OK);
    expect(see(rule, [...waved, boils(4, 539), boils(5, 540)]).last).toEqual(breach(5));
    expect(see(rule, [boils(0, 1), ...waved.slice(1, 3), boils(2.5, 99)]).last).toEqual(OK);
  });

  it("does not begin again with a fourth time, and counts over a reset of the counter", () => {
    const fourth = [...waved, boils(4, 530), event(at(5), "dry"), boils(6, 541)];
    expect(see(rule, fourth).last).toEqual(breach(6));
    expect(see(rule, [...waved, boils(4, 530), boils(5, 0), boils(6, 12)]).last).toEqual(breach(6));
  });

  it("begins again after it was made up for", () => {
    const made = [...waved, boils(4, 530), event(at(5), "filled"), boils(6, 600)];
    expect(see(rule, made).last).toEqual(OK);
    const again = [7, 8, 9].map((hour) => event(at(hour), "dry"));
    expect(see(rule, [...made, ...again, boils(10, 639)]).last).toEqual(OK);
    expect(see(rule, [...made, ...again, boils(10, 641)]).last).toEqual(breach(10));
  });

  it("forgets the oldest time when it lies too far back", () => {
    const slow = [boils(0, 500), event(at(1), "dry"), event(at(150), "dry"), event(at(200), "dry")];
    expect(see(rule, [...slow, boils(230, 545)]).last).toEqual(OK);
    const third = event(at(231), "dry");
    expect(see(rule, [...slow, boils(230, 545), third, boils(240, 590)]).last).toEqual(breach(240));
  });

  it("explains itself", () => {
    const { watch } = see(rule, [...waved, boils(5, 540)]);
    expect(watch.explain(boils(5, 540))).toMatchObject({
      observed:
        "dry (Switched on without water) 3 times, then use went on (Boils: 40), without filled (Filled) in between, first on 2026-01-05",
      expected: "filled (Filled) before that",
      sure: expect.stringMatching(/^high: /),
      values: { boils_total: 540 },
    });
  });

  it("needs use that can be counted", () => {
    const text = KETTLE.text.replace(
      /^use:.*$/m,
      'use: { title: Use, unit: h, when: "power > 1" }',
    );
    const test = "sequence: { first: { event: dry }, followedBy: { use: 4 }, within: 9d }";
    expect(() => compileRule(test, "", { ...KETTLE, text })).toThrow("measures it in time");
    expect(problemsOf(ruleText(test.replace("dry", "dri"))).join()).toContain('no event "dri"');
  });
});

describe("a sequence that must repeat", () => {
  const rule = compileRule(
    "sequence: { first: { event: dry }, followedBy: { event: filled }, within: 2h, repeated: 3, repeatedWithin: 2d }",
  );
  const once = (hour: number) => [event(at(hour), "dry"), event(at(hour + 1), "filled")];

  it("is a breach at the last of so many, and over when the first is too old", () => {
    expect(see(rule, [...once(0), ...once(10)]).last).toEqual(OK);
    const { watch, last } = see(rule, [...once(0), ...once(10), ...once(20)]);
    expect(last).toEqual(breach(21));
    expect(watch.deadline).toBe(at(1) + 2 * DAY_MS);
    expect(watch.see(deadline(at(49)), true)).toEqual(OK);
  });

  it("counts each happening once, however often and in whatever packs it comes", () => {
    const story = fc.array(
      fc.record({ hour: fc.nat(60), code: fc.constantFrom("dry", "filled") }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(story, (told) => {
        const sorted = told.toSorted((a, b) => a.hour - b.hour || (a.code < b.code ? -1 : 1));
        const inputs = sorted.map(({ hour, code }) => event(at(hour), code));
        const twice = inputs.flatMap((input) => [input, input]);
        const plain = see(rule, inputs);
        const double = see(rule, twice);
        expect(double.watch.state).toEqual(plain.watch.state);
        const firsts = new Set(sorted.filter((one) => one.code === "dry").map((one) => one.hour));
        if (firsts.size < 3) expect(plain.last ?? OK).toEqual(OK);
        expect(JSON.stringify(plain.watch.state).length).toBeLessThan(400);
      }),
      { numRuns: 100 },
    );
  });
});
