import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { measured, minute, ruleset, tick } from "../../support/raw-messages.ts";
import { head, registered } from "../../support/records.ts";

/** One reading at the device's minute `n`, appended when the server's clock stands `ahead` of it. */
const temp = (n: number, degrees: number, ahead: DurationMs = 0): JournalRecord =>
  measured(
    { boot: 1, seq: n + 1, ts: minute(n) },
    { temp: degrees, state: "on" },
    { at: minute(n) + ahead },
  );

/** What the service writes first when its clock was set forward. */
const noticed = (lastAliveAt: EpochMs, now: EpochMs): JournalRecord => ({
  kind: "service",
  appendedAt: now,
  event: "recovered",
  reason: "the machine's clock was set forward",
  lastAliveAt,
});

const started = (lastAliveAt: EpochMs, now: EpochMs): JournalRecord => ({
  kind: "service",
  appendedAt: now,
  event: "started",
  reason: "",
  lastAliveAt,
});

/** `count` readings from minute `from` on, the server's clock `ahead` by so much. */
function play(
  rig: EngineRig,
  {
    from,
    count,
    degrees,
    ahead,
  }: { from: number; count: number; degrees: number; ahead: DurationMs },
): void {
  for (let n = from; n < from + count; n += 1) rig.apply(temp(n, degrees, ahead));
}

const rigWith = (degrees: readonly number[]): EngineRig => {
  const rig = new EngineRig();
  rig.apply(...head(), ...degrees.map((d, n) => temp(n, d)));
  return rig;
};

describe("the server's clock is set while all is well", () => {
  test.each([
    ["an hour ahead", HOUR_MS],
    ["twenty seconds ahead", 20 * SECOND_MS],
    ["twenty seconds back", -20 * SECOND_MS],
  ])("%s: no case, and the device is judged on as before", (_what, ahead) => {
    const rig = rigWith([80, 80, 80, 80, 80]);
    const now = minute(5) + ahead;
    if (ahead > 5 * SECOND_MS) rig.apply(noticed(minute(5), now));
    rig.apply(tick(now));
    play(rig, { from: 5, count: 5, degrees: 80, ahead });
    expect(rig.cases).toEqual([]);
    expect(rig.count("clock_suspect_total")).toBe(0);
    play(rig, { from: 10, count: 3, degrees: 150, ahead });
    expect(rig.caseOf("too-hot").onsetAt).toBe(minute(10));
    play(rig, { from: 13, count: 10, degrees: 80, ahead });
    expect(rig.kinds).toContain("alert_cleared");
  });

  test("an hour back: no case; readings decide nothing until it has caught up, and then as before", () => {
    const rig = rigWith([80, 80, 80, 80, 80]);
    rig.apply(tick(minute(5) - HOUR_MS));
    play(rig, { from: 5, count: 3, degrees: 150, ahead: -HOUR_MS });
    expect(rig.cases).toEqual([]);
    expect(rig.count("clock_suspect_total")).toBe(3);
    play(rig, { from: 8, count: 60, degrees: 80, ahead: -HOUR_MS });
    play(rig, { from: 68, count: 3, degrees: 150, ahead: 0 });
    expect(rig.caseOf("too-hot").onsetAt).toBe(minute(68));
  });

  test("an hour ahead and back again after a minute: no case, and nothing fires twice", () => {
    const rig = rigWith([80, 80, 80]);
    rig.apply(noticed(minute(3), minute(3) + HOUR_MS), temp(3, 80, HOUR_MS));
    play(rig, { from: 4, count: 70, degrees: 80, ahead: 0 });
    expect(rig.cases).toEqual([]);
    play(rig, { from: 74, count: 3, degrees: 150, ahead: 0 });
    expect(rig.kinds.filter((k) => k === "opened")).toHaveLength(1);
  });
});

describe("a step of the server's clock while a breach has not lasted long enough", () => {
  test.each([
    ["forward by an hour", HOUR_MS],
    ["forward by three minutes", 3 * MINUTE_MS],
    ["back by a minute", -MINUTE_MS],
  ])("%s does not count as time on the device", (_what, ahead) => {
    const rig = rigWith([80, 80, 150]);
    const now = minute(2) + 20 * SECOND_MS;
    if (ahead > 0) rig.apply(noticed(now, now + ahead));
    rig.apply(tick(now + ahead), tick(now + ahead + 10 * SECOND_MS));
    expect(rig.cases).toEqual([]);
    play(rig, { from: 3, count: 4, degrees: 80, ahead });
    expect(rig.cases).toEqual([]);
    play(rig, { from: 7, count: 3, degrees: 150, ahead });
    expect(rig.caseOf("too-hot").onsetAt).toBe(minute(7));
  });
});

describe("the server's clock is set while the service is down", () => {
  test.each([
    ["an hour ahead", HOUR_MS],
    ["an hour back", -HOUR_MS],
  ])("%s: no case at its start, and a device that stays silent is still found", (_what, ahead) => {
    const rig = rigWith([80, 80, 80]);
    const now = minute(4) + ahead;
    rig.apply(started(minute(3), now), tick(now + MINUTE_MS));
    expect(rig.cases).toEqual([]);
    rig.apply(tick(now + 2 * HOUR_MS));
    expect(rig.caseOf("silent").status).toBe("open");
  });
});

describe("a silence that stands", () => {
  function silent(): EngineRig {
    const rig = rigWith([80, 80]);
    rig.apply(tick(minute(40)));
    expect(rig.caseOf("silent").status).toBe("open");
    return rig;
  }
  const put: JournalRecord = {
    kind: "registry",
    appendedAt: minute(46),
    change: "put",
    device: registered("b1", { owner: "someone" }),
    by: "anna",
  };

  test("is not ended by a restart of the service, whatever is looked at again after it", () => {
    const rig = silent();
    rig.apply(started(minute(41), minute(45)), put);
    rig.apply(ruleset(minute(47), { rules: (text) => text.replace("never used", "not used") }));
    expect(rig.alert("b1/silent/1")).toMatchObject({ phase: "firing", unknown: true });
    rig.apply(tick(minute(60)));
    expect(rig.alert("b1/silent/1")).toMatchObject({ phase: "firing", unknown: false });
    expect(rig.caseOf("silent").status).toBe("open");
    expect(rig.kinds.filter((k) => k === "opened" || k === "resolved")).toEqual(["opened"]);
  });

  test("is not ended by a clock that is set forward, but by the device's next message", () => {
    const rig = silent();
    rig.apply(noticed(minute(45), minute(45) + HOUR_MS), {
      ...put,
      appendedAt: minute(46) + HOUR_MS,
    });
    expect(rig.caseOf("silent").status).toBe("open");
    rig.apply(temp(47, 80, HOUR_MS), tick(minute(48) + HOUR_MS));
    expect(rig.caseOf("silent").status).toBe("resolved");
  });
});
