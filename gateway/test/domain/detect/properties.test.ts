import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, INACTIVE } from "#domain/alert/advance.ts";
import type { DetectorInput, DeviceFacts } from "#domain/detect/detector.ts";
import type { CompiledRule } from "#domain/rules/ruleset.ts";
import { HOUR_MS } from "#domain/units.ts";
import { compileRule, viewOf } from "../rules/sources.ts";
import { event, facts, T0, Watch } from "./inputs.ts";

/** What happens to a device, `after` ms after what happened before. */
type Happening =
  | { readonly kind: "samples"; readonly after: number; readonly temp: number | undefined }
  | { readonly kind: "event"; readonly after: number; readonly code: string }
  | { readonly kind: "presence"; readonly after: number; readonly lost: boolean };

const after = fc.integer({ min: 1, max: 2 * HOUR_MS });
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant("samples" as const),
    after,
    temp: fc.option(fc.constantFrom(20, 60, 110), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant("event" as const), after, code: fc.constantFrom("dry", "filled") }),
  fc.record({ kind: fc.constant("presence" as const), after, lost: fc.boolean() }),
);
const story = fc.array(happening, { minLength: 1, maxLength: 30 });

const rules: readonly (readonly [string, CompiledRule])[] = [
  "when: temp > 100\nclear: temp < 50",
  "event: { code: dry }",
  "event: { code: dry, clearCode: filled }",
  "count: { event: dry, atLeast: 2, within: 3h, clearCode: filled }",
  "count: { when: temp > 50, atLeast: 2, within: 3h }",
  "silence: { after: 2h }",
  "usage: { never: { within: 1d } }",
  "usage: { hardly: { belowPerDay: 1, days: 2 } }",
  "usage: { dropped: { learnDays: 14, away: { when: temp > 100 }, newOwner: filled } }",
  "usage: { stopped: { expected: 5, learnDays: 14 } }",
  "usage: { neverConnected: { within: 1h } }",
  "usage: { unfinished: { start: { when: temp > 50 }, finish: { event: filled }, atLeast: 2, finishWithin: 1h } }",
  "sequence: { first: { event: dry }, followedBy: { when: temp > 50 }, without: { event: filled }, within: 6h, repeatedWithin: 9h }",
  "sequence: { first: { event: dry }, times: 2, followedBy: { event: dry }, within: 6h, repeated: 2, repeatedWithin: 1d }",
].map((test) => [test, compileRule(test, "keep: 20m")] as const);

interface Options {
  readonly shift?: number;
  readonly snapshot?: boolean;
  readonly twice?: boolean;
}

/** Plays a story like the engine does and notes every phase the alert was in. */
function play({ detector, rule }: CompiledRule, told: readonly Happening[], options: Options) {
  const { shift = 0, snapshot = false, twice = false } = options;
  let state = detector.start();
  let alert = INACTIVE;
  let due: number | undefined;
  let now = T0 + shift;
  let device: DeviceFacts = facts({ activatedAt: now, lastSeenAt: now, useObservedFrom: now });
  let temp: number | undefined;
  const phases: string[] = [];
  const judge = (input: DetectorInput) => {
    const active = alert.phase === "firing" || alert.phase === "clearing";
    if (snapshot) state = JSON.parse(JSON.stringify(state));
    const step = detector.step(state, input, active);
    state = step.state;
    const next = advance(rule, alert, step.verdict, now);
    alert = next.alert;
    due = Math.min(step.deadline ?? Infinity, next.deadline ?? Infinity);
    const said = `${now - T0 - shift} ${alert.phase}${alert.unknown ? " unknown" : ""}`;
    if (phases.at(-1) !== said) phases.push(said);
  };
  const passTo = (until: number) => {
    while (due !== undefined && due <= until) {
      now = Math.max(now, due);
      due = undefined;
      judge({
        kind: "deadline",
        at: now,
        deviceAt: now,
        facts: device,
        view: viewOf({ temp }, now),
      });
    }
    now = until;
  };
  const message = (input: DetectorInput, wanted: boolean) => {
    device = { ...device, lastSeenAt: now, presence: "online" };
    for (let i = 0; wanted && i < (twice ? 2 : 1); i += 1) judge(input);
    if (detector.wants.device) judge({ kind: "device", at: now, facts: device });
  };
  for (const one of told) {
    passTo(now + one.after);
    switch (one.kind) {
      case "samples":
        temp = one.temp;
        message(
          { kind: "samples", at: now, now, view: viewOf({ temp }, now) },
          detector.wants.signals.length > 0,
        );
        break;
      case "event": {
        const { code } = one;
        const input = {
          kind: "event",
          at: now,
          now,
          code,
          attrs: {},
          late: false,
          view: viewOf({ temp }),
        } as const;
        message(input, detector.wants.events.includes(code));
        break;
      }
      case "presence":
        device = { ...device, presence: one.lost ? "lost" : "online" };
        if (detector.wants.device) judge({ kind: "device", at: now, facts: device });
    }
  }
  passTo(now + 5 * HOUR_MS);
  return { phases, state };
}

describe.each(rules)("the rule { %s }", (_test, rule) => {
  it("decides the same from any snapshot of its memory", () => {
    fc.assert(
      fc.property(story, (told) => {
        expect(play(rule, told, { snapshot: true }).phases).toEqual(play(rule, told, {}).phases);
      }),
      { numRuns: 60 },
    );
  });

  it("is not moved by messages that come twice", () => {
    fc.assert(
      fc.property(story, (told) => {
        expect(play(rule, told, { twice: true }).phases).toEqual(play(rule, told, {}).phases);
      }),
      { numRuns: 60 },
    );
  });

  it("decides the same whole days later", () => {
    fc.assert(
      fc.property(story, fc.integer({ min: 1, max: 400 }), (told, days) => {
        const shifted = play(rule, told, { shift: days * 24 * HOUR_MS });
        expect(shifted.phases).toEqual(play(rule, told, {}).phases);
      }),
      { numRuns: 60 },
    );
  });

  it("remembers less than half a kilobyte", () => {
    fc.assert(
      fc.property(story, (told) => {
        expect(JSON.stringify(play(rule, told, {}).state).length).toBeLessThan(512);
      }),
      { numRuns: 20 },
    );
  });
});

describe.each([
  "event: { code: dry, clearCode: filled }",
  "count: { event: dry, atLeast: 2, within: 3h, clearCode: filled }",
])("the rule { %s }", (test) => {
  it("ends with the same verdict in whichever order events arrive", () => {
    const rule = compileRule(test);
    const events = fc.uniqueArray(
      fc.record({ at: fc.nat(6 * HOUR_MS), code: fc.constantFrom("dry", "filled") }),
      { minLength: 1, maxLength: 8, selector: ({ at }) => at },
    );
    const twoOrders = events.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(twoOrders, ([first, second]) => {
        const end = (told: typeof first) => {
          const watch = new Watch(rule);
          const now = T0 + 6 * HOUR_MS;
          const said = told.map(({ at, code }) => watch.see(event(T0 + at, code, { now })));
          return said.at(-1)?.kind;
        };
        expect(end(first)).toBe(end(second));
      }),
      { numRuns: 200 },
    );
  });
});
