import { describe, expect, test } from "vitest";
import type { AlertTransition } from "#domain/effects.ts";
import { Decider } from "#pipeline/decide.ts";
import { DecisionPoints } from "#pipeline/points/decision-points.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import { caseEvent, caseView, effects } from "../../support/case-samples.ts";
import { MemoryCaseStore } from "../../support/memory-case-store.ts";
import { MemoryState } from "../../support/memory-state.ts";
import { prng } from "../../support/prng.ts";
import { randomJournal } from "../../support/random-journal.ts";

const evidence = caseView("c-1").evidence;
const alert = (over: Partial<AlertTransition> = {}): AlertTransition => ({
  device: "d-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  level: "act",
  title: "The boiler runs too hot",
  change: "fired",
  at: 1_000,
  evidence,
  lag: 0,
  ...over,
});
const ALERT_TAGS = {
  device: "d-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
  level: "act",
};
const CASE_TAGS = {
  device: "d-1",
  product: "espresso-pro",
  rule: "boiler-overheats",
  kind: "fault",
  severity: "urgent",
};

describe("an alert", () => {
  const of = (over: Partial<AlertTransition>) =>
    new DecisionPoints().of(effects(1, { alerts: [alert(over)] }));

  test("that fires is a point at its moment", () => {
    expect(of({})).toEqual([
      {
        measurement: "vz.alert",
        tags: ALERT_TAGS,
        fields: {
          active: 1,
          fired: 1,
          change: "fired",
          title: "The boiler runs too hot",
          text: evidence.observed,
          expected: evidence.expected,
          onset_ms: 900,
          delay_ms: 100,
        },
        at: 1_000,
      },
    ]);
  });

  test("that ends is a point and a span from its firing on", () => {
    const [moved, span] = of({ change: "cleared", at: 5_000 });
    expect(moved).toMatchObject({ at: 5_000, fields: { active: 0, cleared: 1, lasted_ms: 4_000 } });
    expect(moved?.fields).not.toHaveProperty("fired");
    expect(span).toMatchObject({
      measurement: "vz.alert_span",
      tags: ALERT_TAGS,
      at: 1_000,
      fields: { end_ms: 5_000, lasted_ms: 4_000, onset_ms: 900, text: evidence.observed },
    });
  });

  test("of a rule on the service clock is told on the device's", () => {
    const [moved, span] = of({ change: "withdrawn", at: 4_500, lag: 500 });
    expect(moved).toMatchObject({ at: 4_500, fields: { withdrawn: 1, lasted_ms: 4_000 } });
    expect(span).toMatchObject({ at: 500, fields: { onset_ms: 400, end_ms: 4_500 } });
  });
});

describe("a case", () => {
  const of = (
    over: Parameters<typeof caseEvent>[2],
    view: Parameters<typeof caseView>[1] = {},
  ): readonly ServicePoint[] =>
    new DecisionPoints().of(
      effects(1, { events: [caseEvent(1, 0, over)], cases: [caseView("c-1", view)] }),
    );

  test("that opens says since when it was so", () => {
    expect(of({ kind: "opened", at: 1_000 })).toEqual([
      {
        measurement: "vz.case",
        tags: { ...CASE_TAGS, event: "opened" },
        fields: {
          n: 1,
          id: "c-1",
          title: "The boiler runs too hot",
          status: "open",
          stage: "acting",
          by: "gateway",
          text: "The boiler is hot for 30 s",
          onset_ms: 900,
          lead_ms: 100,
          open_ms: 0,
        },
        at: 1_000,
      },
    ]);
  });

  test.each([
    ["fixed", 1],
    ["recovered", 0],
    ["by_agent", 0],
    ["false_alarm", 0],
  ] as const)("that is resolved as %s is a verified fix: %i", (resolution, verified) => {
    const [point] = of({ kind: "resolved", at: 9_000 }, { status: "resolved", resolution });
    expect(point?.fields).toMatchObject({ resolution, verified, open_ms: 8_000 });
  });

  test.each([
    ["confirmed", 1],
    ["false_alarm", 0],
    ["sensor_fault", 0],
    ["duplicate", undefined],
    ["deferred", undefined],
  ] as const)("that is judged %s counts for the rule as %s", (verdict, trueAlarm) => {
    const [point] = of({ kind: "verdict", by: "Anna" }, { verdict });
    expect(point?.fields).toMatchObject({ verdict });
    expect(point?.fields.true_alarm).toBe(trueAlarm);
  });

  test("never tells who a person is or what was written", () => {
    const [point] = of({ kind: "resolved", by: "Anna", reason: "called Mr Smith" });
    expect(point?.fields.by).toBe("person");
    expect(JSON.stringify(point)).not.toMatch(/Anna|Smith/);
  });

  test.each([
    ["held", "fix_held"],
    ["did_not_hold", "fix_not_held"],
    ["owner_called", "owner_called"],
    ["target_breached", "target_breached"],
  ] as const)("that says %s is told as %s", (kind, event) => {
    expect(of({ kind }).map(({ tags }) => tags.event)).toEqual([event]);
  });

  test.each(["comment", "step_started", "alert_cleared", "not_opened"] as const)(
    "tells nothing of a line %s",
    (kind) => expect(of({ kind })).toEqual([]),
  );

  test("has a moment for each step of one kind, even while the service clock stands", () => {
    const points = new DecisionPoints();
    const step = (at: number, id: string) =>
      points.of(
        effects(1, { events: [caseEvent(1, 0, { kind: "opened", at })], cases: [caseView(id)] }),
      )[0]?.at;
    expect([step(5, "a"), step(5, "b"), step(6, "c"), step(6, "d"), step(99, "e")]).toEqual([
      5, 6, 7, 8, 99,
    ]);
  });
});

