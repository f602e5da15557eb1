import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { DeskRig } from "../../support/desk-rig.ts";
import type { FakeFault } from "../../support/fake-desk.ts";

const only = (rig: DeskRig) => {
  const live = rig.world.live();
  expect(live).toHaveLength(1);
  const [ticket] = live;
  if (ticket === undefined) throw new Error("there is no ticket");
  return ticket;
};
const said = (rig: DeskRig, id = "1"): readonly string[] =>
  rig.world.ticket(id).comments.map(({ text }) => text);

describe("what agents do", () => {
  test("arrives at the case once, by their name", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    const { agent } = rig.world;
    agent.own("1", "boss", "anna");
    agent.comment("1", "anna", " called the owner ");
    agent.verdict("1", "anna", "confirmed");
    agent.move("1", "anna", "Field");
    agent.own("1", "anna", "");
    agent.status("1", "anna", "resolved");
    agent.status("1", "anna", "open");
    await rig.pass(MINUTE_MS);
    const done = [...rig.plant.actions.values()]
      .slice(1)
      .map(({ by, action }) => [by, action.name]);
    expect(done).toEqual([
      ["anna", "acknowledge"],
      ["anna", "comment"],
      ["anna", "verdict"],
      ["anna", "ticket"],
      ["anna", "give_back"],
      ["anna", "resolve"],
      ["anna", "reopen"],
    ]);
    await rig.pass(HOUR_MS);
    expect(rig.plant.actions.size).toBe(8);
    expect(only(rig)).toMatchObject({ status: "open", owner: "", queue: "Field" });
    expect(said(rig)).toEqual([" called the owner "]);
  });

  test("is asked for at once when the desk says that something changed", async () => {
    await using rig = new DeskRig();
    const bridge = rig.start();
    rig.plant.open("c-1");
    await rig.pass(31 * SECOND_MS);
    rig.world.agent.own("1", "anna", "anna");
    bridge.wake("desk");
    await rig.pass(SECOND_MS);
    expect(rig.plant.cases.get("c-1")?.acknowledgedBy).toBe("anna");
  });

  test("is not lost when it is read before the bridge knows of the ticket", async () => {
    let creates = 0;
    let lost = false;
    const fault = (call: string): FakeFault => {
      if (call === "find" && lost) return "later";
      if (call !== "create" || ++creates > 1) return "none";
      lost = true;
      return "cut";
    };
    await using rig = new DeskRig({ desk: { fault } });
    rig.world.automation = (change) => {
      if (change.kind === "created") rig.world.agent.own(change.ticket, "anna", "anna");
    };
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(45 * SECOND_MS);
    expect(rig.plant.cases.get("c-1")?.acknowledgedBy).toBeNull();
    lost = false;
    await rig.pass(2 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(1);
    expect(rig.plant.cases.get("c-1")?.acknowledgedBy).toBe("anna");
  });

  test("is not taken for an agent's when the desk itself reopens because of our comment", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.status("1", "anna", "resolved");
    await rig.pass(MINUTE_MS);
    rig.world.comment("1", "gateway-bot", "a reply of ours");
    rig.world.agent.status("1", "RT_System", "open");
    await rig.pass(MINUTE_MS);
    expect(rig.plant.named("reopen")).toEqual([]);
    expect(rig.plant.cases.get("c-1")?.status).toBe("resolved");
  });

  test("goes on at the ticket that ours was merged into", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    const theirs = rig.world.agent.create("anna", "d-1");
    await rig.pass(MINUTE_MS);
    expect(rig.plant.named("owner_called")).toMatchObject([{ device: "d-1" }]);
    rig.world.agent.merge("1", "anna", theirs);
    await rig.pass(MINUTE_MS);
    expect(rig.plant.cases.get("c-1")?.tickets).toMatchObject([{ id: theirs }]);
    rig.world.agent.status(theirs, "anna", "resolved");
    await rig.pass(MINUTE_MS);
    expect(rig.plant.cases.get("c-1")?.status).toBe("resolved");
  });

  test("of a severity stays, whatever the case becomes", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1", { severity: "normal" });
    await rig.pass(MINUTE_MS);
    rig.plant.patch("c-1", { severity: "urgent" });
    rig.plant.say("c-1", "refired", "gateway", "worse");
    await rig.pass(MINUTE_MS);
    expect(only(rig).severity).toBe("urgent");
    expect(said(rig)).toEqual(["Severity is now urgent."]);
    rig.world.agent.severity("1", "anna", "low");
    await rig.pass(MINUTE_MS);
    rig.plant.patch("c-1", { severity: "safety" });
    rig.plant.evidence("c-1");
    await rig.pass(HOUR_MS);
    expect(only(rig)).toMatchObject({
      severity: "low",
      revision: rig.plant.cases.get("c-1")?.revision,
    });
  });

  test("to a reference that it lost is repaired", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.reference("1", "anna", "");
    await rig.pass(MINUTE_MS);
    expect(only(rig).reference).toBe("c-1");
  });

  test("by removing a ticket makes no other one", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.remove("1");
    rig.plant.patch("c-1", { severity: "safety" });
    rig.plant.evidence("c-1");
    await rig.pass(HOUR_MS);
    expect(rig.world.tickets.size).toBe(0);
    expect(rig.plant.named("ticket").map((a) => "change" in a && a.change)).toEqual([
      "created",
      "lost",
    ]);
  });

  test("and what the case does never answer each other for ever", async () => {
    await using rig = new DeskRig({ settings: { pollEveryMs: 5 * MINUTE_MS } });
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    // A desk's own rule reopens whatever is resolved, a second desk would do the same.
    rig.world.automation = (change) => {
      if (change.kind === "status" && change.to === "resolved") {
        rig.world.agent.status(change.ticket, "rule 7", "open");
      }
    };
    for (let n = 0; n < 60; n++) {
      rig.plant.recover("c-1");
      await rig.pass(7 * MINUTE_MS);
    }
    expect(rig.world.statusWrites).toBeLessThanOrEqual(8);
    expect(rig.plant.named("reopen").length).toBeLessThanOrEqual(12);
  });
});
