import { describe, expect, it, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { BOILER_NEIGHBOURS, BOILER_PRODUCT, BOILER_RULES } from "../../support/boiler-ruleset.ts";
import { randomJournal } from "../../support/random-journal.ts";
import { happened, measured, minute } from "../../support/raw-messages.ts";
import { head, registered, START } from "../../support/records.ts";

const DEVICES = ["b1", "b2", "b3", "b4", "b5", "b6"];

function outcome(engine: Engine, records: readonly JournalRecord[], from: number): string[] {
  return records.slice(from).flatMap((record, i): string[] => {
    const effects = engine.apply(from + i + 1, record);
    return effects === undefined ? [] : [JSON.stringify(effects)];
  });
}

/** Alerts of all devices, as the engine would show them. */
const alertsOf = (engine: Engine): string =>
  JSON.stringify(
    engine.takeViews({ devices: true }).alerts.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
  );

test.each([11, 12, 13])(
  "rules on rules and on peers decide the same from empty and from any snapshot (seed %i)",
  (seed) => {
    const records = randomJournal(seed, 1_500, { rules: [BOILER_NEIGHBOURS], devices: DEVICES });
    const first = new Engine();
    const whole = outcome(first, records, 0);
    const again = new Engine();
    expect(outcome(again, records, 0)).toEqual(whole);
    const alerts = alertsOf(first);
    expect(alertsOf(again)).toBe(alerts);
    for (const rule of ["warm-and-dismissed", "something", "step", "unlike-its-peers", "frozen"]) {
      expect(alerts).toContain(`/${rule}/`);
    }
    const live = new Engine();
    const saved = new Map<string, string | undefined>();
    const done: string[] = [];
    for (const [i, record] of records.entries()) {
      const effects = live.apply(i + 1, record);
      if (effects !== undefined) done.push(JSON.stringify(effects));
      if (i % 150 !== 77) continue;
      for (const { key, value } of live.takeUnsaved()) saved.set(key, value);
      const restored = new Engine([...saved].map(([key, value]) => ({ key, value })));
      expect([...done, ...outcome(restored, records, i + 1)]).toEqual(whole);
    }
  },
);

const put = (id: string, attrs: Readonly<Record<string, string>> = {}): JournalRecord => {
  const device = registered(id, { attrs });
  return { kind: "registry", appendedAt: START, change: "put", device, by: "test" };
};

function rigWith(rules: string, devices: readonly string[] = ["b1"]): EngineRig {
  const rig = new EngineRig();
  rig.apply(...head([], "event"), ...devices.map((id) => put(id)));
  rig.apply({
    kind: "ruleset",
    appendedAt: START,
    hash: "own",
    products: [BOILER_PRODUCT],
    rules: [BOILER_RULES, { path: "rules/own.yaml", text: `product: boiler\nrules:\n${rules}` }],
  });
  return rig;
}

const watch = (id: string, text: string): string =>
  `  - { id: ${id}, kind: fault, level: watch, title: T, why: W, ${text} }\n`;

const PAIR = [
  watch("warm", "when: temp > 100.0"),
  watch("cold", "when: temp < 50.0"),
  watch("dismissed-once", "event: { code: dismissed }"),
  watch("swings", "all: { rules: [warm, cold] }"),
  watch("swung", "all: { rules: [cold, warm], within: 1h }"),
  watch("warned", "all: { rules: [warm, dismissed-once] }"),
].join("");

describe("a rule made of rules", () => {
  it("judges the outcome of a message as a whole, so the order of rules does not matter", () => {
    const rig = rigWith(PAIR);
    const say = (n: number, temp: number) =>
      rig.apply(measured({ ts: minute(n) }, { temp }, { at: minute(n) }));
    say(0, 120);
    say(1, 20);
    expect(rig.alert("b1/swings/1")?.phase ?? "inactive").toBe("inactive");
    expect(rig.alert("b1/swung/1")).toMatchObject({ phase: "firing", onsetAt: minute(1) });
    expect(rig.alert("b1/swung/1")?.evidence?.observed).toMatch(
      /^cold: temp 20 °C.*; warm: seen until 0 ms ago$/,
    );
    say(2, 70);
    expect(rig.alert("b1/swung/1")?.phase).toBe("firing");
    for (let n = 3; n <= 60; n += 1) say(n, 70);
    expect(rig.alert("b1/swung/1")?.phase).toBe("firing");
    say(61.1, 70);
    expect(rig.alert("b1/swung/1")?.phase).toBe("inactive");
  });

  it("sees an event that comes while another rule is active, and only then", () => {
    const rig = rigWith(PAIR);
    rig.apply(happened({ ts: minute(0) }, "dismissed", { at: minute(0) }));
    rig.apply(measured({ ts: minute(1) }, { temp: 120 }, { at: minute(1) }));
    expect(rig.alert("b1/warned/1")?.phase ?? "inactive").toBe("inactive");
    rig.apply(happened({ ts: minute(2) }, "dismissed", { at: minute(2) }));
    expect(rig.alert("b1/warned/1")).toMatchObject({ phase: "firing", onsetAt: minute(2) });
    rig.apply(measured({ ts: minute(3) }, { temp: 120 }, { at: minute(3) }));
    expect(rig.alert("b1/warned/1")?.phase).toBe("inactive");
  });

  it("finds rules that fire already when it comes into force", () => {
    const rig = rigWith(watch("warm", "when: temp > 100.0"));
    rig.apply(measured({ ts: minute(0) }, { temp: 120 }, { at: minute(0) }));
    const more = `product: boiler\nrules:\n${watch("warm", "when: temp > 100.0")}${watch("other", "when: temp < 0.0")}${watch("either", "any: { rules: [warm, other] }")}`;
    rig.apply({
      kind: "ruleset",
      appendedAt: minute(1),
      hash: "more",
      products: [BOILER_PRODUCT],
      rules: [BOILER_RULES, { path: "rules/own.yaml", text: more }],
    });
    expect(rig.alert("b1/either/1")?.phase).toBe("firing");
  });

  it("becomes unknown with a rule that it needs, and clears nothing then", () => {
    const rig = rigWith(PAIR);
    rig.apply(measured({ ts: minute(0) }, { temp: 120 }, { at: minute(0) }));
    rig.apply(happened({ ts: minute(0) + 1 }, "dismissed", { at: minute(0) + 1 }));
    expect(rig.alert("b1/warned/1")?.phase).toBe("firing");
    expect(rig.alert("b1/warm/1")?.unknown).toBe(false);
  });
});

const LOTS = watch(
  "unlike-its-peers",
  "cohort: { signal: temp, by: model, window: 1h, memory: 3, minPeers: 4, limit: 4, minSpread: 1 }",
);

describe("a rule on peers", () => {
  /** Six boilers send for some hours; the last one is hotter. */
  function play(rig: EngineRig, hours: number, from = 0): void {
    for (let n = from * 60; n <= (from + hours) * 60; n += 10) {
      DEVICES.forEach((device, i) => {
        const at = minute(n) + i;
        const temp = 90 + i / 4 + (device === "b6" ? 20 : 0);
        rig.apply(measured({ ts: at }, { temp }, { at, device }));
      });
    }
  }

  it("finds the odd one and says how many peers it has", () => {
    const rig = rigWith(LOTS, DEVICES);
    play(rig, 4);
    expect(rig.alert("b6/unlike-its-peers/1")?.evidence?.observed).toContain("median of 5 peers");
    expect(rig.alert("b2/unlike-its-peers/1")?.phase).toBe("inactive");
  });

  it("compares only devices of the same attribute, and forgets one that leaves", () => {
    const rig = rigWith(LOTS, []);
    rig.apply(...DEVICES.map((id, i) => put(id, { model: i < 5 ? "old" : "new" })));
    play(rig, 4);
    expect(rig.alert("b6/unlike-its-peers/1")?.phase ?? "inactive").toBe("inactive");
    rig.apply(put("b6", { model: "old" }));
    play(rig, 4, 5);
    expect(rig.alert("b6/unlike-its-peers/1")?.phase).toBe("firing");
    expect(rig.alert("b6/unlike-its-peers/1")?.evidence?.observed).toContain("median of 5 peers");
  });

  it("keeps what it knows of peers through a snapshot, and drops it with the rule", () => {
    const rig = rigWith(LOTS, DEVICES);
    play(rig, 4);
    const saved = rig.engine.takeUnsaved().filter(({ key }) => key.startsWith("cohort/"));
    expect(saved.map(({ key }) => key)).toEqual(["cohort/boiler/unlike-its-peers/"]);
    expect(Object.keys(JSON.parse(saved[0]?.value ?? "{}").peers)).toEqual(DEVICES);
    rig.apply({ ...head([])[1], hash: "without", appendedAt: minute(400) } as JournalRecord);
    const gone = rig.engine.takeUnsaved().filter(({ key }) => key.startsWith("cohort/"));
    expect(gone).toEqual([{ key: "cohort/boiler/unlike-its-peers/", value: undefined }]);
  });

  it("remembers a bounded number of peers, the same ones whatever the order", () => {
    const sizes = [0, 1].map((turn) => {
      const ids = Array.from({ length: 300 }, (_, i) => `d${turn === 0 ? i : 299 - i}`);
      const rig = rigWith(LOTS, ids);
      for (const [i, device] of ids.entries()) {
        for (const n of [0, 61]) {
          const at = minute(n) + (n === 0 ? 0 : i);
          rig.apply(measured({ ts: at }, { temp: 90 }, { at: minute(n) + i, device }));
        }
      }
      const saved = rig.engine.takeUnsaved().find(({ key }) => key.startsWith("cohort/"));
      return Object.keys(JSON.parse(saved?.value ?? "{}").peers).toSorted();
    });
    expect(sizes[0]).toHaveLength(256);
    expect(sizes[1]).toEqual(sizes[0]);
  });
});

test("a rule with levels is a watch without a case and an act with one", () => {
  const rig = rigWith(`  - id: warm
    kind: fault
    title: The boiler is warm
    why: It matters.
    levels:
      watch: { when: temp > 100, title: The boiler gets warm }
      act: { when: temp > 120, for: 2m }
    playbook: [{ escalate: { next: Look. } }]
`);
  const say = (n: number, temp: number) =>
    rig.apply(measured({ ts: minute(n) }, { temp }, { at: minute(n) }));
  say(0, 110);
  expect(rig.alert("b1/warm-watch/1")).toMatchObject({
    phase: "firing",
    level: "watch",
    title: "The boiler gets warm",
  });
  expect(rig.alert("b1/warm/1")?.phase ?? "inactive").toBe("inactive");
  for (const n of [1, 2, 3]) say(n, 125);
  expect(rig.alert("b1/warm/1")).toMatchObject({ phase: "firing", level: "act" });
  expect(rig.cases.map(({ rule }) => rule)).toEqual(["warm"]);
});

test("a deadline of a device that is days ahead of the fleet waits until the fleet is there", () => {
  const rig = rigWith(watch("dismissed-once", "event: { code: dismissed }"), ["b1", "b2"]);
  const ahead = START + 5 * DAY_MS;
  rig.apply(happened({ ts: minute(0) }, "dismissed", { at: minute(0) }));
  rig.apply(happened({ ts: ahead }, "dismissed", { at: minute(1) }));
  expect(rig.engine.serviceTime).toBeLessThan(ahead);
  rig.apply(measured({ ts: minute(2) }, { temp: 90 }, { at: minute(2), device: "b2" }));
  rig.apply(measured({ ts: minute(50) }, { temp: 90 }, { at: minute(50), device: "b2" }));
  expect(rig.alert("b1/dismissed-once/1")?.phase).toBe("firing");
  for (const n of [0, 1]) {
    rig.apply(measured({ ts: ahead + n }, { temp: 90 }, { at: ahead, device: "b2" }));
  }
  expect(rig.alert("b1/dismissed-once/1")?.phase).toBe("inactive");
});
