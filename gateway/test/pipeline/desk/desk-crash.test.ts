import { describe, expect, test } from "vitest";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { SqliteDeskStore } from "../../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import {
  killedWhileEnding,
  killedWhileMaking,
  SLOW_SEARCH,
  stepsOfEnding,
  stepsOfMaking,
} from "../../support/desk-killed.ts";
import { DeskRig } from "../../support/desk-rig.ts";
import { Life } from "../../support/life.ts";

/** The suite of faults tries every step. */
const EVERY = 7;

describe("a bridge that is killed", () => {
  test("while it makes a ticket leaves one ticket, and the next one goes on with it", async () => {
    const steps = await stepsOfMaking();
    expect(steps).toBeGreaterThan(30);
    for (let end = 3; end <= steps; end += EVERY) expect(await killedWhileMaking(end)).toEqual([]);
  });

  test("while it makes a ticket makes no other one, also where a search shows new ones late", async () => {
    const steps = await stepsOfMaking();
    for (let end = 5; end <= steps; end += 2) {
      expect(await killedWhileMaking(end, SLOW_SEARCH)).toEqual([]);
    }
  });

  test("while it ends a ticket resolves it once and says so at most once", async () => {
    const { from, to } = await stepsOfEnding();
    expect(to - from).toBeGreaterThan(20);
    for (let end = from; end <= to; end += EVERY) expect(await killedWhileEnding(end)).toEqual([]);
  });

  test("and its file lost: the next one finds the ticket and does not make another", async () => {
    await using rig = new DeskRig();
    const life = new Life(150);
    rig.start({ life });
    rig.plant.open("c-1");
    await rig.pass(MINUTE_MS);
    const dead = new SqliteDeskStore(":memory:");
    rig.world.agent.own("1", "anna", "anna");
    rig.world.agent.severity("1", "anna", "low");
    rig.start({ store: dead });
    await rig.pass(10 * MINUTE_MS);
    expect(rig.world.live()).toHaveLength(1);
    expect(rig.world.ticket("1")).toMatchObject({ owner: "anna" });
    expect(rig.plant.cases.get("c-1")?.acknowledgedBy).toBe("anna");
  });
});

describe("two bridges", () => {
  test("with one file share the work and make no ticket twice", async () => {
    await using rig = new DeskRig({ desk: { latencyMs: () => 150 } });
    const store = new SqliteDeskStore(":memory:");
    rig.start({ store });
    rig.start({ store });
    await rig.pass(SECOND_MS);
    for (let n = 0; n < 40; n++) rig.plant.open(`c-${n}`);
    await rig.pass(2 * MINUTE_MS);
    expect(rig.world.tickets.size).toBe(40);
    expect(
      rig.world
        .live()
        .map((t) => t.reference)
        .toSorted(),
    ).toEqual(Array.from({ length: 40 }, (_, n) => `c-${n}`).toSorted());
  });

  test.each(["unique_reference", "search"] as const)(
    "that know nothing of each other end with one ticket per case by %s",
    async (fence) => {
      await using rig = new DeskRig({ capabilities: { fence }, desk: { latencyMs: () => 150 } });
      rig.start();
      rig.start();
      await rig.pass(SECOND_MS);
      for (let n = 0; n < 30; n++) rig.plant.open(`c-${n}`);
      await rig.pass(5 * MINUTE_MS);
      expect(rig.world.tickets.size).toBeGreaterThan(30);
      const live = rig.world.live().map((t) => t.reference);
      expect(live.toSorted()).toEqual(Array.from({ length: 30 }, (_, n) => `c-${n}`).toSorted());
      const links = [...rig.plant.cases.values()].map((view) => view.tickets?.map((t) => t.id));
      expect(links.every((ids) => ids?.every((id) => rig.world.ticket(id).status !== "rejected")));
    },
  );
});
