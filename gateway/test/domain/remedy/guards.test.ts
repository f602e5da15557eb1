import { describe, expect, test } from "vitest";
import { PlaybookBench, playbook } from "./playbook-bench.ts";

const ESCALATE = "- escalate: { next: Send a technician. }";
const steps = (...lines: readonly string[]) => playbook([...lines, ESCALATE].join("\n"));

describe("a precondition", () => {
  test("that does not hold holds the step back until telemetry shows that it does", () => {
    const bench = new PlaybookBench(
      steps("- command: { name: cool, args: { level: 1 } }\n  if: state == 'error'"),
    );
    bench.hot();
    expect(bench.sent).toEqual([]);
    expect(bench.action(0).detail).toBe("waits until state == 'error' is known to hold");
    bench.read({ state: null });
    expect(bench.sent).toEqual([]);
    bench.read({ state: "error" });
    expect(bench.sent).toEqual(["cool"]);
  });

  test("that never comes to hold lets the step expire, and its branch is taken", () => {
    const bench = new PlaybookBench(
      steps(
        "- command: { name: cool, args: { level: 1 }, expiresIn: 5m }\n  if: state == 'error'\n  next: { expired: escalate }",
        "- command: { name: reset }",
      ),
    );
    bench.hot().read({}, { minutes: 6 });
    expect(bench.action(0)).toMatchObject({ state: "expired", proof: "not_proved" });
    expect(bench.case.stage).toBe("escalated");
    expect(bench.sent).toEqual([]);
  });

  test("with `else: skip` is asked once: not true now skips the step with the reason", () => {
    const bench = new PlaybookBench(
      steps(
        "- command: { name: cool, args: { level: 1 } }\n  if: state == 'error'\n  else: skip",
        "- command: { name: reset }",
      ),
    );
    bench.hot();
    expect(bench.reasons("step_skipped")).toEqual([
      "Step 1 was skipped: state == 'error' does not hold, or cannot be told.",
    ]);
    expect(bench.sent).toEqual(["reset"]);
  });
});

describe("a step that may act only at rest", () => {
  const idle = steps("- command: { name: cool, args: { level: 1 } }\n  safety: idle");

  test("waits while the device is in use", () => {
    const bench = new PlaybookBench(idle);
    bench.hot();
    expect(bench.action(0).detail).toContain("not to be in use");
    expect(bench.sent).toEqual([]);
    bench.read({ state: "error" });
    expect(bench.sent).toEqual(["cool"]);
  });

  test("waits while nobody can tell whether it is in use", () => {
    const bench = new PlaybookBench(idle);
    bench.hot().read({ state: null }, { minutes: 3 });
    expect(bench.sent).toEqual([]);
  });
});

describe("a cool-down", () => {
  const cooled = steps(
    "- command: { name: cool, args: { level: 1 } }\n  verify: { when: temp < 100.0, within: 5m }\n  coolDown: 2h\n  perDevice: { tries: 3, within: 1d }",
  );

  test("that outlasts the time of the step skips it", () => {
    const bench = new PlaybookBench(cooled);
    bench.hot().deliver().reply("succeeded").read({ temp: 90 }).read({ temp: 90 }, { minutes: 7 });
    expect(bench.case.status).toBe("resolved");
    const second = `${cooled}  - id: too-hot-again
    kind: fault
    title: Too hot again
    why: It matters.
    when: temp > 135.0
    playbook:
      - command: { name: cool, args: { level: 1 } }
        coolDown: 2h
      - escalate: { next: Look. }
`;
    bench.change(second);
    bench.read({ temp: 150 });
    expect(bench.reasons("step_skipped")).toEqual([
      "Step 1 was skipped: it was done 9 min ago and may be done again after 2 h.",
    ]);
    expect(bench.sent).toEqual(["cool"]);
  });

  test("counts over every rule that asks for the same, and is waited for when it ends in time", () => {
    const second = `  - id: much-too-hot
    kind: fault
    title: Much too hot
    why: Danger.
    when: temp > 180.0
    playbook:
      - command: { name: cool, args: { level: 1 }, expiresIn: 1h }
        coolDown: 30m
      - escalate: { next: Look. }
`;
    const bench = new PlaybookBench(
      playbook(
        `- command: { name: cool, args: { level: 1 } }\n  coolDown: 30m\n${ESCALATE}`,
        second,
      ),
    );
    bench.hot().deliver().reply("succeeded");
    bench.read({ temp: 190 });
    expect(bench.rig.caseOf("much-too-hot").actions[0]?.detail).toContain(
      "may be done again after 30 min",
    );
    bench.read({ temp: 190 }, { minutes: 28 });
    expect(bench.sent).toEqual(["cool"]);
    bench.pass(2);
    expect(bench.sent).toEqual(["cool", "cool"]);
  });
});

