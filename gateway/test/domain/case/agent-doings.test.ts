import { describe, expect, test } from "vitest";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import { at, Broken } from "../../support/broken-kettle.ts";

describe("what else reaches a case", () => {
  test("its tickets: the latest per desk, as agents merge, move and delete them", () => {
    const rig = new Broken();
    const ticket = { name: "ticket", desk: "rt", url: "https://rt/1", detail: "" } as const;
    rig.asksOfCase({ ...ticket, ticket: "1", change: "created" }, 1);
    rig.asksOfCase({ ...ticket, desk: "redmine", ticket: "5", change: "created" }, 1);
    rig.asksOfCase({ ...ticket, ticket: "9", url: "https://rt/9", change: "merged" }, 2);
    rig.asksOfCase({ ...ticket, ticket: "7", change: "refused", detail: "No such queue." }, 2);
    expect(rig.first.tickets?.map((t) => [t.desk, t.id])).toEqual([
      ["rt", "9"],
      ["redmine", "5"],
    ]);
    expect(rig.events.at(-1)).toMatchObject({ kind: "ticket", reason: "No such queue." });
    rig.asksOfCase({ ...ticket, ticket: "9", change: "lost" }, 3);
    expect(rig.first.tickets?.map((t) => t.desk)).toEqual(["redmine"]);
  });

  test("an agent gives it back: nobody has it, and with nobody there is nothing to say", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "acknowledge" }, 1);
    rig.asksOfCase({ name: "give_back" }, 2);
    expect(rig.first).toMatchObject({ status: "open", acknowledgedBy: null });
    expect(rig.events.at(-1)?.reason).toBe("anna gave it back; nobody has it now.");
    const { revision } = rig.first;
    rig.asksOfCase({ name: "give_back" }, 3);
    expect(rig.first.revision).toBe(revision);
  });

  test("a call of the owner: the first one since the day before it began", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "ticket 3 in rt" } as const;
    rig.asks({ ...call, calledAt: at(-30) }, at(1));
    expect(rig.first.ownerCalledAt).toBeUndefined();
    rig.asks({ ...call, calledAt: at(5) }, at(6));
    rig.asks({ ...call, calledAt: at(4) }, at(7));
    rig.asks({ ...call, calledAt: at(9) }, at(9));
    expect(rig.first.ownerCalledAt).toBe(at(4));
    expect(rig.events.filter((e) => e.kind === "owner_called")).toHaveLength(2);
    rig.asks({ ...call, device: "none", calledAt: at(9) }, at(9));
    expect(rig.effects.at(-1)?.answer).toMatchObject({ ok: false, status: 404 });
  });

  test("a case that opens within a day after a call was not found before it", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "phone" } as const;
    rig.asks({ ...call, calledAt: at(50) }, at(50));
    rig.beeps(60);
    expect(rig.cases.find((c) => c.rule === "beeping")?.ownerCalledAt).toBe(at(50));
    const late = new Broken();
    late.asks({ ...call, calledAt: at(50) }, at(50));
    late.beeps(75);
    expect(late.cases.find((c) => c.rule === "beeping")?.ownerCalledAt).toBeUndefined();
  });

  test("a call from the future is one of now: the desk's clock is ahead", () => {
    const rig = new Broken();
    const call = { name: "owner_called", device: "k0", source: "" } as const;
    rig.asks({ ...call, calledAt: at(1) + DAY_MS }, at(1) + MINUTE_MS);
    expect(rig.first.ownerCalledAt).toBe(at(1) + MINUTE_MS);
  });
});
