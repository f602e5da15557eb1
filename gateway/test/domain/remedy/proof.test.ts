import { describe, expect, test } from "vitest";
import { LOW, PlaybookBench, playbook } from "./playbook-bench.ts";

const ESCALATE = "- escalate: { next: Send a technician. }";
const DAY = 24 * 60;

const proving = (verify: string, more = "") =>
  playbook(
    `- command: { name: cool, args: { level: 1 } }\n  verify: { ${verify} }\n- command: { name: reset }\n${ESCALATE}`,
    more,
  );
const done = (verify: string, more = ""): PlaybookBench =>
  new PlaybookBench(proving(verify, more)).hot().deliver().reply("succeeded");

describe("a proof that must hold", () => {
  const held = "when: temp < 100.0, within: 30m, for: 5m";

  test("counts from the first sample that shows it", () => {
    const bench = done(held).read({ temp: 90 }, { minutes: 5 });
    expect(bench.action(0).proof).toBe("pending");
    bench.read({ temp: 90 });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("begins anew with a sample that speaks against it, and with one that cannot tell", () => {
    const bench = done(held).read({ temp: 90 }, { minutes: 4 }).read({ temp: 110 });
    bench.read({ temp: 90 }, { minutes: 4 }).read({ temp: 90, state: null });
    expect(bench.action(0).proof).toBe("pending");
    bench.read({ temp: 90 }, { minutes: 1 });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("does not count time in which nothing was heard", () => {
    const bench = done(held).read({ temp: 90 }).pass(10).read({ temp: 90 });
    expect(bench.action(0).proof).toBe("pending");
  });
});

describe("a proof in use", () => {
  test("takes no sample at rest for a proof", () => {
    const bench = done("when: temp < 100.0, within: 30m, inUse: true");
    bench.read({ temp: 90, state: "error" }, { minutes: 3 });
    expect(bench.action(0).proof).toBe("pending");
    bench.read({ temp: 90, state: "on" });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("may ask for a time in use", () => {
    const bench = done("when: temp < 130.0, within: 60m, inUse: 10m");
    bench.read({ temp: 125, state: "error" }, { minutes: 15 }).read({ temp: 125 }, { minutes: 10 });
    expect(bench.action(0).proof).toBe("pending");
    bench.read({ temp: 125 });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("may ask for units of use", () => {
    const bench = new PlaybookBench(proving("when: temp < 130.0, within: 60m, inUse: 3"));
    bench.read({ cups: 10, temp: 90 }).hot().deliver().reply("succeeded");
    bench.read({ temp: 125, cups: 12 });
    expect(bench.action(0).proof).toBe("pending");
    bench.read({ temp: 125, cups: 13 });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("that never came about says that the device was not in use", () => {
    const bench = done("when: temp < 100.0, within: 10m, inUse: true");
    bench.read({ temp: 125, state: "error" }, { minutes: 11 });
    expect(bench.reasons("not_proved")[0]).toContain("the device was not in use");
  });
});

describe("after the proof", () => {
  const solved = (more = ""): PlaybookBench =>
    done("when: temp < 100.0, within: 30m", more).read({ temp: 80, cups: 1 }, { minutes: 8 });

  test("the fix is pending until its settle time has passed in use, and then has held", () => {
    const bench = solved();
    expect(bench.case.status).toBe("resolved");
    expect(bench.action(0)).toMatchObject({ proof: "proved", held: "pending" });
    expect(bench.action(0).provedAt).toBeGreaterThan(0);
    bench
      .read({ temp: 80, cups: 4 })
      .pass(DAY - 20)
      .read({ temp: 80, cups: 5 }, { minutes: 20 });
    expect(bench.action(0).held).toBe("held");
    expect(bench.kinds).toContain("held");
    expect(bench.fix('cool {"level":1}')).toMatchObject({
      tried: 1,
      proved: 1,
      held: 1,
      failed: 0,
    });
  });

  test("a device that nobody used proves nothing, however long it is heard and quiet", () => {
    const bench = done("when: temp < 100.0, within: 30m, settle: 1h");
    bench.read({ temp: 80, cups: 1 }, { minutes: 240 });
    expect(bench.case.status).toBe("resolved");
    expect(bench.action(0).held).toBe("pending");
    bench.read({ temp: 80, cups: 2 }, { minutes: 65 });
    expect(bench.action(0).held).toBe("held");
  });

  test("a silent device proves nothing", () => {
    const bench = solved().pass(10 * DAY);
    expect(bench.action(0).held).toBe("pending");
  });

  test("what comes back within the settle time reopens the case, which goes on after the step", () => {
    const bench = solved().pass(120).hot();
    expect(bench.action(0).held).toBe("did_not_hold");
    expect(bench.kinds).toContain("did_not_hold");
    expect(bench.case).toMatchObject({ status: "open", stage: "acting" });
    expect(bench.sent).toEqual(["cool", "reset"]);
    expect(bench.fix('cool {"level":1}')).toMatchObject({ held: 0, failed: 1 });
  });

  test("a settle time longer than the time for reopening counts all the same", () => {
    const bench = done("when: temp < 100.0, within: 30m, settle: 6d");
    bench.read({ temp: 80, cups: 1 }, { minutes: 8 });
    bench.pass(5 * DAY).hot();
    expect(bench.rig.cases).toHaveLength(1);
    expect(bench.case.status).toBe("open");
    expect(bench.action(0).held).toBe("did_not_hold");
  });

  test("what comes back later is another matter", () => {
    const bench = solved();
    bench.read({ temp: 80, cups: 5 }).pass(DAY).read({ temp: 80, cups: 6 }, { minutes: 5 });
    bench.pass(6 * 60).read({ temp: 80, cups: 6 }, { minutes: 5 });
    bench.read({ temp: 80 }, { minutes: 6 * 60 });
    expect(bench.action(0).held).toBe("held");
    bench.hot();
    expect(bench.kinds).not.toContain("did_not_hold");
    expect(bench.kinds).toContain("reopened");
  });

  test("a step that asks for no settle time has held at once", () => {
    const bench = done("when: temp < 100.0, within: 30m, settle: 0s").read({ temp: 80 });
    expect(bench.action(0).held).toBe("held");
    expect(bench.fix('cool {"level":1}')).toMatchObject({ held: 1 });
  });

  test("a person who reopens the case says that it did not hold", () => {
    const bench = solved();
    bench.do({ name: "reopen", caseId: bench.caseId, comment: "Still hot" });
    expect(bench.action(0).held).toBe("did_not_hold");
    expect(bench.sent).toEqual(["cool", "reset"]);
  });

  test("the service's own downtime settles nothing", () => {
    const bench = solved().read({ temp: 80, cups: 3 });
    const lastAliveAt = bench.rig.engine.serviceTime;
    bench.now += 2 * DAY;
    const appendedAt = lastAliveAt + 2 * DAY * 60_000;
    bench.apply({ kind: "service", appendedAt, event: "started", reason: "", lastAliveAt });
    bench.read({ temp: 80, cups: 4 }, { minutes: 30 });
    expect(bench.action(0).held).toBe("pending");
  });
});

describe("harm", () => {
  test("is suspected when another fault begins within the settle time of a step", () => {
    const bench = done("when: temp < 100.0, within: 30m", LOW).read({ temp: 80 }, { minutes: 8 });
    bench.read({ temp: 10 });
    expect(bench.action(0).held).toBe("harmful");
    expect(bench.reasons("harm_suspected")[0]).toContain("The boiler is too cold");
    expect(bench.fix('cool {"level":1}')).toMatchObject({ harmful: 1 });
    bench.read({ temp: 80, cups: 3 }, { minutes: 5 }).pass(3 * DAY);
    expect(bench.action(0).held).toBe("harmful");
    expect(bench.fix('cool {"level":1}')).toMatchObject({ harmful: 1, held: 0 });
  });

  test("is not suspected of what was there before the step", () => {
    const more = LOW.replace("temp < 20.0", "temp > 140.0");
    const bench = done("when: temp < 100.0, within: 30m", more);
    bench.read({ temp: 80 }, { minutes: 2 }).read({ temp: 150 }, { minutes: 2 });
    expect(bench.kinds).not.toContain("harm_suspected");
  });

  test("is not suspected of a step that the device never got", () => {
    const bench = new PlaybookBench(proving("when: temp < 100.0, within: 30m", LOW)).hot();
    bench.read({ temp: 10 });
    expect(bench.kinds).not.toContain("harm_suspected");
  });

  test("is not suspected when the settle time is over", () => {
    const bench = done("when: temp < 100.0, within: 30m", LOW).read({ temp: 80 }, { minutes: 8 });
    bench.pass(2 * DAY).read({ temp: 10 });
    expect(bench.kinds).not.toContain("harm_suspected");
  });

  test("is not suspected when a misuse begins", () => {
    const more = LOW.replace("kind: fault", "kind: misuse");
    const bench = done("when: temp < 100.0, within: 30m", more).read({ temp: 80 }, { minutes: 8 });
    bench.read({ temp: 10 });
    expect(bench.kinds).not.toContain("harm_suspected");
  });
});

describe("a success that comes late", () => {
  const late = (): PlaybookBench => {
    const bench = new PlaybookBench(proving("when: temp < 100.0, within: 30m"));
    bench.hot();
    const { id } = bench.last;
    bench.read({}, { minutes: 11 });
    expect(bench.action(0).state).toBe("expired");
    return bench.reply("succeeded", { id });
  };

  test("of a step that was given up counts when its proof comes, and what waits instead is taken back", () => {
    const bench = late().read({ temp: 90 });
    expect(bench.action(0)).toMatchObject({ state: "succeeded", proof: "proved", held: "pending" });
    expect(bench.action(1)).toMatchObject({ state: "cancelled" });
    bench.read({ temp: 90 }, { minutes: 6 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(bench.sent).toEqual(["cool", "reset"]);
    expect(bench.fix('cool {"level":1}')).toMatchObject({ tried: 1, proved: 1, failed: 0 });
  });

  test("leaves the step under way its own proof", () => {
    const bench = late().deliver().reply("succeeded").read({ temp: 80 }, { minutes: 8 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(bench.action(0).proof).toBe("proved");
  });

  test("of a step without a condition of its own is proved when the alert clears", () => {
    const bench = new PlaybookBench(
      playbook(`- command: { name: cool, args: { level: 1 } }\n- wait: 1h\n${ESCALATE}`),
    );
    bench.hot();
    const { id } = bench.last;
    bench.read({}, { minutes: 11 }).reply("succeeded", { id }).read({ temp: 80 }, { minutes: 7 });
    expect(bench.case).toMatchObject({ status: "resolved", resolution: "fixed" });
    expect(bench.action(0)).toMatchObject({ proof: "proved", held: "pending" });
  });

  test("is noted and forgotten when its proof does not come", () => {
    const bench = late().pass(40);
    expect(bench.reasons("command_result").join()).toContain("after the step was given up");
    expect(bench.action(0)).toMatchObject({ state: "succeeded", proof: "not_proved" });
  });
});