describe("a limit", () => {
  const limited = (more: string) =>
    steps(
      `- command: { name: cool, args: { level: 1 }, expiresIn: 10m }\n  verify: { when: temp < 100.0, within: 5m, settle: 0s }\n  ${more}`,
    );

  test("per device counts over reopenings and new cases", () => {
    const bench = new PlaybookBench(limited("perDevice: { tries: 2, within: 30d }"));
    for (let episode = 0; episode < 3; episode++) {
      bench.hot();
      if (episode < 2) bench.deliver().reply("succeeded");
      bench.read({ temp: 80 }, { minutes: 8 }).pass(60 * 24 * 4);
    }
    expect(bench.sent).toEqual(["cool", "cool"]);
    expect(bench.reasons("step_skipped")).toEqual([
      "Step 1 was skipped: it was tried 2 times on this device within 30 d, and that is its limit.",
    ]);
  });

  test("per device does not count what the device never got", () => {
    const bench = new PlaybookBench(limited("perDevice: { tries: 1, within: 30d }"));
    bench.hot().read({}, { minutes: 12 });
    expect(bench.action(0).state).toBe("expired");
    bench.do({ name: "resolve", caseId: bench.caseId, comment: "" });
    bench.read({ temp: 80 }, { minutes: 20 }).pass(60 * 24 * 4);
    bench.hot();
    expect(bench.sent).toEqual(["cool", "cool"]);
  });

  test("per fleet lets the other devices wait until there is room, one after the other", () => {
    const devices = ["b1", "b2", "b3"];
    const rules = limited("perFleet: { tries: 1, within: 4m }");
    const bench = new PlaybookBench(rules, devices);
    for (let n = 0; n < 3; n++) {
      bench.now -= n === 0 ? 0 : 3;
      bench.hot(devices[n] ?? "");
    }
    expect(bench.rig.commands.map((c) => c.device)).toEqual(["b1"]);
    const waiting = bench.rig.cases.filter((c) => c.device !== "b1").map((c) => c.actions[0]);
    expect(waiting.map((a) => a?.detail)).toEqual([
      "waits: 1 devices had it within 4 min, and that is its limit",
      "waits: 1 devices had it within 4 min, and that is its limit",
    ]);
    bench.pass(4);
    expect(bench.rig.commands).toHaveLength(2);
    bench.pass(3);
    expect(bench.rig.commands).toHaveLength(2);
    bench.pass(1);
    expect(bench.rig.commands.map((c) => c.device).sort()).toEqual(devices);
  });

  test("per fleet that stays used up lets the step expire", () => {
    const bench = new PlaybookBench(limited("perFleet: { tries: 1, within: 1d }"), ["b1", "b2"]);
    bench.hot("b1");
    bench.hot("b2").read({}, { minutes: 11, device: "b2" });
    const second = bench.rig.cases.find((c) => c.device === "b2");
    expect(second).toMatchObject({ stage: "escalated" });
    expect(second?.actions[0]).toMatchObject({ state: "expired" });
  });
});

describe("a step that needs an engineer", () => {
  const asking = steps(
    "- command: { name: cool, args: { level: 1 } }\n  safety: engineer\n  next: { declined: escalate }",
    "- command: { name: reset }",
  );

  test("asks, and sends nothing before the word", () => {
    const bench = new PlaybookBench(asking);
    bench.hot().read({}, { minutes: 30 });
    expect(bench.case).toMatchObject({ stage: "approval", status: "open" });
    expect(bench.kinds.filter((kind) => kind === "approval_asked")).toHaveLength(1);
    expect(bench.sent).toEqual([]);
  });

  test("acts with the word, which is told with its author and comment", () => {
    const bench = new PlaybookBench(asking);
    bench.hot().pass(60);
    const answer = bench.do({ name: "approve", caseId: bench.caseId, comment: "Go ahead." });
    expect(answer).toMatchObject({ ok: true });
    expect(bench.rig.events.find((e) => e.kind === "approved")).toMatchObject({
      by: "anna",
      reason: "anna approved step 1: Go ahead.",
    });
    expect(bench.sent).toEqual(["cool"]);
    expect(bench.last.expiresAt - bench.last.createdAt).toBe(10 * 60_000);
  });

  test("is declined: its branch is taken", () => {
    const bench = new PlaybookBench(asking);
    bench.hot();
    bench.do({ name: "decline", caseId: bench.caseId, comment: "The owner is cooking." });
    expect(bench.case.stage).toBe("escalated");
    expect(bench.reasons("escalated")).toEqual([
      "A person takes over: anna declined step 1: The owner is cooking.",
    ]);
    expect(bench.sent).toEqual([]);
  });

  test("expires when nobody says a word for three days, and goes on", () => {
    const bench = new PlaybookBench(asking);
    bench.hot().pass(3 * 24 * 60);
    expect(bench.action(0).detail).toBe("no engineer gave a word in time");
    expect(bench.sent).toEqual(["reset"]);
  });

  test("takes no word when none is asked for", () => {
    const bench = new PlaybookBench(steps("- command: { name: cool, args: { level: 1 } }"));
    bench.hot();
    for (const name of ["approve", "decline"] as const) {
      expect(bench.do({ name, caseId: bench.caseId, comment: "" })).toMatchObject({ status: 409 });
    }
  });
});

test("a step that the owner must allow goes to a person, who is told to ask", () => {
  const bench = new PlaybookBench(
    steps("- command: { name: cool, args: { level: 1 } }\n  safety: owner"),
  );
  bench.hot();
  expect(bench.case).toMatchObject({ stage: "escalated", callback: true });
  expect(bench.case.nextStep).toContain("Ask the owner about step 1");
  expect(bench.sent).toEqual([]);
});
