import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { answer, measured, minute, outcome, ruleset } from "../../support/raw-messages.ts";
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

describe("an answer of the device", () => {
  test.each(["failed", "rejected", "expired"] as const)(
    "%s goes on to the next step at once",
    (said) => {
      const { rig, next, first } = opened();
      rig.apply(
        outcome(first, minute(next)),
        answer(first, said, { at: minute(next), code: "low_water" }),
      );
      expect(action(rig, 0)).toMatchObject({
        state: said,
        proof: "not_proved",
        detail: "low_water",
      });
      expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset"]);
    },
  );

  test("duplicate counts as what the device had answered then", () => {
    const { rig, next, first } = opened();
    rig.apply(
      outcome(first, minute(next)),
      answer(first, "duplicate", { at: minute(next), was: "succeeded" }),
    );
    expect(action(rig, 0)?.state).toBe("succeeded");
    rig.apply(answer(first, "duplicate", { at: minute(next), was: "succeeded" }));
    expect(rig.kinds.filter((k) => k === "command_result")).toHaveLength(1);
  });

  test("duplicate that names nothing changes nothing", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next)), answer(first, "duplicate", { at: minute(next) }));
    expect(action(rig, 0)?.state).toBe("delivered");
    expect(rig.kinds).not.toContain("command_result");
  });

  test("that it has begun, after how it ended, does not undo the end", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next)), answer(first, "succeeded", { at: minute(next) }));
    rig.apply(
      answer(first, "accepted", { at: minute(next) }),
      answer(first, "failed", { at: minute(next) }),
    );
    expect(action(rig, 0)?.state).toBe("succeeded");
    expect(rig.device("b1")?.commands[0]?.state).toBe("succeeded");
    expect(rig.commands).toHaveLength(1);
  });

  test("before its delivery is known shows that it was delivered", () => {
    const { rig, next, first } = opened();
    rig.apply(answer(first, "succeeded", { at: minute(next) }), outcome(first, minute(next) + 1));
    expect(rig.kinds.slice(-2)).toEqual(["command_delivered", "command_result"]);
    expect(rig.kinds.filter((k) => k === "command_delivered")).toHaveLength(1);
    expect(action(rig, 0)?.state).toBe("succeeded");
  });

  test("after our own time-out is noted and acted upon no more", () => {
    const { rig, next, first } = opened();
    play(rig, next, hot(12));
    expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset"]);
    rig.apply(answer(first, "accepted", { at: minute(20) }));
    expect(rig.device("b1")?.commands.find((c) => c.id === first)?.state).toBe("expired");
    rig.apply(answer(first, "succeeded", { at: minute(20) }));
    expect(rig.events.at(-1)?.reason).toContain("after the step was given up");
    expect(action(rig, 0)?.state).toBe("succeeded");
    expect(rig.caseOf("too-hot").stage).toBe("acting");
    expect(rig.commands).toHaveLength(2);
  });

  test("to a command that nobody sent is counted and changes nothing", () => {
    const { rig, next } = opened();
    rig.apply(answer("a-unknown", "succeeded", { at: minute(next) }));
    expect(rig.kinds).not.toContain("command_result");
    expect(rig.count("command_results_total")).toBe(1);
  });
});

describe("the outbox's report", () => {
  test("of one delivery, twice, is one delivery", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next)), outcome(first, minute(next) + 1));
    expect(rig.kinds.filter((k) => k === "command_delivered")).toHaveLength(1);
    expect(rig.count("commands_sent_total")).toBe(1);
  });

  test("that it can never be sent goes on to the next step", () => {
    const { rig, next, first } = opened();
    rig.apply(outcome(first, minute(next), { outcome: "refused", detail: "payload too large" }));
    expect(action(rig, 0)).toMatchObject({ state: "failed", detail: "payload too large" });
    expect(rig.kinds).not.toContain("command_delivered");
    expect(rig.commands.map((c) => c.command)).toEqual(["cool", "reset"]);
  });

  test("after the command was taken back changes nothing", () => {
    const { rig, next, first } = opened();
    play(rig, next, cool(8));
    expect(rig.caseOf("too-hot").status).toBe("resolved");
    const before = rig.events.length;
    rig.apply(outcome(first, minute(20)));
    expect(rig.events).toHaveLength(before);
  });
});
