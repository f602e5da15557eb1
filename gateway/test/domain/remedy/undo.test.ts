import { describe, expect, test } from "vitest";
import { PlaybookBench, playbook } from "./playbook-bench.ts";

const ESCALATE = "- escalate: { next: Send a technician. }";
const steps = (...lines: readonly string[]) => playbook([...lines, ESCALATE].join("\n"));

describe("settings", () => {
  const wanting = steps(
    "- settings: { target: 85, eco: true }\n  undo: true\n  verify: { when: temp < 100.0, within: 10m }",
  );

  test("are wanted with a new version, and are in force when the device reports them", () => {
    const bench = new PlaybookBench(wanting);
    bench.hot();
    expect(bench.rig.device("b1")?.desired).toEqual({
      version: 1,
      settings: { target: 85, eco: true },
    });
    expect(bench.action(0)).toMatchObject({ kind: "settings", state: "waiting" });
    bench.report(1, { target: 85, eco: true });
    expect(bench.action(0)).toMatchObject({ state: "succeeded", detail: "reported as version 1" });
    bench.read({ temp: 95 });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("that the device reports otherwise are refused, and nothing claims that it works with them", () => {
    const bench = new PlaybookBench(wanting);
    bench.hot().report(1, { target: 90, eco: true });
    expect(bench.action(0)).toMatchObject({
      state: "rejected",
      detail: "the device reported target 90, wanted 85",
    });
    expect(bench.case.stage).toBe("escalated");
  });

  test("that somebody wants otherwise meanwhile fail, and the other's wish stands", () => {
    const bench = new PlaybookBench(wanting);
    bench.hot();
    bench.do({ name: "settings", device: "b1", settings: { target: 91 } });
    bench.report(2, { target: 91, eco: true });
    expect(bench.action(0).state).toBe("failed");
    expect(bench.rig.device("b1")?.desired?.settings).toEqual({ target: 91, eco: true });
  });

  test("that the device never reports are wanted no more", () => {
    const bench = new PlaybookBench(
      steps("- settings: { target: 85 }\n  expiresIn: 2h\n  undo: true"),
    );
    bench.do({ name: "settings", device: "b1", settings: { target: 95 } });
    bench.hot().pass(121);
    expect(bench.action(0)).toMatchObject({ state: "expired" });
    expect(bench.rig.device("b1")?.desired).toEqual({ version: 3, settings: { target: 95 } });
  });

  test("in vain are set back to what was wanted before, and only then a person takes over", () => {
    const bench = new PlaybookBench(wanting);
    bench.do({ name: "settings", device: "b1", settings: { target: 95 } });
    bench.report(1, { target: 95, eco: false });
    bench.hot().report(2, { target: 85, eco: true }).read({}, { minutes: 11 });
    expect(bench.rig.device("b1")?.desired).toEqual({
      version: 3,
      settings: { target: 95, eco: false },
    });
    expect(bench.case.stage).toBe("acting");
    bench.report(3, { target: 95, eco: false });
    expect(bench.kinds).toContain("undone");
    expect(bench.case.stage).toBe("escalated");
  });
});

describe("a step is taken back", () => {
  const undoing = steps(
    "- command: { name: cool, args: { level: 3 } }\n  verify: { when: temp < 100.0, within: 5m }\n  undo: { command: { name: cool, args: { level: 0 } } }",
    "- command: { name: reset }",
  );

  test("before the next one when it was carried out in vain", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded");
    expect(bench.action(0).undoable).toBe(true);
    bench.read({}, { minutes: 6 });
    expect(bench.rig.commands.map((c) => c.args)).toEqual([{ level: 3 }, { level: 0 }]);
    expect(bench.action(1)).toMatchObject({ kind: "undo", state: "waiting" });
    bench.deliver().reply("succeeded");
    expect(bench.sent).toEqual(["cool", "cool", "reset"]);
    expect(bench.action(0).undoable).toBe(false);
  });

  test("not when the device refused it", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("rejected", { code: "in_use" });
    expect(bench.sent).toEqual(["cool", "reset"]);
  });

  test("and when that fails, a person is told and nothing further is tried", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded").read({}, { minutes: 6 });
    bench.deliver().reply("failed");
    expect(bench.case.stage).toBe("escalated");
    expect(bench.reasons("escalated")[0]).toContain("could not be taken back");
    expect(bench.sent).toEqual(["cool", "cool"]);
  });

  test("by hand, also after the case was solved", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded").read({ temp: 80 }, { minutes: 8 });
    expect(bench.case.status).toBe("resolved");
    const { id } = bench.action(0);
    expect(bench.do({ name: "undo", caseId: bench.caseId, action: id })).toMatchObject({
      ok: true,
    });
    expect(bench.last).toMatchObject({ command: "cool", args: { level: 0 } });
    bench.deliver().reply("succeeded");
    expect(bench.kinds).toContain("undone");
    expect(bench.case.status).toBe("resolved");
    const again = bench.do({ name: "undo", caseId: bench.caseId, action: id });
    expect(again).toMatchObject({ ok: false, status: 409 });
    expect((again as { reason: string }).reason).toContain("taken back already");
  });

  test("by hand not while the device is at work on it", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver();
    const answer = bench.do({ name: "undo", caseId: bench.caseId, action: bench.action(0).id });
    expect(answer).toMatchObject({ ok: false, status: 409 });
    expect((answer as { reason: string }).reason).toContain("cool under way");
  });

  test("by hand stops the playbook: a person has the case", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded");
    bench.do({ name: "undo", caseId: bench.caseId, action: bench.action(0).id });
    expect(bench.case.stage).toBe("escalated");
    bench.deliver().reply("succeeded").read({}, { minutes: 30 });
    expect(bench.sent).toEqual(["cool", "cool"]);
  });

  test("by hand, also when the playbook's own undo was taken back by the off switch", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded").read({}, { minutes: 6 });
    bench.do({ name: "remedies", enabled: false, product: "", reason: "recall" });
    expect(bench.action(1)).toMatchObject({ kind: "undo", state: "cancelled" });
    expect(bench.action(0).undoable).toBe(true);
    const undo = { name: "undo", caseId: bench.caseId, action: bench.action(0).id } as const;
    expect(bench.do(undo)).toMatchObject({ ok: true });
    bench.deliver().reply("succeeded");
    expect(bench.kinds).toContain("undone");
  });

  test("by hand in an older case of the device, whose answer is noted there", () => {
    const bench = new PlaybookBench(undoing.replace("within: 5m }", "within: 5m, settle: 0s }"));
    bench.hot().deliver().reply("succeeded").read({ temp: 80 }, { minutes: 8 });
    const { caseId } = bench;
    const action = bench.action(0).id;
    bench
      .read({ temp: 80 }, { minutes: 2 })
      .pass(5 * 24 * 60)
      .hot();
    expect(bench.rig.cases).toHaveLength(2);
    bench.do({ name: "undo", caseId, action });
    bench.deliver().reply("succeeded");
    expect(bench.rig.events.find((e) => e.kind === "undone")?.caseId).toBe(caseId);
  });

  test("by hand again when the device never got the first attempt", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded").read({ temp: 80 }, { minutes: 8 });
    const undo = { name: "undo", caseId: bench.caseId, action: bench.action(0).id } as const;
    bench.do(undo);
    expect(bench.do(undo)).toMatchObject({ ok: false, status: 409 });
    bench.pass(61);
    expect(bench.case.actions.at(-1)).toMatchObject({ kind: "undo", state: "expired" });
    expect(bench.do(undo)).toMatchObject({ ok: true });
  });

  test.each(["the device has not carried it out", "it has no undo"])("not if %s", (why) => {
    const bench = new PlaybookBench(
      why === "it has no undo" ? steps("- command: { name: reset }") : undoing,
    );
    bench.hot();
    if (why === "it has no undo") bench.deliver().reply("succeeded");
    const answer = bench.do({ name: "undo", caseId: bench.caseId, action: bench.action(0).id });
    expect((answer as { reason: string }).reason).toContain(why);
  });
});
