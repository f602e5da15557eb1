import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { BOILER_PRODUCT } from "../../support/boiler-ruleset.ts";
import { act, measured, minute } from "../../support/raw-messages.ts";
import { registered, START } from "../../support/records.ts";

const RULES = `product: boiler
rules:
  - id: temperature-left-its-normal
    kind: fault
    baseline: { signal: temp, season: none }
    title: The temperature is where it never was
    why: Something changed.
    playbook:
      - escalate: { next: Look at it. }
`;

const HEAD: readonly JournalRecord[] = [
  { kind: "config", appendedAt: START, clock: "live" },
  {
    kind: "ruleset",
    appendedAt: START,
    hash: "learned",
    products: [BOILER_PRODUCT],
    rules: [{ path: "rules/learned.yaml", text: RULES }],
  },
  { kind: "registry", appendedAt: START, change: "put", device: registered(), by: "test" },
];

/** One reading a minute around `degrees`. */
function play(
  rig: EngineRig,
  from: number,
  { degrees, count }: { degrees: number; count: number },
) {
  for (let n = from; n < from + count; n++) {
    const temp = degrees + ((n * 7) % 5) / 10;
    rig.apply(measured({ boot: 1, seq: n + 1, ts: minute(n) }, { temp }, { at: minute(n) }));
  }
  return from + count;
}

/** A device with a learned normal of 80 and an open case of 120. */
function opened() {
  const rig = new EngineRig();
  rig.apply(...HEAD);
  let next = play(rig, 0, { degrees: 80, count: 600 });
  next = play(rig, next, { degrees: 120, count: 10 });
  expect(rig.cases).toHaveLength(1);
  return { rig, next, id: rig.caseOf("temperature-left-its-normal").id };
}

const phase = (rig: EngineRig) => rig.alert("b1/temperature-left-its-normal/1")?.phase;

describe("what a learning rule takes from its case", () => {
  test("a false alarm makes the present normal, so that the alert ends although nothing changed", () => {
    const { rig, next, id } = opened();
    rig.apply(
      act({ name: "verdict", caseId: id, verdict: "false_alarm", comment: "" }, minute(next)),
    );
    play(rig, next + 1, { degrees: 120, count: 30 });
    expect(phase(rig)).toBe("inactive");
    expect(rig.cases).toHaveLength(1);
  });

  test("without a word from a person the alert stands as long as the change is new", () => {
    const { rig, next } = opened();
    play(rig, next + 1, { degrees: 120, count: 30 });
    expect(phase(rig)).toBe("firing");
  });
});
