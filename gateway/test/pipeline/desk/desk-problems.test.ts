import { expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { DeskRig } from "../../support/desk-rig.ts";

const grouped = (rig: DeskRig, ids: readonly string[]): void => {
  rig.plant.problem("p-1", { cases: ids, openCases: ids.length, revision: 1 });
  for (const id of ids) {
    rig.plant.patch(id, { problem: "p-1" });
    rig.plant.say(id, "joined_problem", "gateway", "same firmware");
  }
};

test("a problem gets one ticket; its cases get none of their own", async () => {
  await using rig = new DeskRig();
  rig.start();
  for (const id of ["c-1", "c-2", "c-3"]) rig.plant.open(id, { problem: "p-1" });
  grouped(rig, ["c-1", "c-2", "c-3"]);
  await rig.pass(5 * MINUTE_MS);
  expect(rig.world.live()).toMatchObject([{ reference: "p-1", device: "" }]);
  expect(rig.plant.named("problem_ticket")).toMatchObject([{ problem: "p-1", ticket: "1" }]);
});

test("tickets that its cases had are linked to the problem's and end with it", async () => {
  await using rig = new DeskRig();
  rig.start();
  for (const id of ["c-1", "c-2"]) rig.plant.open(id);
  await rig.pass(MINUTE_MS);
  rig.world.agent.own("2", "anna", "anna");
  await rig.pass(MINUTE_MS);
  grouped(rig, ["c-1", "c-2"]);
  await rig.pass(5 * MINUTE_MS);
  expect([rig.world.ticket("1").parent, rig.world.ticket("2").parent]).toEqual(["3", "3"]);
  rig.world.agent.status("3", "bob", "resolved");
  await rig.pass(MINUTE_MS);
  expect(rig.plant.named("problem_resolve")).toMatchObject([{ problem: "p-1" }]);
  rig.plant.problem("p-1", { status: "resolved", resolvedAt: rig.clock.now(), revision: 2 });
  for (const id of ["c-1", "c-2"]) {
    rig.plant.resolve(id, "with_problem", "gateway", "The cause is fixed: firmware 2.4.2.");
  }
  await rig.pass(HOUR_MS);
  expect(rig.world.ticket("1").status).toBe("resolved");
  const touched = rig.world.ticket("2");
  expect(touched.status).toBe("new");
  expect(touched.comments.map(({ text }) => text)).toEqual([
    expect.stringContaining("The cause is fixed: firmware 2.4.2."),
  ]);
});

test("an untouched problem's ticket is resolved with the problem, a touched one is told", async () => {
  for (const touched of [false, true]) {
    await using rig = new DeskRig();
    rig.start();
    rig.plant.problem("p-1", { cases: [], revision: 1 });
    await rig.pass(MINUTE_MS);
    if (touched) rig.world.agent.comment("1", "anna", "calling the vendor");
    await rig.pass(MINUTE_MS);
    rig.plant.problem("p-1", { status: "resolved", resolvedAt: rig.clock.now(), revision: 2 });
    await rig.pass(HOUR_MS);
    expect(rig.world.ticket("1").status).toBe(touched ? "new" : "resolved");
    expect(rig.world.ticket("1").comments).toHaveLength(touched ? 2 : 1);
  }
});

test("cases of a problem that was none stand alone again and get their tickets", async () => {
  await using rig = new DeskRig();
  rig.start();
  rig.plant.open("c-1", { problem: "p-1" });
  grouped(rig, ["c-1"]);
  await rig.pass(MINUTE_MS);
  rig.world.agent.verdict("1", "anna", "false_alarm");
  await rig.pass(MINUTE_MS);
  expect(rig.plant.named("problem_dissolve")).toHaveLength(1);
  const { problem: _, ...alone } = rig.plant.cases.get("c-1") ?? {};
  rig.plant.problem("p-1", { status: "dissolved", revision: 2 });
  rig.plant.cases.set("c-1", alone as Parameters<typeof rig.plant.cases.set>[1]);
  rig.plant.say("c-1", "left_problem", "gateway", "it was none");
  await rig.pass(MINUTE_MS);
  expect(rig.world.ticket("2")).toMatchObject({ reference: "c-1" });
});
