import { describe, expect, test } from "vitest";
import { DAY_MS } from "#domain/units.ts";
import type { Cut } from "../src/adapters/cases-sqlite/retention.ts";
import { Config } from "../src/config/config.ts";
import type { House } from "../src/housekeeping.ts";
import { cleanHouse } from "../src/housekeeping.ts";
import { Lines } from "./support/counted.ts";
import { ManualClock } from "./support/manual-clock.ts";
import { START } from "./support/records.ts";

/** A house that writes down what it was told to drop. */
function house(settings: Partial<Config>, oldest: number | undefined = 1_000) {
  const told: { readonly samples: number[]; readonly cuts: Cut[] } = { samples: [], cuts: [] };
  const log = new Lines();
  const parts = {
    journal: {
      enforceRetention: async () => undefined,
      stats: async () => ({ sealError: "" }),
      read: async () => (oldest === undefined ? [] : [{ offset: oldest, bytes: new Uint8Array() }]),
    },
    series: {
      stats: async () => undefined,
      retain: async (before: number) => {
        told.samples.push(START - before);
      },
    },
    dropCases: (cut: Cut) => {
      told.cuts.push(cut);
    },
    clock: new ManualClock(START),
    log,
    config: { ...Config.parse({}), ...settings },
  };
  return { parts, told, log };
}

const clean = (parts: object): Promise<void> => cleanHouse(parts as House);

describe("the hourly housekeeping", () => {
  test("drops samples, cases and quarantine by their own age, and no case that the journal could replay", async () => {
    const { parts, told } = house({ seriesKeepDays: 400, casesKeepDays: 800 });
    await clean(parts);
    expect(told.samples).toEqual([400 * DAY_MS]);
    expect(told.cuts).toMatchObject([
      {
        casesBefore: START - 800 * DAY_MS,
        quarantineBefore: START - 90 * DAY_MS,
        journalFrom: 1_000,
      },
    ]);
  });

  test("keeps samples for the local days only when there is a remote store", async () => {
    const { parts, told } = house({ store: "influx2", seriesLocalDays: 14 });
    await clean(parts);
    expect(told.samples).toEqual([14 * DAY_MS]);
  });

  test("drops nothing of recorded data, which may be of any year", async () => {
    const { parts, told } = house({ clock: "event" });
    await clean(parts);
    expect(told).toEqual({ samples: [], cuts: [] });
  });

  test("drops no case while it does not know what the journal holds", async () => {
    const { parts, told } = house({}, undefined);
    parts.journal.read = async () => [];
    await clean(parts);
    expect(told.cuts).toEqual([]);
  });

  test("says why something stayed, and ends without an error", async () => {
    const { parts, told, log } = house({});
    parts.series.stats = () => Promise.reject(new Error("the disk is away"));
    await clean(parts);
    expect(told.cuts).toEqual([]);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain("old data stays until the next run");
  });
});
