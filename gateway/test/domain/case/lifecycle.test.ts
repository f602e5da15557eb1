import { describe, expect, test } from "vitest";
import type { AgentVerdict, JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { act, answer, measured, minute, tick } from "../../support/raw-messages.ts";
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

/** … whose steps have failed, so that a person must act. */
function escalated(): { rig: EngineRig; id: string; next: number } {
  const made = opened();
  const { rig } = made;
  for (let step = 0; step < 2; step++) {
    rig.apply(answer(rig.commands[step]?.id ?? "", "rejected", { at: minute(made.next) }));
  }
  expect(rig.caseOf("too-hot").stage).toBe("escalated");
  return made;
}

describe("a person", () => {
  test("takes a case: it says who, and only an open one can be taken", () => {
    const { rig, id } = opened();
    expect(rig.apply(act({ name: "acknowledge", caseId: id }, minute(3)))?.answer).toEqual({
      ok: true,
      id,
    });
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "acknowledged", acknowledgedBy: "anna" });
    rig.apply(act({ name: "resolve", caseId: id, comment: "" }, minute(4)));
    const again = rig.apply(act({ name: "acknowledge", caseId: id }, minute(5)))?.answer;
    expect(again).toMatchObject({ ok: false, status: 409 });
  });

  test("closes it: what waits for the device is taken back, and the same episode stays closed", () => {
    const { rig, id, next } = opened();
    rig.apply(act({ name: "resolve", caseId: id, comment: "Replaced the relay." }, minute(next)));
    expect(rig.caseOf("too-hot")).toMatchObject({
      status: "resolved",
      resolution: "by_agent",
      stage: "done",
    });
    expect(rig.events.at(-1)).toMatchObject({
      kind: "resolved",
      by: "anna",
      reason: "Replaced the relay.",
    });
    expect(rig.effects.at(-1)?.cancelled).toEqual([rig.commands[0]?.id]);
    expect(rig.device("b1")?.commands[0]?.state).toBe("cancelled");
    play(rig, next, hot(20));
    expect(rig.caseOf("too-hot").status).toBe("resolved");
    expect(
      rig.apply(act({ name: "resolve", caseId: id, comment: "" }, minute(40)))?.answer,
    ).toMatchObject({
      status: 409,
    });
  });

  test("closing it also takes back the advice beside an escalation that the device never saw", () => {
    const { rig, id, next } = escalated();
    const advice = rig.commands.at(-1);
    expect(advice?.command).toBe("show");
    rig.apply(act({ name: "resolve", caseId: id, comment: "" }, minute(next)));
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(advice?.id);
    expect(rig.caseOf("too-hot").actions.filter((a) => a.state === "waiting")).toEqual([]);
  });

  test("opens it again: the next step is tried, and it cannot be opened twice", () => {
    const { rig, id, next } = opened();
    rig.apply(act({ name: "resolve", caseId: id, comment: "" }, minute(next)));
    rig.apply(act({ name: "reopen", caseId: id, comment: "It still smells" }, minute(next + 1)));
    expect(rig.caseOf("too-hot")).toMatchObject({
      status: "open",
      resolvedAt: null,
      resolution: null,
      refires: 1,
    });
    expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset"]);
    const again = rig.apply(
      act({ name: "reopen", caseId: id, comment: "" }, minute(next + 2)),
    )?.answer;
    expect(again).toMatchObject({ ok: false, status: 409 });
  });

  test("cannot open an old case while a newer one of the same rule is open", () => {
    const { rig, id, next } = opened();
    const verdict = { name: "verdict", caseId: id, verdict: "false_alarm", comment: "" } as const;
    rig.apply(act(verdict, minute(next)));
    const after = play(rig, next + 1, [...cool(70), ...hot(4)]);
    const open = rig.cases.filter((c) => c.status !== "resolved");
    expect(open).toHaveLength(1);
    const refused = rig.apply(
      act({ name: "reopen", caseId: id, comment: "" }, minute(after)),
    )?.answer;
    expect(refused).toMatchObject({ ok: false, status: 409 });
    expect(JSON.stringify(refused)).toContain(open[0]?.id);
  });

  test("who opens an older case again makes it the one that telemetry closes", () => {
    const { rig, id, next } = opened();
    rig.apply(
      act({ name: "verdict", caseId: id, verdict: "false_alarm", comment: "" }, minute(next)),
    );
    const after = play(rig, next + 1, [...cool(70), ...hot(4)]);
    const second = rig.cases.find((c) => c.id !== id)?.id ?? "";
    rig.apply(act({ name: "resolve", caseId: second, comment: "" }, minute(after)));
    rig.apply(act({ name: "reopen", caseId: id, comment: "" }, minute(after)));
    play(rig, after, cool(10));
    expect(rig.cases.map((c) => c.status)).toEqual(["resolved", "resolved"]);
  });

  test.each(["confirmed", "deferred"] as const)(
    "judging it %s leaves it open and says so",
    (verdict: AgentVerdict) => {
      const { rig, id } = opened();
      rig.apply(act({ name: "verdict", caseId: id, verdict, comment: "seen" }, minute(3)));
      expect(rig.caseOf("too-hot")).toMatchObject({ status: "open", verdict });
      expect(rig.events.at(-1)).toMatchObject({ kind: "verdict", by: "anna" });
    },
  );

  test.each([
    ["false_alarm", "false_alarm"],
    ["sensor_fault", "false_alarm"],
    ["duplicate", "by_agent"],
  ] as const)("judging it %s closes it and keeps its key quiet", (verdict, resolution) => {
    const { rig, id } = opened();
    rig.apply(act({ name: "verdict", caseId: id, verdict, comment: "seen" }, minute(3)));
    expect(rig.caseOf("too-hot")).toMatchObject({ verdict, resolution, suppressed: true });
    expect(rig.caseOf("too-hot").nextStep).toContain("Nothing new opens for this rule");
    expect(rig.kinds.slice(-3)).toEqual(["verdict", "resolved", "suppressed"]);
  });

  test("asking twice with one key gets the first answer and does nothing twice", () => {
    const { rig, id } = opened();
    const action = act({ name: "comment", caseId: id, comment: "Called." }, minute(3), "anna/k1");
    rig.apply(action, { ...action, appendedAt: minute(4) });
    expect(rig.kinds.filter((k) => k === "comment")).toHaveLength(1);
    expect(rig.effects.at(-1)?.answer).toEqual({ ok: true, id });
  });

  test("is told when there is no such case, and when it is too old", () => {
    const { rig, id, next } = opened();
    const unknown = rig.apply(act({ name: "acknowledge", caseId: "c-none" }, minute(3)))?.answer;
    expect(unknown).toMatchObject({ ok: false, status: 404 });
    rig.apply(act({ name: "resolve", caseId: id, comment: "" }, minute(next)));
    rig.apply(tick(START + 31 * DAY_MS));
    const late = rig.apply(
      act({ name: "reopen", caseId: id, comment: "" }, START + 31 * DAY_MS),
    )?.answer;
    expect(late).toMatchObject({ ok: false, status: 404 });
  });
});

