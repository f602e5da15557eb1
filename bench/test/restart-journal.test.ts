import { describe, expect, it } from "vitest";
import { Engine } from "../../gateway/src/domain/engine/engine.ts";
import { recordsOf, restartDevice } from "../src/restart-journal.ts";

describe("the journal of a made-up fleet", () => {
  const fleet = { devices: 3, messages: 2, everyMs: 60_000, untilMs: 1_800_000_000_000 };
  const records = [...recordsOf(fleet)];

  it("registers every device before anything is heard of it", () => {
    expect(records.slice(0, 3).map(({ kind }) => kind)).toEqual([
      "registry",
      "registry",
      "registry",
    ]);
    expect(records).toHaveLength(3 + 3 * 2);
  });

  it("ends at the time asked for and never goes back", () => {
    const times = records.map(({ appendedAt }) => appendedAt);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBe(fleet.untilMs);
  });

  it("makes a device with a state of its own out of each", () => {
    const engine = new Engine();
    for (const [index, record] of records.entries()) engine.apply(index + 1, record);
    const keys = engine.takeUnsaved().map(({ key }) => key);
    for (let index = 0; index < 3; index += 1)
      expect(keys).toContain(`device/${restartDevice(index)}`);
  });
});
