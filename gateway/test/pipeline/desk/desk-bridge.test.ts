import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { DeskRig } from "../../support/desk-rig.ts";

const only = (rig: DeskRig) => {
  const live = rig.world.live();
  expect(live).toHaveLength(1);
  const [ticket] = live;
  if (ticket === undefined) throw new Error("there is no ticket");
  return ticket;
};
const said = (rig: DeskRig, id = "1"): readonly string[] =>
  rig.world.ticket(id).comments.map(({ text }) => text);

describe("a case that needs a person", () => {
  test("gets one ticket with its reference, and the journal is told", async () => {
    await using rig = new DeskRig();
    rig.start();
    await rig.pass(SECOND_MS);
    rig.plant.open("c-1", { severity: "safety" });
    await rig.pass(5 * SECOND_MS);
    expect(only(rig)).toMatchObject({ reference: "c-1", severity: "safety", queue: "Field" });
    expect(rig.plant.named("ticket")).toEqual([
      expect.objectContaining({ caseId: "c-1", desk: "desk", ticket: "1", change: "created" }),
    ]);
    expect(rig.bridges[0]?.status()).toMatchObject([
      { owed: 0, tickets: 1, trouble: "", dead: [] },
    ]);
  });

  test("gets none while the playbook works on it, unless the desk wants every case", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1", { stage: "acting" });
    await rig.pass(10 * SECOND_MS);
    expect(rig.world.tickets.size).toBe(0);
    await using eager = new DeskRig({ settings: { openWhen: "opened" } });
    eager.start();
    eager.plant.open("c-1", { stage: "acting" });
    await eager.pass(10 * SECOND_MS);
    expect(eager.world.tickets.size).toBe(1);
  });

  test("gets none when it is over before anybody looked", async () => {
    await using rig = new DeskRig();
    rig.plant.open("c-1");
    rig.plant.recover("c-1");
    rig.start();
    await rig.pass(MINUTE_MS);
    expect(rig.world.tickets.size).toBe(0);
  });

  test("has its evidence rewritten as it goes on, but not at every change", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(10 * SECOND_MS);
    for (let n = 0; n < 60; n++) {
      rig.plant.evidence("c-1");
      await rig.pass(10 * SECOND_MS);
    }
    await rig.pass(6 * MINUTE_MS);
    const ticket = only(rig);
    expect(ticket.revision).toBe(rig.plant.cases.get("c-1")?.revision);
    expect(ticket.writes).toBeLessThanOrEqual(3);
    expect(said(rig)).toEqual([]);
  });
});

describe("when telemetry shows that it is over", () => {
  test("an untouched ticket is resolved, with the reason", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.plant.recover("c-1");
    await rig.pass(MINUTE_MS);
    expect(only(rig).status).toBe("resolved");
    expect(said(rig)).toEqual([expect.stringMatching(/^Solved since \d\d:\d\d: The alert/)]);
  });

  test("a ticket that an agent took gets one comment and keeps its status", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.own("1", "anna", "anna");
    rig.world.agent.status("1", "anna", "open");
    await rig.pass(MINUTE_MS);
    expect(rig.plant.cases.get("c-1")?.acknowledgedBy).toBe("anna");
    rig.plant.recover("c-1");
    await rig.pass(2 * HOUR_MS);
    expect(only(rig)).toMatchObject({ status: "open", owner: "anna" });
    expect(said(rig)).toEqual([
      expect.stringMatching(
        /^Signal back to normal since \d\d:\d\d\. The ticket is left as it is\.$/,
      ),
    ]);
  });

  test("a case that comes back within its window reopens the ticket and says why", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.plant.recover("c-1");
    await rig.pass(HOUR_MS);
    rig.plant.refire("c-1");
    await rig.pass(MINUTE_MS);
    expect(only(rig).status).toBe("open");
    expect(said(rig).at(-1)).toBe("Reopened: It came back within 72 h.");
  });

  test("a recovery right after a reopening is not missed, however seldom the desk is asked", async () => {
    const comments = { everyMs: SECOND_MS, perDay: 9 };
    await using rig = new DeskRig({ settings: { pollEveryMs: 10 * HOUR_MS, comments } });
    const bridge = rig.start();
    rig.plant.open("c-1");
    await rig.pass(5 * SECOND_MS);
    rig.plant.recover("c-1");
    await rig.pass(5 * SECOND_MS);
    bridge.wake("desk");
    await rig.pass(SECOND_MS);
    rig.plant.refire("c-1");
    await rig.pass(5 * SECOND_MS);
    expect(only(rig).status).toBe("open");
    rig.plant.recover("c-1");
    await rig.pass(5 * SECOND_MS);
    expect(only(rig).status).toBe("resolved");
  });

  test("a ticket that an agent rejected never comes back", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.status("1", "anna", "rejected");
    await rig.pass(MINUTE_MS);
    expect(rig.plant.cases.get("c-1")).toMatchObject({ resolution: "wont_fix" });
    rig.plant.refire("c-1");
    await rig.pass(HOUR_MS);
    expect(rig.world.ticket("1").status).toBe("rejected");
    expect(rig.world.tickets.size).toBe(1);
  });

  test("a ticket that is closed for good is followed by another one", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.plant.recover("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.agent.status("1", "anna", "closed");
    await rig.pass(HOUR_MS);
    rig.plant.refire("c-1");
    await rig.pass(MINUTE_MS);
    expect(rig.world.ticket("2")).toMatchObject({
      reference: "c-1-2",
      follows: "1",
      status: "new",
    });
    expect(rig.plant.cases.get("c-1")?.tickets).toMatchObject([{ desk: "desk", id: "2" }]);
  });

  test("a new case of the same key gets a ticket that follows the old one", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.plant.recover("c-1");
    rig.plant.open("c-2", { follows: "c-1" });
    await rig.pass(MINUTE_MS);
    expect(rig.world.ticket("2")).toMatchObject({ reference: "c-2", follows: "1" });
  });

  test("200 flaps cost at most one comment in 30 minutes and six a day, rolled up", async () => {
    await using rig = new DeskRig({ settings: { pollEveryMs: 20 * MINUTE_MS } });
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    for (let n = 0; n < 100; n++) {
      rig.plant.recover("c-1");
      await rig.pass(2 * MINUTE_MS);
      rig.plant.refire("c-1");
      await rig.pass(2 * MINUTE_MS);
    }
    const times = rig.world.ticket("1").comments.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(2);
    expect(times.length).toBeLessThanOrEqual(6);
    for (const [i, at] of times.entries()) {
      if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(30 * MINUTE_MS);
    }
    expect(said(rig).some((text) => /Changed state \d+ times since \d\d:\d\d/.test(text))).toBe(
      true,
    );
    expect(rig.world.statusWrites).toBeLessThanOrEqual(6);
    expect(rig.world.ticket("1").status).not.toBe("resolved");
  });
});
