import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import type { DeskCapabilities } from "#ports/desk.ts";
import { SqliteDeskStore } from "../../src/adapters/desk-sqlite/sqlite-desk-store.ts";
import { DeskRig } from "./desk-rig.ts";
import { Life } from "./life.ts";

/** Steps that a bridge makes until a case has its ticket and nothing more is to do. */
export async function stepsOfMaking(): Promise<number> {
  await using rig = new DeskRig();
  const life = new Life();
  await openedBy(rig, life);
  return life.steps;
}

/** As above, until the ticket is resolved. */
export async function stepsOfEnding(): Promise<{ readonly from: number; readonly to: number }> {
  await using rig = new DeskRig();
  const life = new Life();
  await openedBy(rig, life);
  const from = life.steps;
  rig.plant.recover("c-1");
  await rig.pass(10 * SECOND_MS);
  return { from, to: life.steps };
}

/** The bridge dies at its step `end` while it makes a ticket; what is wrong after another one took over. */
export async function killedWhileMaking(
  end: number,
  capabilities: Partial<DeskCapabilities> = {},
): Promise<readonly string[]> {
  await using rig = new DeskRig({ capabilities });
  const store = await openedBy(rig, new Life(end));
  rig.start({ store });
  await rig.pass(5 * MINUTE_MS + 2 * (capabilities.searchLagMs ?? 0));
  rig.world.agent.own("1", "anna", "anna");
  rig.world.agent.comment("1", "anna", "on my way");
  await rig.pass(3 * MINUTE_MS);
  const live = rig.world.live().map(({ reference }) => reference);
  return [
    ...(live.join() === "c-1" ? [] : [`tickets live: ${live.join()}`]),
    ...rig.world.rejected.map((id) => `ticket ${id} was put away`),
    ...(["ticket", "acknowledge", "comment"] as const)
      .filter((name) => rig.plant.named(name).length !== 1)
      .map((name) => `${rig.plant.named(name).length} times ${name}`),
  ].map((wrong) => `killed at step ${end}: ${wrong}`);
}

/** Its search shows a new ticket only long after a lease has run out. */
export const SLOW_SEARCH: Partial<DeskCapabilities> = {
  fence: "search",
  searchLagMs: 10 * MINUTE_MS,
};

export async function killedWhileEnding(end: number): Promise<readonly string[]> {
  await using rig = new DeskRig();
  const store = await openedBy(rig, new Life(end));
  rig.plant.recover("c-1");
  await rig.pass(10 * SECOND_MS);
  rig.start({ store });
  await rig.pass(6 * MINUTE_MS);
  const { status, comments } = rig.world.ticket("1");
  return [
    ...(status === "resolved" ? [] : [`the ticket is ${status}`]),
    ...(comments.length <= 1 ? [] : [`${comments.length} comments`]),
    ...(rig.world.statusWrites === 1 ? [] : [`${rig.world.statusWrites} writes of the status`]),
  ].map((wrong) => `killed at step ${end}: ${wrong}`);
}

async function openedBy(rig: DeskRig, life: Life): Promise<SqliteDeskStore> {
  const store = new SqliteDeskStore(":memory:");
  rig.start({ store, life });
  await rig.pass(SECOND_MS);
  rig.plant.open("c-1");
  await rig.pass(10 * SECOND_MS);
  return store;
}
