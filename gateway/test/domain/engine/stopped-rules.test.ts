import { describe, expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { BOILER_NEIGHBOURS } from "../../support/boiler-ruleset.ts";
import { failing, whenReads } from "../../support/failing-rules.ts";
import { randomJournal } from "../../support/random-journal.ts";
import { happened, measured, minute, ruleset, tick } from "../../support/raw-messages.ts";
import { head } from "../../support/records.ts";

const POISON = 666;
const temp = (n: number, degrees: number, device = "b1"): JournalRecord =>
  measured(
    { boot: 1, seq: n + 1, ts: minute(n) },
    { temp: degrees, state: "on" },
    { at: minute(n), device },
  );

/** Two hot devices with a case each; the first one then sends what too-hot cannot stand. */
function poisoned(): EngineRig {
  const rig = new EngineRig({ compile: failing({ "too-hot": whenReads("temp", POISON) }) });
  rig.apply(...head(["b1", "b2"]));
  for (const n of [0, 1, 2]) rig.apply(temp(n, 150), temp(n, 150, "b2"));
  expect(rig.cases.map((c) => c.rule)).toEqual(["too-hot", "too-hot"]);
  rig.apply(temp(3, POISON));
  return rig;
}

describe("a rule that fails on a record", () => {
  test("is stopped on all devices: alerts unknown, commands taken back, cases with a person", () => {
    const rig = poisoned();
    expect(rig.cases.map((c) => c.stage)).toEqual(["escalated", "escalated"]);
    expect(rig.alert("b1/too-hot/1")).toMatchObject({ phase: "firing", unknown: true });
    expect(rig.alert("b2/too-hot/1")).toMatchObject({ phase: "firing", unknown: true });
    expect(rig.effects.at(-1)?.cancelled.toSorted()).toEqual(rig.commands.map((c) => c.id).sort());
    const told = rig.events.filter((e) => e.kind === "rule_stopped");
    expect(told.map((e) => e.caseId).sort()).toEqual(rig.cases.map((c) => c.id).sort());
    expect(told[0]?.reason).toContain("RangeError: no rule can stand this samples");
  });

  test("is told with device, record and reason, and counted once", () => {
    const rig = poisoned();
    rig.apply(temp(4, POISON), temp(4, POISON, "b2"));
    expect(rig.engine.stoppedRules).toMatchObject([
      { product: "boiler", rule: "too-hot", device: "b1", offset: 11, at: minute(3) },
    ]);
    expect(rig.count("rules_stopped_total")).toBe(1);
  });

  test("stays silent for good, and neither clears nor opens anything", () => {
    const rig = poisoned();
    for (let n = 4; n < 40; n++) rig.apply(temp(n, 80), temp(n, 150, "b2"));
    expect(rig.cases.map((c) => c.status)).toEqual(["open", "open"]);
    expect(rig.kinds.filter((k) => k === "refired" || k === "opened")).toHaveLength(2);
  });

  test("leaves the other rules to judge the same record as if it did not exist", () => {
    const rig = poisoned();
    rig.apply(tick(minute(60)));
    expect(rig.cases.filter((c) => c.rule === "silent")).toHaveLength(2);
    expect(rig.device("b1")?.signals.temp?.value).toBe(POISON);
  });

  test("goes on with another definition, from a fresh memory, and keeps its open case", () => {
    const rig = poisoned();
    const changed = (text: string) => text.replace("It wears the seals.", "It wears all seals.");
    rig.apply(ruleset(minute(4), { rules: changed }));
    expect(rig.engine.stoppedRules).toEqual([]);
    for (let n = 4; n < 8; n++) rig.apply(temp(n, 150), temp(n, 150, "b2"));
    expect(rig.alert("b1/too-hot/1")).toMatchObject({ phase: "firing", unknown: false });
    for (let n = 8; n < 20; n++) rig.apply(temp(n, 80), temp(n, 80, "b2"));
    expect(rig.cases.map((c) => c.status)).toEqual(["resolved", "resolved"]);
  });

  test("stays stopped under a ruleset that changes other rules only, and ends with a higher keyVersion", () => {
    const rig = poisoned();
    const other = (text: string) => text.replace("The boiler is silent", "Nothing is heard");
    rig.apply(ruleset(minute(4), { rules: other }));
    expect(rig.engine.stoppedRules).toHaveLength(1);
    const raised = (text: string) =>
      text.replace("- id: too-hot\n", "- id: too-hot\n    keyVersion: 2\n");
    rig.apply(ruleset(minute(5), { rules: raised }));
    expect(rig.engine.stoppedRules).toEqual([]);
    for (let n = 5; n < 9; n++) rig.apply(temp(n, 150));
    expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(3);
  });

  test("is forgotten when it is removed, and its case waits for a person as before", () => {
    const rig = poisoned();
    rig.apply(ruleset(minute(4), { rules: (text) => text.replace("id: too-hot", "id: other") }));
    expect(rig.engine.stoppedRules).toEqual([]);
    expect(rig.cases.map((c) => c.stage)).toEqual(["escalated", "escalated"]);
    expect(rig.kinds).not.toContain("rule_removed");
  });

  test("leaves nothing of its half-changed memory behind", () => {
    const compile = failing({ "warning-ignored": (input) => input.at === minute(3) });
    const rig = new EngineRig({ compile });
    rig.apply(...head());
    for (const n of [1, 2, 3]) {
      rig.apply(happened({ boot: 1, seq: n, ts: minute(n) }, "dismissed", { at: minute(n) }));
    }
    expect(rig.engine.stoppedRules).toMatchObject([{ rule: "warning-ignored", at: minute(3) }]);
    expect(JSON.stringify(rig.engine.takeUnsaved())).not.toContain("half");
  });

  test("fires nothing when it fails while it explains", () => {
    const compile = failing({ "too-hot": () => true }, "explain");
    const rig = new EngineRig({ compile });
    rig.apply(...head());
    for (const n of [0, 1, 2, 3]) rig.apply(temp(n, 150));
    expect(rig.engine.stoppedRules).toMatchObject([{ rule: "too-hot", at: minute(2) }]);
    expect(rig.cases).toEqual([]);
    expect(rig.count("alerts_total")).toBe(0);
  });

  test("turns rules that are made of it unknown", () => {
    const compile = failing({ warm: whenReads("temp", POISON) });
    const rig = new EngineRig({ compile });
    const [config, rules, ...rest] = head();
    if (rules?.kind !== "ruleset" || config === undefined) throw new Error("no ruleset");
    rig.apply(config, { ...rules, rules: [...rules.rules, BOILER_NEIGHBOURS] }, ...rest);
    rig.apply(temp(0, 110), temp(1, 110));
    expect(rig.alert("b1/something/1")).toMatchObject({ phase: "firing", unknown: false });
    rig.apply(temp(2, POISON));
    expect(rig.engine.stoppedRules.map((s) => s.rule)).toEqual(["warm"]);
    expect(rig.alert("b1/something/1")).toMatchObject({ phase: "firing", unknown: true });
  });
});

/** The first device on which each of these rules meets such a reading stops it, somewhere in the middle. */
const compile = failing({
  "too-hot": whenReads("temp", 155),
  warm: whenReads("temp", 84),
  silent: (input) => input.kind === "deadline" && input.at % 7 === 0,
  "warning-ignored": (input) => input.kind === "event" && input.at % 5 === 0,
});

describe.each([3, 4, 5])("a random journal whose rules fail (seed %i)", (seed) => {
  const records = randomJournal(seed, 900, { rules: [BOILER_NEIGHBOURS] });
  const outcome = (engine: Engine, from: number): readonly string[] =>
    records.slice(from).flatMap((record, i): string[] => {
      const effects = engine.apply(from + i + 1, record);
      return effects === undefined ? [] : [JSON.stringify(effects)];
    });

  test("gives the same decisions from empty and from any snapshot, stops included", () => {
    const whole = outcome(new Engine([], { compile }), 0);
    expect(whole.join("\n")).toContain("rules_stopped_total");
    const live = new Engine([], { compile });
    const saved = new Map<string, string | undefined>();
    const done: string[] = [];
    for (const [i, record] of records.entries()) {
      const effects = live.apply(i + 1, record);
      if (effects !== undefined) done.push(JSON.stringify(effects));
      if (i % 90 !== 17) continue;
      for (const { key, value } of live.takeUnsaved()) saved.set(key, value);
      const entries = [...saved].map(([key, value]) => ({ key, value }));
      const restored = new Engine(entries, { compile });
      expect(restored.stoppedRules).toEqual(live.stoppedRules);
      expect([...done, ...outcome(restored, i + 1)]).toEqual(whole);
    }
  });
});
