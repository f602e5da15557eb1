import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import {
  answer,
  happened,
  measured,
  minute,
  outcome,
  ruleset,
  tick,
} from "../../support/raw-messages.ts";
import { head } from "../../support/records.ts";

const read = (n: number, degrees: number, state: string | null = "on"): JournalRecord =>
  measured({ boot: 1, seq: n + 1, ts: minute(n) }, { temp: degrees, state }, { at: minute(n) });

function play(rig: EngineRig, from: number, degrees: readonly number[], state = "on"): number {
  degrees.forEach((d, i) => {
    rig.apply(read(from + i, d, state));
  });
  return from + degrees.length;
}

const hot = (n: number): number[] => Array.from({ length: n }, () => 150);
const cool = (n: number): number[] => Array.from({ length: n }, () => 80);

/** A case of too-hot; `change` alters the test product and rules before. */
function opened(
  change: { rules?: (text: string) => string; product?: (text: string) => string } = {},
  state = "on",
): { rig: EngineRig; next: number; first: string } {
  const rig = new EngineRig();
  rig.apply(...head(), ruleset(minute(0), { ...change }));
  const next = play(rig, 0, hot(3), state);
  return { rig, next, first: rig.commands[0]?.id ?? "" };
}

const action = (rig: EngineRig, step: number) => rig.caseOf("too-hot").actions[step];

/** The step of `reset`, which may run only while state != 'error', comes first. */
const resetFirst = (text: string): string =>
  text.replace(
    "- command: { name: cool, args: { level: 2 }, expiresIn: 10m }",
    "- command: { name: reset, expiresIn: 10m }",
  );

describe("a command that is not safe now", () => {
  test("waits until telemetry shows that it is, and goes out then", () => {
    const { rig, next } = opened({ rules: resetFirst }, "error");
    expect(rig.commands).toEqual([]);
    expect(action(rig, 0)).toMatchObject({ state: "waiting", what: "reset" });
    expect(action(rig, 0)?.detail).toContain("state != 'error'");
    rig.apply(read(next, 150, "error"));
    expect(rig.commands).toEqual([]);
    rig.apply(read(next + 1, 150, "on"));
    expect(rig.commands.map((c) => c.command)).toEqual(["reset"]);
    expect(rig.commands[0]?.expiresAt).toBe(minute(2) + 10 * MINUTE_MS);
  });

  test("does not go out while nobody can tell", () => {
    const { rig, next } = opened({ rules: resetFirst }, "error");
    rig.apply(read(next, 150, null));
    expect(rig.commands).toEqual([]);
  });

  test("is given up when its time is up, never sent, and says why", () => {
    const { rig, next } = opened({ rules: resetFirst }, "error");
    play(rig, next, hot(11), "error");
    expect(rig.commands.filter((c) => c.caseId !== null).map((c) => c.command)).not.toContain(
      "cool",
    );
    expect(action(rig, 0)).toMatchObject({ state: "expired", proof: "not_proved" });
    expect(rig.events.map((e) => e.reason).join("\n")).toContain("never safe to send");
  });
});

describe("a step that only the owner may allow", () => {
  test("because its command needs consent goes to a person with the reason, and nothing is sent", () => {
    const { rig } = opened({
      product: (text) => text.replace("title: Cool down,", "title: Cool down, needsConsent: true,"),
    });
    expect(rig.count("rulesets_refused_total")).toBe(0);
    expect(rig.kinds).toEqual(["opened", "escalated"]);
    expect(rig.events[1]?.reason).toContain('cool {"level":2} needs the owner\'s consent');
    expect(rig.caseOf("too-hot")).toMatchObject({ stage: "escalated", callback: true });
    expect(rig.commands).toEqual([]);
  });

  test("because advice on this device needs consent goes to a person too", () => {
    const rig = new EngineRig();
    const product = (text: string) =>
      text.replace("title: Show a text,", "title: Show a text, needsConsent: true,");
    rig.apply(...head(), ruleset(minute(0), { product }));
    for (let i = 0; i < 3; i++) {
      rig.apply(happened({ boot: 1, seq: i + 1, ts: minute(i) }, "dismissed", { at: minute(i) }));
    }
    expect(rig.kinds).toEqual(["opened", "escalated"]);
    expect(rig.commands).toEqual([]);
  });
});

