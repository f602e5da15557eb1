import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import {
  act,
  answer,
  measured,
  minute,
  outcome,
  ruleset,
  tick,
} from "../../support/raw-messages.ts";
import { head, START } from "../../support/records.ts";

const temp = (n: number, degrees: number, device = "b1"): JournalRecord =>
  measured(
    { boot: 1, seq: n + 1, ts: minute(n) },
    { temp: degrees, state: "on" },
    { at: minute(n), device },
  );

/** Plays one reading a minute, `degrees` long. */
function play(rig: EngineRig, from: number, degrees: readonly number[], device = "b1"): number {
  degrees.forEach((d, i) => {
    rig.apply(temp(from + i, d, device));
  });
  return from + degrees.length;
}

const HOT = [150, 150, 150];
const hot = (n: number): number[] => Array.from({ length: n }, () => 150);
const cool = (n: number): number[] => Array.from({ length: n }, () => 80);

/** A case of too-hot that stands with its first step. */
function opened(): { rig: EngineRig; id: string; next: number } {
  const rig = new EngineRig();
  rig.apply(...head());
  const next = play(rig, 0, HOT);
  return { rig, id: rig.caseOf("too-hot").id, next };
}

describe("a ruleset", () => {
  test("without the rule hands its open case to a person, takes commands back and shows the alert unknown", () => {
    const { rig, next } = opened();
    const without = (text: string) => text.replace("id: too-hot", "id: other");
    rig.apply(ruleset(minute(next), { rules: without }));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "open", stage: "escalated" });
    expect(rig.kinds.slice(-2)).toEqual(["rule_removed", "escalated"]);
    expect(rig.effects.at(-1)?.cancelled).toEqual([rig.commands[0]?.id]);
    expect(rig.alert("b1/too-hot/1")).toMatchObject({ phase: "firing", unknown: true });
    play(rig, next, cool(30));
    expect(rig.caseOf("too-hot").status).toBe("open");
  });

  test("with changed texts, limits and playbook keeps the open alert and its case", () => {
    const { rig, id, next } = opened();
    const changed = (text: string) =>
      text
        .replace("temp > 135.0", "temp > 130.0")
        .replace("The boiler runs too hot", "Far too hot");
    rig.apply(ruleset(minute(next), { rules: changed }));
    play(rig, next, hot(10));
    expect(rig.caseOf("too-hot")).toMatchObject({ id, status: "open", refires: 0 });
    expect(rig.kinds.filter((k) => k === "opened")).toHaveLength(1);
    play(rig, next + 10, cool(8));
    expect(rig.kinds).toContain("alert_cleared");
  });

  test("that raises keyVersion means another problem: the old case goes to a person, a new alert begins", () => {
    const { rig, id, next } = opened();
    const raised = (text: string) =>
      text.replace("- id: too-hot\n", "- id: too-hot\n    keyVersion: 2\n");
    rig.apply(ruleset(minute(next), { rules: raised }));
    expect(rig.cases.find((c) => c.id === id)?.stage).toBe("escalated");
    expect(rig.alert("b1/too-hot/1")).toMatchObject({ unknown: true });
    play(rig, next, hot(4));
    const newer = rig.cases.find((c) => c.id !== id);
    expect(newer).toMatchObject({ rule: "too-hot", status: "open", onsetAt: minute(next) });
    expect(rig.alert("b1/too-hot/2")).toMatchObject({ phase: "firing", unknown: false });
  });

  test("that is the same by content changes nothing, and one that does not compile is refused and counted", () => {
    const { rig, next } = opened();
    rig.apply(ruleset(minute(next), { hash: "h1", rules: () => "nonsense" }));
    expect(rig.count("rulesets_refused_total")).toBe(0);
    rig.apply(ruleset(minute(next), { rules: () => "product: boiler\nrules: 7" }));
    expect(rig.count("rulesets_refused_total")).toBe(1);
    play(rig, next, hot(2));
    expect(rig.caseOf("too-hot").status).toBe("open");
  });
});

describe("a device that is removed", () => {
  const remove = (at: number): JournalRecord => ({
    kind: "registry",
    appendedAt: at,
    change: "remove",
    device: { id: "b1", product: "boiler", attrs: {}, cohort: "", owner: "", activatedAt: START },
    by: "anna",
  });

  test("closes its cases with the reason, takes its commands back and is heard no more", () => {
    const { rig, next } = opened();
    rig.apply(remove(minute(next)));
    const closing = rig.events.at(-1);
    expect(closing).toMatchObject({ kind: "resolved" });
    expect(closing?.reason).toContain("removed");
    expect(rig.webhooks.map((w) => w.type)).toEqual(["case.opened", "case.resolved"]);
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(rig.commands[0]?.id);
    expect(rig.device("b1")).toBeUndefined();
    rig.apply(tick(minute(next) + 5 * DAY_MS), temp(next, 150));
    expect(rig.quarantine.at(-1)?.code).toBe("unknown_device");
    expect(rig.engine.nextDeadline()).toBeUndefined();
  });

  test("takes an engineer's command back too, with the case's closing in the views", () => {
    const { rig, id, next } = opened();
    const command = {
      name: "command",
      device: "b1",
      command: "cool",
      args: { level: 1 },
      expiresInMs: HOUR_MS,
    } as const;
    const asked = rig.apply(act(command, minute(next)))?.answer;
    rig.apply(remove(minute(next)));
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(asked?.ok === true ? asked.id : "");
    expect(rig.cases.find((c) => c.id === id)?.status).toBe("resolved");
  });

  test("whose answer comes afterwards disturbs nobody", () => {
    const { rig, next } = opened();
    const id = rig.commands[0]?.id ?? "";
    rig.apply(
      remove(minute(next)),
      outcome(id, minute(next)),
      answer(id, "succeeded", { at: minute(next) }),
    );
    expect(rig.events.at(-1)?.kind).toBe("resolved");
  });
});
