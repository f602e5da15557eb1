import { expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import { DeviceScript, head, registered } from "../../support/records.ts";

const OPEN = 0;

/** Ten days: an overheating of twenty minutes on day 2, three dismissals on day 4, never a cup. */
function tenDays(device: string, start: number): readonly JournalRecord[] {
  const script = new DeviceScript(device);
  const records: JournalRecord[] = [
    {
      kind: "registry",
      appendedAt: start,
      change: "put",
      device: registered(device, { activatedAt: OPEN }),
      by: "open registration",
    },
    script.status(start, "online"),
  ];
  for (let hour = 0; hour < 240; hour++) {
    const at = start + hour * HOUR_MS;
    records.push(script.tele(at, { temp: 90, state: "on", cups: 0 }));
    if (hour === 48) {
      for (let i = 1; i <= 20; i++) records.push(script.tele(at + i * MINUTE_MS, { temp: 150 }));
    }
    if (hour >= 96 && hour < 99) records.push(script.event(at + MINUTE_MS, "dismissed"));
  }
  records.push(script.status(start + 10 * DAY_MS, "offline", "planned"));
  return records;
}

/** Without silence: it runs on the service's clock, which a later recording does not move. */
const found = (rig: EngineRig, device: string) =>
  rig.cases
    .filter((c) => c.device === device && c.rule !== "silent")
    .map((c) => [c.rule, new Date(c.onsetAt).toISOString()])
    .toSorted();

test("a recording gives the same findings alone, after one of seven years later, and after an older one", () => {
  const y2015 = Date.UTC(2015, 0, 1);
  const alone = new EngineRig();
  alone.apply(...head([], "event"), ...tenDays("b1", y2015));
  expect(found(alone, "b1")).toEqual([
    ["never-used", "2015-01-04T00:00:00.000Z"],
    ["too-hot", "2015-01-03T00:01:00.000Z"],
    ["warning-ignored", "2015-01-05T02:01:00.000Z"],
  ]);
  for (const other of [Date.UTC(2022, 6, 1), Date.UTC(2014, 6, 1)]) {
    const after = new EngineRig();
    after.apply(...head([], "event"), ...tenDays("b9", other), ...tenDays("b1", y2015));
    expect(found(after, "b1")).toEqual(found(alone, "b1"));
    expect(found(after, "b9")).toHaveLength(3);
  }
});
