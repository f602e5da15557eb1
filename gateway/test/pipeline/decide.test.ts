import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
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

describe("a record that the deciding core cannot take", () => {
  const decider = (records: readonly StoredRecord[]): Decider =>
    new Decider({
      read: (from, limit) => records.slice(from - 1, from - 1 + limit),
      cases: new MemoryCaseStore(),
      state: new MemoryState(),
      now: () => 0,
      build: "test",
    });

  test("ends it with a code and the record's place when the bytes are no record", () => {
    const bytes = Uint8Array.of(9, 9, 9);
    const broken = [...RECORDS.slice(0, 20), { offset: 21, bytes }];
    expect(() => decider(broken).step(100)).toThrow(
      expect.objectContaining({
        code: "VZ_RECORD_UNREADABLE",
        message: expect.stringMatching(/^record 21 /),
      }),
    );
  });

  test("ends it with a code and the record's place when it fails outside of a rule", () => {
    const record = { kind: "registry", appendedAt: 1, change: "put", by: "x" } as JournalRecord;
    const broken = [...RECORDS.slice(0, 20), { offset: 21, bytes: encodeRecord(record) }];
    expect(() => decider(broken).step(100)).toThrow(
      expect.objectContaining({
        code: "VZ_RECORD_NOT_APPLIED",
        message: expect.stringMatching(/^record 21 \(registry\)/),
      }),
    );
  });
});

test("a command that is owed and taken back within one batch is never told to be sent", () => {
  const oneBatch = build(new MemoryCaseStore(), new MemoryState(), () => 0).step(2_500);
  const cancelled = new Set(oneBatch.cancelled);
  const singly = runToEnd(
    build(new MemoryCaseStore(), new MemoryState(), () => 0),
    1,
  );
  expect(singly.flatMap((r) => r.outbox).some(({ entry }) => cancelled.has(entry.id))).toBe(true);
  expect(oneBatch.outbox.filter(({ entry }) => cancelled.has(entry.id))).toEqual([]);
});

test("a clock that is set back holds up neither device pages nor snapshots", async () => {
  const cases = new MemoryCaseStore();
  const state = new MemoryState();
  let wall = 10 * 3_600_000;
  const decider = build(cases, state, () => wall);
  decider.step(500);
  wall -= 3_600_000;
  decider.step(500);
  expect((await cases.devices({ limit: 10 })).items.length).toBeGreaterThan(0);
  expect(state.load().offset).toBe(500);
});

test("device pages are as new as the last answer, however soon after the one before it comes", async () => {
  const cases = new MemoryCaseStore();
  const decider = build(cases, new MemoryState(), () => 0);
  let answered = 0;
  while (answered < 20) {
    const { answers } = decider.step(1);
    if (answers.length === 0) continue;
    answered += 1;
    const written = (await cases.devices({ limit: 10 })).items;
    decider.snapshot();
    expect((await cases.devices({ limit: 10 })).items).toEqual(written);
    expect(written.length).toBeGreaterThan(0);
  }
});
