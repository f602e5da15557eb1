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

  test("has the settle time that it names", () => {
    const bench = new PlaybookBench(apart.replace("within: 10m }", "within: 10m, settle: 0s }"));
    bench.hot().deliver().reply("succeeded").read({}, { minutes: 3 }).read({ temp: 90 });
    expect(bench.action(0)).toMatchObject({ proof: "proved", held: "held" });
  });

  test("is not asked for when the device never says that it did the step", () => {
    const bench = new PlaybookBench(apart);
    bench.hot().deliver().read({}, { minutes: 11 });
    expect(bench.reasons("command_result").join()).toContain("no final answer");
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

  test("that brings the step under way forward comes to its old place again, as another action", () => {
    const first = "- command: { name: cool, args: { level: 1 } }";
    const reset = "- command: { name: reset }";
    const bench = new PlaybookBench(steps(first, reset));
    bench.hot().deliver().reply("failed");
    bench.change(steps(reset, "- command: { name: cool, args: { level: 3 } }"));
    bench.deliver().reply("failed");
    expect(bench.sent).toEqual(["cool", "reset", "cool"]);
    const ids = bench.case.actions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
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
