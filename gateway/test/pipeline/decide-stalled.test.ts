import { expect, test } from "vitest";
import type { ChangedViews, Effects } from "#domain/effects.ts";
import type { Offset } from "#domain/units.ts";
import type { DecideReport } from "#pipeline/decide.ts";
import { Decider } from "#pipeline/decide.ts";
import { encodeRecord } from "#pipeline/record-codec.ts";
import type { StateEntry } from "#ports/state-store.ts";
import { MemoryCaseStore } from "../support/memory-case-store.ts";
import { MemoryState } from "../support/memory-state.ts";
import { prng } from "../support/prng.ts";
import { randomJournal } from "../support/random-journal.ts";

const SEED = 23;
const RECORDS = randomJournal(SEED, 1_500).map((record, i) => ({
  offset: i + 1,
  bytes: encodeRecord(record),
}));

/** A disk that takes only some of the writes. */
class Disk {
  readonly #random = prng(SEED);
  readonly #failing: number;
  refused = 0;

  constructor(failing: number) {
    this.#failing = failing;
  }

  write(): void {
    if (this.#random() >= this.#failing) return;
    this.refused += 1;
    throw new Error("disk full");
  }
}

class FullCaseStore extends MemoryCaseStore {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    super();
    this.#disk = disk;
  }

  override commit(upTo: Offset, effects: readonly Effects[], views: ChangedViews): void {
    this.#disk.write();
    super.commit(upTo, effects, views);
  }
}

class FullState extends MemoryState {
  readonly #disk: Disk;

  constructor(disk: Disk) {
    super();
    this.#disk = disk;
  }

  override save(offset: Offset, build: string, dirty: readonly StateEntry[]): void {
    this.#disk.write();
    super.save(offset, build, dirty);
  }
}

async function decided(disk: Disk) {
  const cases = new FullCaseStore(disk);
  const state = new FullState(disk);
  let wall = 0;
  const now = () => {
    wall += 300;
    return wall;
  };
  const read = (from: number, limit: number) => RECORDS.slice(from - 1, from - 1 + limit);
  const decider = new Decider({ read, cases, state, now, build: "test" });
  const reports: DecideReport[] = [];
  const attempt = (work: () => DecideReport | undefined): void => {
    const before = disk.refused;
    try {
      const report = work();
      if (report !== undefined) reports.push(report);
    } catch (error) {
      if (disk.refused === before) throw error;
    }
  };
  while (decider.applied < RECORDS.length) {
    attempt(() => decider.step(20));
    attempt(() => decider.idle());
  }
  const saved = (): boolean => state.load().offset === RECORDS.length;
  while (!saved()) {
    attempt(() => {
      decider.snapshot();
      return undefined;
    });
  }
  const views = (await cases.cases({ limit: 10_000 })).items;
  const timelines = await Promise.all(views.map((view) => cases.timeline(view.id)));
  const quarantine = await cases.quarantine({ limit: 10_000 });
  const devices = await cases.devices({ limit: 10_000 });
  return {
    stored: JSON.stringify([views, timelines, quarantine, devices, cases.dueOutbox(10_000)]),
    owed: reports.flatMap((r) => r.outbox.map(({ entry }) => entry.id)),
    counted: reports.flatMap((r) => r.counts).reduce((sum, { by }) => sum + by, 0),
    state: JSON.stringify(state.load()),
  };
}

test(`a disk that takes half of the writes changes nothing of what is decided, told and saved (seed ${SEED})`, async () => {
  const disk = new Disk(0.5);
  const stalled = await decided(disk);
  expect(disk.refused).toBeGreaterThan(20);
  const smooth = await decided(new Disk(0));
  expect(stalled.stored).toBe(smooth.stored);
  expect(stalled.owed).toEqual(smooth.owed);
  expect(stalled.counted).toBe(smooth.counted);
  expect(stalled.state).toBe(smooth.state);
});
