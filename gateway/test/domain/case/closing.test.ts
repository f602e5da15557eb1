import { describe, expect, test } from "vitest";
import { HOUR_MS } from "#domain/units.ts";
import { at, Broken } from "../../support/broken-kettle.ts";
import { Fleet } from "../../support/fleet.ts";

describe("closing a case as work done while its alert fires", () => {
  test("holds if telemetry agrees within a day, and says so", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "New relay." }, 1);
    expect(rig.first).toMatchObject({ status: "resolved", resolution: "by_agent" });
    expect(rig.first.suppressed).toBeUndefined();
    rig.mends("k0", at(5));
    rig.until(at(30));
    expect(rig.first.status).toBe("resolved");
    expect(rig.lines(rig.id).slice(-2)).toEqual(["resolved", "alert_cleared"]);
    expect(rig.events.at(-1)?.reason).toContain("Telemetry agrees with anna");
  });

  test("is disputed once when it still fires a day later: open again, with a person, and who said what", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "acknowledge" }, 0.5);
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(20);
    rig.until(at(25));
    expect(rig.first).toMatchObject({
      status: "open",
      stage: "escalated",
      acknowledgedBy: null,
      resolvedAt: null,
      refires: 1,
    });
    const disputed = rig.events.find((e) => e.kind === "disputed");
    expect(disputed?.reason).toMatch(
      /^Telemetry still shows .* closed by anna at 2026-06-01T01:00/,
    );
    rig.mends("k0", at(26));
    expect(rig.first).toMatchObject({ status: "resolved", resolution: "recovered" });
  });

  test("closed a second time it stays closed until the alert has cleared: nobody fights a person", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(20);
    rig.until(at(26));
    rig.asksOfCase({ name: "resolve", comment: "It is as it should be." }, 27);
    expect(rig.first).toMatchObject({ status: "resolved", suppressed: true });
    for (let day = 2; day < 10; day++) rig.beeps(day * 24);
    rig.until(at(10 * 24));
    expect(rig.first.status).toBe("resolved");
    expect(rig.kindsOf("disputed")).toBe(1);
    rig.mends("k0", at(11 * 24));
    rig.until(at(11 * 24 + 2));
    expect(rig.first.suppressed).toBe(false);
    rig.breaks("k0", at(11 * 24 + 3));
    expect(rig.broken.filter((c) => c.status === "open")).toHaveLength(1);
  });

  test("a device that has not been heard of since shows nothing: the question stays open", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.until(at(80));
    expect(rig.first.status).toBe("resolved");
    rig.beeps(81);
    rig.until(at(81 + 7));
    expect(rig.first).toMatchObject({ status: "open", stage: "escalated" });
  });

  test("what comes and goes meanwhile is told in one line and judged at the end", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    for (let hour = 2; hour < 12; hour += 2) {
      rig.mends("k0", at(hour));
      rig.breaks("k0", at(hour + 1));
    }
    expect(rig.first.status).toBe("resolved");
    expect(rig.kindsOf("suppressed")).toBe(1);
    rig.until(at(25));
    expect(rig.first.status).toBe("open");
  });

  test("the gateway's own downtime speaks against nobody", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(2);
    const started = { kind: "service", event: "started", reason: "" } as const;
    rig.play({ ...started, appendedAt: at(40), lastAliveAt: at(2) });
    rig.until(at(41));
    expect(rig.first.status).toBe("resolved");
    rig.until(at(1 + 24 + 38 + 1));
    expect(rig.first.status).toBe("open");
  });
});