describe("recovery by telemetry", () => {
  test("closes an escalated case that nobody has taken", () => {
    const { rig, next } = escalated();
    play(rig, next, cool(8));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "resolved", resolution: "recovered" });
  });

  test.each([
    ["acknowledged", { name: "acknowledge" }],
    ["commented", { name: "comment", comment: "On my way." }],
    ["judged", { name: "verdict", verdict: "confirmed", comment: "" }],
  ] as const)(
    "leaves an escalated case that was %s to that person, and says what it saw",
    (_title, action) => {
      const { rig, id, next } = escalated();
      rig.apply(act({ ...action, caseId: id }, minute(next)));
      play(rig, next, cool(8));
      expect(rig.caseOf("too-hot").status).not.toBe("resolved");
      expect(rig.kinds).toContain("alert_cleared");
      expect(rig.kinds).not.toContain("resolved");
    },
  );

  test("closes a case before any step was carried out, and takes the command back", () => {
    const { rig, next } = opened();
    play(rig, next, cool(8));
    expect(rig.caseOf("too-hot")).toMatchObject({ status: "resolved", resolution: "recovered" });
    expect(rig.effects.flatMap((e) => e.cancelled)).toContain(rig.commands[0]?.id);
  });

  test("after the reopening window is a new case; within it the old one", () => {
    const { rig, id, next } = opened();
    const after = play(rig, next, cool(8));
    play(rig, after + 70 * 60, hot(4));
    expect(rig.caseOf("too-hot")).toMatchObject({ id, status: "open", refires: 1 });
    const again = play(rig, after + 70 * 60 + 4, cool(8));
    play(rig, again + 80 * 60, hot(4));
    expect(rig.cases.filter((c) => c.rule === "too-hot")).toHaveLength(2);
  });

  test("is not what silence is: a lost device keeps its case open for days", () => {
    const { rig, next } = escalated();
    for (let h = 1; h < 72; h++) rig.apply(tick(minute(next) + h * HOUR_MS));
    expect(rig.caseOf("too-hot").status).toBe("open");
    expect(rig.alert("b1/too-hot/1")?.phase).toBe("firing");
  });
});