describe("the proof", () => {
  test("counts only from readings after the delivery", () => {
    const { rig, next, first } = opened();
    rig.apply(read(next, 90));
    rig.apply(
      outcome(first, minute(next) + 1),
      answer(first, "succeeded", { at: minute(next) + 2 }),
    );
    expect(rig.kinds).not.toContain("proved");
    rig.apply(read(next + 1, 90));
    expect(rig.kinds).toContain("proved");
  });

  test("that does not come in time is said, and the next step is tried", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next)), answer(first, "succeeded", { at: minute(next) }));
    play(rig, next, hot(16));
    expect(action(rig, 0)).toMatchObject({ state: "succeeded", proof: "not_proved" });
    expect(rig.events.find((e) => e.kind === "not_proved")?.reason).toContain("temp < 100.0");
  });

  test("is still possible when the device acts and never answers", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next)));
    play(rig, next + 1, cool(8));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "resolved", resolution: "fixed" });
  });

  test("followed by an alert that goes on for a day goes to the next step", () => {
    const { rig, next, first } = opened({
      rules: (text) =>
        text.replace(
          "verify: { when: temp < 100.0, within: 15m }",
          "verify: { when: state == 'off', within: 15m }",
        ),
    });
    rig.apply(
      outcome(first, minute(next) - 2),
      answer(first, "succeeded", { at: minute(next) - 1 }),
    );
    play(rig, next, hot(1), "off");
    expect(rig.caseOf("too-hot").stage).toBe("watching");
    play(rig, next + 1, hot(1));
    rig.apply(tick(minute(next) + DAY_MS + HOUR_MS));
    expect(rig.events.some((e) => e.reason.includes("did not clear"))).toBe(true);
    expect(rig.commands.map((c) => c.command)).toContain("reset");
  });

  test("of advice that was followed closes nothing while the rule cannot tell, and closes it when it can", () => {
    const rig = new EngineRig();
    rig.apply(...head());
    const event = (n: number, seq: number) =>
      rig.apply(happened({ boot: 1, seq, ts: minute(n) }, "dismissed", { at: minute(n) }));
    for (let i = 0; i < 3; i++) event(i, i + 1);
    const advice = rig.commands[0]?.id ?? "";
    rig.apply(outcome(advice, minute(4)));
    const gone: JournalRecord = {
      kind: "connection",
      appendedAt: minute(5),
      device: "b1",
      state: "disconnected",
      reason: "",
    };
    rig.apply(gone, tick(minute(5) + DAY_MS));
    const alert = () => rig.alert("b1/warning-ignored/1");
    expect(alert()?.unknown).toBe(true);
    const at = minute(10) + DAY_MS;
    rig.apply(measured({ boot: 1, seq: 4, ts: at }, { state: "off" }, { at }));
    expect(rig.kinds).toContain("proved");
    expect(alert()?.unknown === true && rig.caseOf("warning-ignored").status === "resolved").toBe(
      false,
    );
    for (let h = 1; h <= 3; h++) {
      const later = at + h * HOUR_MS;
      rig.apply(measured({ boot: 1, seq: 4 + h, ts: later }, { state: "on" }, { at: later }));
    }
    expect(rig.caseOf("warning-ignored")).toMatchObject({
      status: "resolved",
      resolution: "fixed",
    });
  });
});

describe("advice beside an escalation", () => {
  test("that the device never fetched is shown as expired, and the case still waits for the person", () => {
    const { rig, next } = opened();
    for (const step of [0, 1]) {
      rig.apply(answer(rig.commands[step]?.id ?? "", "rejected", { at: minute(next) }));
    }
    const shown = rig.commands.at(-1);
    expect(shown).toMatchObject({ command: "show", args: { text: "Please do not use it." } });
    rig.apply(tick(minute(next) + DAY_MS + MINUTE_MS));
    const view = rig.caseOf("too-hot");
    expect(view.actions.find((a) => a.id === shown?.id)?.state).toBe("expired");
    expect(view).toMatchObject({ status: "open", stage: "escalated" });
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(shown?.id);
  });
});
