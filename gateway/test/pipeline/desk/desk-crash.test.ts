import { describe, expect, test } from "vitest";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { SqliteDeskStore } from "../../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { DeskRig } from "../../support/desk-rig.ts";
import { Life } from "../../support/life.ts";

interface Outcome {
  /** Steps until the ticket was there and nothing more was to do. */
  readonly made: number;
}

/** One case from its opening to its end with an agent in between; the bridge dies at a step of its own. */
async function lived(end: number, rig: DeskRig): Promise<Outcome> {
  const life = new Life(end);
  const store = new SqliteDeskStore(":memory:");
  rig.start({ store, life });
  await rig.pass(SECOND_MS);
  rig.plant.open("c-1");
  await rig.pass(10 * SECOND_MS);
  const made = life.steps;
  // A new process takes over what the dead one had under way.
  rig.start({ store });
  await rig.pass(5 * MINUTE_MS);
  return { made };
}

async function anna(rig: DeskRig): Promise<void> {
  rig.world.agent.own("1", "anna", "anna");
  rig.world.agent.comment("1", "anna", "on my way");
  await rig.pass(3 * MINUTE_MS);
}

describe("a bridge that is killed", () => {
  test("at any step of making a ticket leaves one ticket, and the next one goes on with it", async () => {
    await using whole = new DeskRig();
    const { made: steps } = await lived(Number.POSITIVE_INFINITY, whole);
    expect(steps).toBeGreaterThan(30);
    for (let end = 1; end <= steps; end++) {
      await using rig = new DeskRig();
      await lived(end, rig);
      await anna(rig);
      const where = `killed at step ${end} of ${steps}`;
      expect(
        rig.world.live().map((t) => t.reference),
        where,
      ).toEqual(["c-1"]);
      expect(rig.world.rejected, where).toEqual([]);
      expect(rig.plant.named("ticket"), where).toHaveLength(1);
      expect(rig.plant.named("acknowledge"), where).toHaveLength(1);
      expect(rig.plant.named("comment"), where).toHaveLength(1);
    }
  });

  test("at any step of ending a ticket resolves it once and says so at most once", async () => {
    for (let end = 60; end <= 130; end += 3) {
      await using rig = new DeskRig();
      const life = new Life(end);
      const store = new SqliteDeskStore(":memory:");
      rig.start({ store, life });
      await rig.pass(SECOND_MS);
      rig.plant.open("c-1");
      await rig.pass(20 * SECOND_MS);
      rig.plant.recover("c-1");
      await rig.pass(40 * SECOND_MS);
      rig.start({ store });
      await rig.pass(6 * MINUTE_MS);
      const [ticket] = rig.world.live();
      expect(ticket, `killed at step ${end}`).toMatchObject({ status: "resolved" });
      expect(ticket?.comments.length, `killed at step ${end}`).toBeLessThanOrEqual(1);
      expect(rig.world.statusWrites, `killed at step ${end}`).toBe(1);
    }
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
