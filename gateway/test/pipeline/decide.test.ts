import { describe, expect, test } from "vitest";
import type { DecideReport } from "#pipeline/decide.ts";
import { Decider } from "#pipeline/decide.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { MemoryCaseStore } from "../support/memory-case-store.ts";
import { MemoryState } from "../support/memory-state.ts";
import { prng } from "../support/prng.ts";
import { randomJournal } from "../support/random-journal.ts";

const SEED = 11;
const RECORDS: readonly StoredRecord[] = randomJournal(SEED, 2_500).map((record, i) => ({
  offset: i + 1,
  bytes: encodeRecord(record),
}));

function build(cases: MemoryCaseStore, state: MemoryState, now: () => number): Decider {
  const read = (from: number, limit: number) => RECORDS.slice(from - 1, from - 1 + limit);
  return new Decider({ read, cases, state, now, build: "test" });
}

function runToEnd(decider: Decider, batch: number): readonly DecideReport[] {
  const reports: DecideReport[] = [];
  do reports.push(decider.step(batch));
  while (reports.at(-1)?.applied !== RECORDS.length);
  return reports;
}

/** Cases with their timelines, alerts, what is owed and quarantine as stored, byte for byte. */
async function stored(cases: MemoryCaseStore): Promise<string> {
  const views = (await cases.cases({ limit: 10_000 })).items;
  const timelines = await Promise.all(views.map((view) => cases.timeline(view.id)));
  const alerts = await cases.alerts({ limit: 10_000 });
  const quarantine = await cases.quarantine({ limit: 10_000 });
  expect(timelines.flat().length).toBeGreaterThan(50);
  return JSON.stringify([views, timelines, alerts, quarantine, cases.dueOutbox(10_000)]);
}

async function whole(): Promise<string> {
  const cases = new MemoryCaseStore();
  runToEnd(
    build(cases, new MemoryState(), () => 0),
    2_000,
  );
  return stored(cases);
}

describe(`the deciding loop over a random journal (seed ${SEED})`, () => {
  test.each([1, 7, 2_000])("gives the same timeline in batches of %i", async (batch) => {
    const cases = new MemoryCaseStore();
    let wall = 0;
    runToEnd(
      build(cases, new MemoryState(), () => {
        wall += 40;
        return wall;
      }),
      batch,
    );
    expect(await stored(cases)).toBe(await whole());
  });

  test("goes on after each crash from the last snapshot, and what it decides again is the same", async () => {
    const random = prng(SEED);
    const cases = new MemoryCaseStore();
    const state = new MemoryState();
    let wall = 0;
    const now = () => {
      wall += 400;
      return wall;
    };
    let applied = 0;
    let starts = 0;
    while (applied < RECORDS.length) {
      const decider = build(cases, state, now);
      starts += 1;
      // Killed after a few batches: whatever was not saved is decided again.
      for (let i = 0; i < 3 + random() * 20 && decider.applied < RECORDS.length; i++) {
        decider.step(1 + Math.floor(random() * 30));
      }
      applied = decider.applied;
    }
    expect(starts).toBeGreaterThan(5);
    expect(await stored(cases)).toBe(await whole());
  });

  test("reports an effect only after it is stored, and each one once", () => {
    const cases = new MemoryCaseStore();
    const reports = runToEnd(
      build(cases, new MemoryState(), () => 0),
      50,
    );
    const ids = reports.flatMap((r) => r.outbox.map((o) => o.entry.id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(10);
  });
});
