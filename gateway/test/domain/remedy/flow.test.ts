import { describe, expect, test } from "vitest";
import { PlaybookBench, playbook } from "./playbook-bench.ts";

const ESCALATE = "- escalate: { next: Send a technician. }";
const steps = (...lines: readonly string[]) => playbook([...lines, ESCALATE].join("\n"));

describe("branches", () => {
  const branching = playbook(`
- command: { name: cool, args: { level: 1 } }
  verify: { when: temp < 100.0, within: 5m }
  next: { not_proved: hard, rejected: tell, failed: escalate }
- command: { name: reset }
- escalate: { next: First. }
- id: hard
  command: { name: cool, args: { level: 3 } }
- id: tell
  escalate: { next: Told. }
`);

  test.each([
    ["rejected", "Told."],
    ["failed", "First."],
  ] as const)(
    "a device that answers %s is followed by the step that is named for it",
    (said, next) => {
      const bench = new PlaybookBench(branching);
      bench.hot().deliver().reply(said, { code: "low_water" });
      expect(bench.case).toMatchObject({ stage: "escalated", nextStep: next });
      expect(bench.action(0).detail).toBe("low_water");
    },
  );

  test("a proof that does not come goes to its own step, and what lies between is left out", () => {
    const bench = new PlaybookBench(branching);
    bench.hot().deliver().reply("succeeded").read({}, { minutes: 6 });
    expect(bench.rig.commands.map((c) => c.args)).toEqual([{ level: 1 }, { level: 3 }]);
  });

  test("a proved step may be followed by another one", () => {
    const bench = new PlaybookBench(
      playbook(`
- command: { name: cool, args: { level: 1 } }
  verify: { when: temp < 100.0, within: 5m }
  next: { proved: back }
- escalate: { next: First. }
- id: back
  command: { name: reset }
  verify: { when: temp < 90.0, within: 5m }
- escalate: { next: Told. }
`),
    );
    bench.hot().deliver().reply("succeeded").read({ temp: 95 });
    expect(bench.sent).toEqual(["cool", "reset"]);
    bench.deliver().reply("succeeded").read({ temp: 85 }, { minutes: 7 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(bench.case.actions.map((a) => a.proof)).toEqual(["proved", "proved"]);
  });
});

describe("a wait", () => {
  test("ends with its time", () => {
    const bench = new PlaybookBench(steps("- wait: 10m", "- command: { name: reset }"));
    bench.hot().read({}, { minutes: 9 });
    expect(bench.sent).toEqual([]);
    bench.read({}, { minutes: 2 });
    expect(bench.sent).toEqual(["reset"]);
    expect(bench.action(0)).toMatchObject({ kind: "wait", state: "done", what: "10 min" });
  });

  test("ends when telemetry shows what is waited for", () => {
    const bench = new PlaybookBench(
      steps(
        "- wait: { until: state == 'error', atMost: 1h }",
        "- command: { name: cool, args: { level: 1 } }",
      ),
    );
    bench.hot().read({}, { minutes: 5 });
    expect(bench.sent).toEqual([]);
    bench.read({ state: "error" });
    expect(bench.sent).toEqual(["cool"]);
  });

  test("for what never comes expires and takes its branch", () => {
    const bench = new PlaybookBench(
      steps(
        "- wait: { until: state == 'error', atMost: 1h }\n  next: { expired: escalate }",
        "- command: { name: reset }",
      ),
    );
    bench.hot().pass(61);
    expect(bench.case.stage).toBe("escalated");
    expect(bench.sent).toEqual([]);
  });

  test("is over when the alert clears, and nothing is done", () => {
    const bench = new PlaybookBench(steps("- wait: 1h", "- command: { name: reset }"));
    bench.hot().read({ temp: 80 }, { minutes: 70 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "recovered" });
    expect(bench.sent).toEqual([]);
  });
});

describe("a proof as a step of its own", () => {
  const apart = steps(
    "- command: { name: cool, args: { level: 1 } }\n  verify: false\n  undo: { command: { name: cool, args: { level: 0 } } }",
    "- wait: 2m",
    "- verify: { when: temp < 100.0, within: 10m }",
  );

  test("proves the steps before it that left the proof to it", () => {
    const bench = new PlaybookBench(apart);
    bench.hot().deliver().reply("succeeded");
    expect(bench.case.actions.map((a) => a.kind)).toEqual(["command", "wait"]);
    bench.read({}, { minutes: 3 }).read({ temp: 90 });
    expect(bench.action(2)).toMatchObject({ kind: "verify", proof: "proved", state: "done" });
    expect(bench.action(0)).toMatchObject({ proof: "proved", held: "pending" });
    bench.read({ temp: 90 }, { minutes: 6 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 1, proved: 1, failed: 0 });
  });

  test("that does not come speaks against them and takes them back", () => {
    const bench = new PlaybookBench(apart);
    bench.hot().deliver().reply("succeeded").read({}, { minutes: 14 });
    expect(bench.action(2)).toMatchObject({ kind: "verify", proof: "not_proved" });
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 1, proved: 0, failed: 1 });
    expect(bench.last.args).toEqual({ level: 0 });
    bench.deliver().reply("succeeded");
    expect(bench.case.stage).toBe("escalated");
    expect(bench.reasons("undone")).toEqual(['Step 1 (cool {"level":1}) is taken back.']);
  });

  test("is not asked for when the device never says that it did the step", () => {
    const bench = new PlaybookBench(apart);
    bench.hot().deliver().read({}, { minutes: 11 });
    expect(bench.reasons("command_result").join()).toContain("no final answer");
  });
});

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
    expect((answer as { reason: string }).reason).toContain("is under way");
  });

  test("by hand stops the playbook: a person has the case", () => {
    const bench = new PlaybookBench(undoing);
    bench.hot().deliver().reply("succeeded");
    bench.do({ name: "undo", caseId: bench.caseId, action: bench.action(0).id });
    expect(bench.case.stage).toBe("escalated");
    bench.deliver().reply("succeeded").read({}, { minutes: 30 });
    expect(bench.sent).toEqual(["cool", "cool"]);
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

describe("a changed ruleset", () => {
  test("that moves the step under way goes on after its new place", () => {
    const bench = new PlaybookBench(steps("- command: { name: cool, args: { level: 1 } }"));
    bench.hot();
    bench.change(
      steps(
        "- wait: 1h",
        "- command: { name: cool, args: { level: 1 } }",
        "- command: { name: reset }",
      ),
    );
    bench.deliver().reply("failed");
    expect(bench.sent).toEqual(["cool", "reset"]);
  });

  test("that has the step under way no more hands over to a person when it ends", () => {
    const bench = new PlaybookBench(steps("- command: { name: cool, args: { level: 1 } }"));
    bench.hot();
    bench.change(steps("- command: { name: reset }"));
    bench.deliver().reply("failed");
    expect(bench.case.stage).toBe("escalated");
    expect(bench.sent).toEqual(["cool"]);
  });
});