const SEED = 23;
const RECORDS = randomJournal(SEED, 2_500).map((record, i) => ({
  offset: i + 1,
  bytes: encodeRecord(record),
}));
const isDecision = ({ measurement }: ServicePoint): boolean => measurement !== "vz.device";

function decider(cases: MemoryCaseStore, state: MemoryState, now: () => number): Decider {
  const read = (from: number, limit: number) => RECORDS.slice(from - 1, from - 1 + limit);
  return new Decider({ read, cases, state, now, build: "test", points: true });
}

function toldWhole(): readonly ServicePoint[] {
  const cases = new MemoryCaseStore();
  const all = decider(cases, new MemoryState(), () => 0);
  while (all.applied < RECORDS.length) all.step(2_000);
  return cases.told;
}

describe(`what a random journal decides (seed ${SEED})`, () => {
  test("is told alert by alert: each fires, ends, and fires again", () => {
    const active = new Map<string, unknown>();
    let spans = 0;
    for (const { measurement, tags, fields } of toldWhole()) {
      if (measurement === "vz.alert_span") spans += 1;
      if (measurement !== "vz.alert") continue;
      const key = `${tags.device} ${tags.rule}`;
      expect(fields.active).not.toBe(active.get(key) ?? 0);
      active.set(key, fields.active);
    }
    expect(active.size).toBeGreaterThan(3);
    expect(spans).toBeGreaterThan(10);
  });

  test.each([1, 7, 300])("is told the same in batches of %i", (batch) => {
    const cases = new MemoryCaseStore();
    let wall = 0;
    const all = decider(cases, new MemoryState(), () => {
      wall += 40;
      return wall;
    });
    while (all.applied < RECORDS.length) all.step(batch);
    expect(cases.told.filter(isDecision)).toEqual(toldWhole().filter(isDecision));
  });

  test("is told once, whatever crashes come between: nothing is missing and nothing twice", () => {
    const random = prng(SEED);
    const cases = new MemoryCaseStore();
    const state = new MemoryState();
    let wall = 0;
    const now = () => {
      wall += 400;
      return wall;
    };
    for (let applied = 0, starts = 0; applied < RECORDS.length; starts += 1) {
      const one = decider(cases, state, now);
      for (let i = 0; i < 3 + random() * 20 && one.applied < RECORDS.length; i += 1) {
        one.step(1 + Math.floor(random() * 30));
      }
      applied = one.applied;
      expect(starts).toBeLessThan(1_000);
    }
    expect(cases.told.filter(isDecision)).toEqual(toldWhole().filter(isDecision));
  });

  test("costs nothing where nobody is told", () => {
    const cases = new MemoryCaseStore();
    const silent = new Decider({
      read: (from, limit) => RECORDS.slice(from - 1, from - 1 + limit),
      cases,
      state: new MemoryState(),
      now: () => 0,
      build: "test",
    });
    while (silent.applied < RECORDS.length) silent.step(2_000);
    expect(cases.told).toEqual([]);
  });
});
