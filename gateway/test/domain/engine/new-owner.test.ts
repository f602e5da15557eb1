import { describe, expect, test } from "vitest";
import type { JournalRecord, RegisteredDevice } from "#domain/record.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { happened, measured, minute, tick } from "../../support/raw-messages.ts";
import { head, registered, START } from "../../support/records.ts";

const put = (at: number, owner: string, more: Partial<RegisteredDevice> = {}): JournalRecord => ({
  kind: "registry",
  appendedAt: at,
  change: "put",
  device: registered("b1", { owner, ...more }),
  by: "anna",
});

const hot = (n: number): JournalRecord =>
  measured(
    { boot: 1, seq: n + 1, ts: minute(n) },
    { temp: 150, state: "on", cups: 500 + n },
    { at: minute(n) },
  );

const dismissed = (n: number): JournalRecord =>
  happened({ boot: 1, seq: n + 1, ts: minute(n) }, "dismissed", { at: minute(n) });

/** A used machine of Jan's with a fault and a misuse; minute 8 is next. */
function used(): EngineRig {
  const rig = new EngineRig();
  rig.apply(...head(), put(START, "jan"));
  for (let n = 0; n < 5; n += 1) rig.apply(hot(n));
  for (let n = 5; n < 8; n += 1) rig.apply(dismissed(n));
  return rig;
}

describe("a device that is handed on to another owner", () => {
  test("keeps its faults and closes what was about the one before", () => {
    const rig = used();
    expect(rig.alert("b1/warning-ignored/1")?.phase).toBe("firing");
    rig.apply(put(minute(8), "ruth"));
    expect(rig.caseOf("warning-ignored")).toMatchObject({ status: "resolved" });
    expect(rig.alert("b1/warning-ignored/1")?.phase).toBe("inactive");
    expect(rig.events.find(({ kind }) => kind === "resolved")).toMatchObject({
      reason: "The device has a new owner; this was about the one before.",
      by: "anna",
    });
    expect(rig.caseOf("too-hot").status).toBe("open");
    expect(rig.alert("b1/too-hot/1")?.phase).toBe("firing");
  });

  test("has not been used yet, and is not blamed for use before it came", () => {
    const rig = used();
    expect(rig.device("b1")?.use).toEqual([{ day: "2026-06-01", amount: 4 }]);
    rig.apply(put(minute(8), "ruth"));
    expect(rig.device("b1")?.use).toEqual([]);
    // What the counter shows since the last reading belongs to the new owner.
    rig.apply(tick(minute(8) + DAY_MS));
    expect(rig.alert("b1/never-used/1")?.phase ?? "inactive").toBe("inactive");
    rig.apply(tick(minute(8) + 3 * DAY_MS + HOUR_MS));
    expect(rig.alert("b1/never-used/1")?.phase).toBe("firing");
    const later = minute(5 * 1440);
    rig.apply(measured({ boot: 1, seq: 9, ts: later }, { cups: 505 }, { at: later }));
    expect(rig.alert("b1/never-used/1")?.phase).toBe("inactive");
  });

  test("is the same device when the registration says the same again, or names its first owner", () => {
    const rig = new EngineRig();
    rig.apply(...head());
    for (let n = 0; n < 5; n += 1) rig.apply(hot(n));
    for (let n = 5; n < 8; n += 1) rig.apply(dismissed(n));
    rig.apply(put(minute(8), "jan"), put(minute(9), "jan", { attrs: { colour: "red" } }));
    expect(rig.caseOf("warning-ignored").status).toBe("open");
    expect(rig.device("b1")?.use).toHaveLength(1);
  });

  test("begins anew when it comes back into stock and again when it goes out", () => {
    const rig = used();
    rig.apply(put(minute(8), ""));
    expect(rig.caseOf("warning-ignored").status).toBe("resolved");
    rig.apply(hot(9), put(minute(10), "ruth"));
    expect(rig.device("b1")?.use).toEqual([]);
  });

  test("is reported again for what the new owner does", () => {
    const rig = used();
    rig.apply(put(minute(8), "ruth"));
    for (let n = 9; n < 11; n += 1) rig.apply(dismissed(n));
    expect(rig.alert("b1/warning-ignored/1")?.phase).toBe("inactive");
    rig.apply(dismissed(11));
    const cases = rig.cases.filter(({ rule }) => rule === "warning-ignored");
    expect(cases.map(({ status }) => status).toSorted()).toEqual(["open", "resolved"]);
  });
});
