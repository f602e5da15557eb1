import { describe, expect, test } from "vitest";
import type { Action, JournalRecord } from "#domain/record.ts";
import { HOUR_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { act, answer, measured, minute, outcome, tick } from "../../support/raw-messages.ts";
import { head } from "../../support/records.ts";

type Command = Extract<Action, { name: "command" }>;

const ask = (command: string, args: Command["args"] = {}, device = "b1"): Command => ({
  name: "command",
  device,
  command,
  args,
  expiresInMs: HOUR_MS,
});

const read = (n: number, state: string): JournalRecord =>
  measured({ boot: 1, seq: n + 1, ts: minute(n) }, { temp: 80, state }, { at: minute(n) });

function rig(): EngineRig {
  const made = new EngineRig();
  made.apply(...head(), read(0, "on"));
  return made;
}

const line = (made: EngineRig) => made.device("b1")?.commands[0];

describe("an engineer's command", () => {
  test("is owed to the device with its arguments, its expiry and a rising counter", () => {
    const made = rig();
    const first = made.apply(act(ask("cool", { level: 2 }), minute(1)))?.answer;
    made.apply(act(ask("cool", { level: 3 }), minute(1)));
    expect(first?.ok).toBe(true);
    expect(
      made.commands.map(({ command, args, expiresAt, caseId, counter }) => ({
        command,
        args,
        expiresAt,
        caseId,
        counter,
      })),
    ).toEqual([
      { command: "cool", args: { level: 2 }, expiresAt: minute(61), caseId: null, counter: 1 },
      { command: "cool", args: { level: 3 }, expiresAt: minute(61), caseId: null, counter: 2 },
    ]);
    expect(line(made)).toMatchObject({ by: "anna", state: "waiting" });
  });

  test("is asked for once per key, however often the request comes", () => {
    const made = rig();
    const request = act(ask("cool", { level: 2 }), minute(1), "anna/once");
    made.apply(request, { ...request, appendedAt: minute(2) });
    expect(made.commands).toHaveLength(1);
  });

  test("is refused while it is not safe, and while nobody can tell", () => {
    const made = rig();
    made.apply(read(1, "error"));
    expect(made.apply(act(ask("reset"), minute(1)))?.answer).toMatchObject({
      ok: false,
      status: 409,
    });
    made.apply({
      kind: "connection",
      appendedAt: minute(2),
      device: "b1",
      state: "disconnected",
      reason: "",
    });
    const unknown = made.apply(act(ask("reset"), minute(2)))?.answer;
    expect(JSON.stringify(unknown)).toContain("cannot be told");
    made.apply(read(2, "on"));
    expect(made.apply(act(ask("reset"), minute(3)))?.answer).toMatchObject({ ok: true });
    expect(made.commands.map((c) => c.command)).toEqual(["reset"]);
  });

  test.each([
    ["for a device that nobody knows", ask("cool", { level: 2 }, "b7"), 404, "b7"],
    ["that the product does not have", ask("explode"), 422, "cool, reset, show"],
    ["with an argument out of range", ask("cool", { level: 9 }), 422, "level"],
    ["without its argument", ask("cool"), 422, "level"],
  ])("%s is refused with what would be right", (_title, action, status, hint) => {
    const made = rig();
    const refused = made.apply(act(action, minute(1)))?.answer;
    expect(refused).toMatchObject({ ok: false, status });
    expect(JSON.stringify(refused)).toContain(hint);
    expect(made.commands).toEqual([]);
  });

  test("that the device never fetched expires and is taken back", () => {
    const made = rig();
    made.apply(act(ask("cool", { level: 2 }), minute(1)), tick(minute(61)));
    expect(line(made)?.state).toBe("expired");
    expect(made.effects.flatMap((e) => e.cancelled)).toEqual([made.commands[0]?.id]);
  });

  test("that was delivered and never answered expires; a later final answer still counts", () => {
    const made = rig();
    made.apply(act(ask("cool", { level: 2 }), minute(1)));
    const id = made.commands[0]?.id ?? "";
    made.apply(outcome(id, minute(2)), tick(minute(61)));
    expect(line(made)?.state).toBe("expired");
    expect(made.effects.flatMap((e) => e.cancelled)).toEqual([]);
    made.apply(answer(id, "accepted", { at: minute(70) }));
    expect(line(made)?.state).toBe("expired");
    made.apply(answer(id, "succeeded", { at: minute(71) }));
    expect(line(made)?.state).toBe("succeeded");
    made.apply(tick(minute(200)));
    expect(line(made)?.state).toBe("succeeded");
  });
});