describe("a case closed as none", () => {
  test.each([
    ["false_alarm", "false_alarm", 1],
    ["duplicate", "by_agent", 1],
    ["sensor_fault", "false_alarm", 72],
  ] as const)(
    "judged %s keeps the key quiet until the alert was clear for %s h",
    (verdict, resolution, quiet) => {
      const rig = new Broken();
      rig.asksOfCase({ name: "verdict", verdict, comment: "" }, 1);
      expect(rig.first).toMatchObject({ status: "resolved", resolution, suppressed: true });
      rig.mends("k0", at(20));
      rig.breaks("k0", at(20) + (quiet * HOUR_MS) / 2);
      expect(rig.broken).toHaveLength(1);
      rig.mends("k0", at(60));
      rig.until(at(60 + quiet));
      expect(rig.first.suppressed).toBe(false);
      rig.breaks("k0", at(61 + quiet));
      expect(rig.broken).toHaveLength(2);
      expect(rig.broken[1]).toMatchObject({ status: "open", follows: rig.id });
    },
  );

  test("left as it is never reopens, and stays quiet as long as a return would reopen it", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "Too old.", as: "wont_fix" }, 1);
    expect(rig.first).toMatchObject({ resolution: "wont_fix", suppressed: true });
    rig.mends("k0", at(2));
    rig.breaks("k0", at(50));
    expect(rig.broken).toHaveLength(1);
    rig.mends("k0", at(51));
    rig.until(at(51 + 73));
    rig.breaks("k0", at(51 + 74));
    expect(rig.broken.map((c) => [c.status, c.follows])).toEqual([
      ["resolved", undefined],
      ["open", rig.id],
    ]);
  });

  test("says in one line a day how often it fired meanwhile", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "", as: "wont_fix" }, 1);
    for (let hour = 2; hour < 62; hour += 2) {
      rig.mends("k0", at(hour));
      rig.breaks("k0", at(hour + 1));
    }
    const lines = rig.events.filter((e) => e.kind === "suppressed").map((e) => e.reason);
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^Nothing new opens until its alert has been clear for 3 d/);
    expect(lines[1]).toMatch(/^It fired again \(/);
    expect(lines[2]).toMatch(/^It has fired 13 times since/);
  });

  test("is never quiet for longer than 30 days: it is open again and says why", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    for (let day = 1; day < 30; day++) rig.beeps(day * 24);
    rig.until(at(30 * 24 + 2));
    expect(rig.first).toMatchObject({ status: "open", stage: "escalated", suppressed: false });
    expect(rig.events.findLast((e) => e.kind === "reopened")?.reason).toContain("anna closed it");
    expect(rig.cases.find((c) => c.id === rig.id)?.status).toBe("open");
  });

  test("opened again by a person it is quiet no more", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    rig.asksOfCase({ name: "reopen", comment: "It is true." }, 2);
    expect(rig.first).toMatchObject({ status: "open", suppressed: false });
    rig.until(at(40 * 24));
    expect(rig.first.status).toBe("open");
  });

  test("confirmed after all it counts as closed with the work done", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    rig.asksOfCase({ name: "verdict", verdict: "confirmed", comment: "" }, 2);
    expect(rig.first).toMatchObject({ suppressed: false, verdict: "confirmed" });
    rig.beeps(20);
    rig.until(at(27));
    expect(rig.first.status).toBe("open");
  });

  test("put off it stays open and says by whom", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "deferred", comment: "after the holidays" }, 1);
    expect(rig.first).toMatchObject({ status: "open", verdict: "deferred" });
    expect(rig.first.nextStep).toBe("Put off by anna: after the holidays. Decide when it is due.");
  });

  test("after a dispute, work that has helped closes it as any other", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "resolve", comment: "" }, 1);
    rig.beeps(20);
    rig.until(at(26));
    rig.asksOfCase({ name: "acknowledge" }, 27);
    rig.mends("k0", at(28));
    rig.asksOfCase({ name: "resolve", comment: "Now it is new." }, 29);
    expect(rig.first).toMatchObject({ status: "resolved", resolution: "by_agent" });
    expect(rig.first.suppressed).toBeUndefined();
  });

  test("a rule that means another problem now is not quiet", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    const [, rules] = Fleet.head("", at(2));
    if (rules?.kind !== "ruleset") throw new Error("no ruleset");
    const files = rules.rules.map((file) => ({
      ...file,
      text: file.text.replace("id: broken", "id: broken\n    keyVersion: 2"),
    }));
    rig.play({ ...rules, hash: "k2", rules: files });
    expect(rig.first.suppressed).toBe(false);
    rig.breaks("k0", at(3));
    expect(rig.broken).toHaveLength(2);
  });

  test("a device that leaves the registry leaves nothing of it behind", () => {
    const rig = new Broken();
    rig.asksOfCase({ name: "verdict", verdict: "false_alarm", comment: "" }, 1);
    const device = {
      id: "k0",
      product: "kettle",
      attrs: {},
      cohort: "",
      owner: "",
      activatedAt: 1,
    };
    rig.play({ kind: "registry", appendedAt: at(2), change: "remove", device, by: "anna" });
    expect(rig.engine.nextDeadline()).toBeUndefined();
  });
});
