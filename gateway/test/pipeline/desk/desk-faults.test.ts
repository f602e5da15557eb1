import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { DeskRig } from "../../support/desk-rig.ts";
import type { FakeFault } from "../../support/fake-desk.ts";
import { prng } from "../../support/prng.ts";

describe("a desk that", () => {
  test("loses three answers of ten gets one ticket per case, none twice, no orphan", async () => {
    const random = prng(7);
    const fault = (call: string): FakeFault =>
      call === "create" || call === "update" ? (random() < 0.3 ? "cut" : "none") : "none";
    await using rig = new DeskRig({ desk: { fault } });
    rig.start();
    await rig.pass(SECOND_MS);
    for (let n = 0; n < 100; n++) rig.plant.open(`c-${n}`);
    await rig.pass(5 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(100);
    expect(new Set(rig.world.live().map((t) => t.reference)).size).toBe(100);
  });

  test("commits late, after it was looked for, keeps one ticket by its unique field", async () => {
    await using rig = new DeskRig();
    let first = true;
    const desk = rig.desk();
    const { world } = rig;
    const create: typeof desk.create = async (ticket) => {
      if (!first) return desk.create(ticket);
      first = false;
      void rig.clock.sleep(1_500).then(() => world.create(ticket));
      return { kind: "unknown", reason: "no answer within 15 s" };
    };
    const slow = new Proxy(desk, {
      get: (object, key) => {
        if (key === "create") return create;
        const value: unknown = Reflect.get(object, key, object);
        return typeof value === "function" ? value.bind(object) : value;
      },
    });
    rig.start({ desk: slow });
    rig.plant.open("c-1");
    await rig.pass(5 * MINUTE_MS);
    expect(world.live().map((t) => t.reference)).toEqual(["c-1"]);
  });

  test("loses references leaves orphans that are put away, but not what an agent took", async () => {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    const { world } = rig;
    const ticket = { ...world.ticket("1"), dedupKey: "", product: "", body: [], attachments: [] };
    const stray = world.create({ ...ticket, link: "", evidence: [] });
    const taken = world.create({ ...ticket, link: "", evidence: [] });
    world.agent.own(taken, "anna", "anna");
    await rig.pass(40 * MINUTE_MS);
    expect(world.ticket(stray)).toMatchObject({ reference: "", status: "rejected" });
    expect(world.ticket(taken).status).toBe("new");
    expect(world.rejected).toEqual([stray]);
  });

  test("has lost the field for the reference gets one ticket and a dead letter that says what to do", async () => {
    await using rig = new DeskRig();
    rig.world.dropsReference = true;
    const bridge = rig.start();
    rig.plant.open("c-1");
    await rig.pass(HOUR_MS);
    expect(rig.world.tickets.size).toBe(1);
    expect(rig.world.rejected).toEqual([]);
    const [status] = bridge.status();
    expect(status?.dead).toMatchObject([
      { subject: "c-1", ticket: "1", reason: expect.stringContaining("keeps no reference") },
    ]);
    rig.world.dropsReference = false;
    expect(bridge.retry("desk", "c-1")).toBe(true);
    expect(bridge.retry("desk", "c-2")).toBe(false);
    await rig.pass(MINUTE_MS);
    expect(rig.world.live()).toMatchObject([{ id: "1", reference: "c-1" }]);
    expect(bridge.status()).toMatchObject([{ deadCount: 0, owed: 0 }]);
  });

  test("says yes and does nothing is found out", async () => {
    await using rig = new DeskRig();
    const bridge = rig.start();
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    rig.world.keepsStatus = true;
    rig.plant.recover("c-1");
    await rig.pass(2 * HOUR_MS);
    expect(bridge.status()[0]?.dead).toMatchObject([
      {
        reason: expect.stringContaining(
          "answered that ticket 1 was changed, but its status is new",
        ),
      },
    ]);
  });

  test("does not find a ticket that is known gets no other one", async () => {
    await using rig = new DeskRig();
    const tickets = [{ desk: "desk", id: "17", url: "" }];
    rig.plant.open("c-1", { tickets });
    const bridge = rig.start();
    await rig.pass(10 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(0);
    expect(bridge.status()[0]?.dead).toMatchObject([
      { reason: expect.stringContaining("does not find ticket 17") },
    ]);
    expect(rig.metrics.counts.get("desk_lookups_short_total desk")).toBe(1);
  });

  test("asks to wait is not asked before", async () => {
    const busy = { on: false, asked: 0 };
    const fault = (): FakeFault => {
      if (busy.on) busy.asked += 1;
      return busy.on ? "busy" : "none";
    };
    await using rig = new DeskRig({ desk: { fault } });
    rig.start();
    await rig.pass(MINUTE_MS);
    busy.on = true;
    for (let n = 0; n < 50; n++) rig.plant.open(`c-${n}`);
    await rig.pass(20 * SECOND_MS);
    // Each Retry-After is 2 s, for everything that goes to the desk.
    expect(busy.asked).toBeLessThanOrEqual(14);
    busy.on = false;
    await rig.pass(MINUTE_MS);
    expect(rig.world.tickets.size).toBe(50);
  });

  test("is down for hours is tried gently, told once, and gets everything afterwards", async () => {
    const down = { is: false, asked: 0 };
    const fault = (): FakeFault => {
      if (down.is) down.asked += 1;
      return down.is ? "later" : "none";
    };
    await using rig = new DeskRig({ desk: { fault } });
    const bridge = rig.start();
    await rig.pass(MINUTE_MS);
    down.is = true;
    for (let n = 0; n < 50; n++) rig.plant.open(`c-${n}`);
    await rig.pass(3 * HOUR_MS);
    expect(down.asked).toBeLessThan(400);
    expect(bridge.status()[0]).toMatchObject({ owed: 50, trouble: "503", deadCount: 0 });
    expect(rig.states).toEqual(["503"]);
    down.is = false;
    await rig.pass(10 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(50);
    expect(rig.states).toEqual(["503", undefined]);
  });

  test("searches with a lag is asked again before anything is made twice", async () => {
    let first = true;
    const fault = (call: string): FakeFault => {
      if (call !== "create" || !first) return "none";
      first = false;
      return "cut";
    };
    await using rig = new DeskRig({
      capabilities: { fence: "search", searchLagMs: 30_000 },
      desk: { fault },
    });
    rig.start();
    rig.plant.open("c-1");
    await rig.pass(5 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(1);
  });

  test("cannot be read at all still gets one message per change", async () => {
    await using rig = new DeskRig({
      capabilities: {
        ...{ fence: "idempotency_key", readBack: false, changes: false, optimisticLock: false },
        evidencePlace: "none",
      },
    });
    const desk = rig.desk();
    rig.start({ desk });
    rig.plant.open("c-1");
    await rig.pass(10 * MINUTE_MS);
    rig.plant.recover("c-1");
    await rig.pass(10 * MINUTE_MS);
    expect(rig.world.live()).toMatchObject([{ status: "resolved" }]);
    expect(desk.calls.get("find")).toBeUndefined();
    expect(desk.calls.get("create")).toBe(1);
    expect(desk.calls.get("update")).toBe(1);
  });
});

describe("stopping", () => {
  test("ends within seconds while a desk does not answer, and nothing is lost", async () => {
    const slow = { ms: 0 };
    await using rig = new DeskRig({ desk: { latencyMs: () => slow.ms } });
    const bridge = rig.start();
    await rig.pass(SECOND_MS);
    slow.ms = HOUR_MS;
    rig.plant.open("c-1");
    await rig.pass(SECOND_MS);
    let stopped = false;
    const stop = bridge.stop().then(() => {
      stopped = true;
    });
    await rig.pass(6 * SECOND_MS);
    expect(stopped).toBe(true);
    await stop;
    slow.ms = 0;
    rig.start({ store: rig.store });
    await rig.pass(3 * MINUTE_MS);
    expect(rig.world.live()).toHaveLength(1);
  });
});
