import { describe, expect, test } from "vitest";
import { LOW, PlaybookBench, playbook } from "./playbook-bench.ts";

const ESCALATE = "- escalate: { next: Send a technician. }";
const rules = (more = "", extra = "") =>
  `${playbook(`- command: { name: cool, args: { level: 1 } }\n  verify: { when: temp < 100.0, within: 5m, settle: 0s }\n${ESCALATE}`)}${more}${extra}`;

const names = (n: number) => Array.from({ length: n }, (_, i) => `b${i + 1}`);

/** One device after the other has the problem; its step works or not. */
function tried(bench: PlaybookBench, works: readonly boolean[], from = 0): void {
  works.forEach((isWorking, i) => {
    const device = `b${from + i + 1}`;
    bench.hot(device);
    const command = bench.rig.commands.find((c) => c.device === device);
    if (command === undefined) return;
    bench.reply("succeeded", { id: command.id, device });
    bench.read({ temp: isWorking ? 80 : 150 }, { minutes: 6, device });
  });
}

describe("a step that fails too often", () => {
  test("is withdrawn, a notice goes to the team, and the next device skips it with the reason", () => {
    const bench = new PlaybookBench(rules(), names(9));
    tried(bench, [true, true, true, true, false, false, false]);
    expect(bench.fix('cool {"level":1}')).toMatchObject({
      tried: 7,
      held: 4,
      failed: 3,
      withdrawnAt: null,
    });
    tried(bench, [false], 7);
    expect(bench.fix('cool {"level":1}')).toMatchObject({
      failed: 4,
      withdrawnWhy: "it failed 4 of 8 times",
    });
    expect(bench.rig.notices).toEqual([
      expect.objectContaining({ about: "fix_withdrawn", device: "b8", rung: 0 }),
    ]);
    tried(bench, [true], 8);
    expect(bench.rig.commands.filter((c) => c.device === "b9")).toEqual([]);
    expect(bench.reasons("step_skipped")).toEqual([
      "Step 1 was skipped: it was withdrawn: it failed 4 of 8 times.",
    ]);
  });

  test("is used again after a person reinstated it, and its counts begin anew", () => {
    const bench = new PlaybookBench(rules(), names(9));
    tried(
      bench,
      Array.from({ length: 8 }, () => false),
    );
    const { step = "" } = bench.fix('cool {"level":1}');
    const again = {
      name: "reinstate",
      product: "boiler",
      rule: "too-hot",
      step,
      reason: "",
    } as const;
    expect(bench.do(again)).toMatchObject({ ok: true });
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 0, failed: 0, withdrawnAt: null });
    expect(bench.do(again)).toMatchObject({ ok: false, status: 404 });
    tried(bench, [true], 8);
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 1, held: 1 });
  });

  test("stays in use when the rule says so", () => {
    const never = rules().replace("    playbook:", "    withdrawWhen: never\n    playbook:");
    const bench = new PlaybookBench(never, names(9));
    tried(
      bench,
      Array.from({ length: 9 }, () => false),
    );
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 9, failed: 9, withdrawnAt: null });
  });

  test("is withdrawn at the limit that the rule names", () => {
    const strict = rules().replace(
      "    playbook:",
      "    withdrawWhen: { failed: { percent: 100, of: 2 } }\n    playbook:",
    );
    const bench = new PlaybookBench(strict, names(3));
    tried(bench, [false, false]);
    expect(bench.fix('cool {"level":1}').withdrawnWhy).toBe("it failed 2 of 2 times");
  });

  test("and is changed has no part in what the one before did", () => {
    const bench = new PlaybookBench(rules(), names(9));
    tried(
      bench,
      Array.from({ length: 8 }, () => false),
    );
    bench.change(rules().replace("level: 1", "level: 2"));
    tried(bench, [true], 8);
    expect(bench.fix('cool {"level":2}')).toMatchObject({ tried: 1, held: 1, withdrawnAt: null });
  });
});

test("a step is withdrawn when another fault begins after it too often", () => {
  const settling = rules("", LOW).replace("settle: 0s", "settle: 1d");
  const bench = new PlaybookBench(settling, names(5));
  tried(
    bench,
    Array.from({ length: 5 }, () => true),
  );
  for (let n = 1; n <= 3; n++) bench.read({ temp: 10 }, { device: `b${n}` });
  expect(bench.fix('cool {"level":1}')).toMatchObject({
    harmful: 3,
    withdrawnWhy: "another fault began after it 3 of 5 times",
  });
});

test("a step that can never be sent says nothing about itself", () => {
  const bench = new PlaybookBench(rules());
  bench.hot();
  const commandId = bench.last.id;
  const outcome = { kind: "command_outcome", commandId, device: "b1", outcome: "refused" } as const;
  bench.apply({ ...outcome, appendedAt: bench.rig.engine.serviceTime, detail: "too large" });
  expect(bench.case.stage).toBe("escalated");
  expect(bench.rig.fixes).toEqual([]);
});

test("a proved step whose alert does not clear has failed once", () => {
  const apart = rules().replace(
    "temp < 100.0, within: 5m, settle: 0s",
    "state == 'error', within: 5m",
  );
  const bench = new PlaybookBench(apart);
  bench.hot().deliver().reply("succeeded").read({ state: "error" });
  expect(bench.case.stage).toBe("watching");
  bench.read({}).pass(25 * 60);
  expect(bench.action(0).held).toBe("did_not_hold");
  expect(bench.fix('cool {"level":1}')).toMatchObject({ proved: 1, failed: 1, held: 0 });
});

test("a device that was never reached says nothing about the step", () => {
  const bench = new PlaybookBench(rules());
  bench.hot().read({}, { minutes: 12 });
  expect(bench.rig.fixes).toEqual([]);
});
