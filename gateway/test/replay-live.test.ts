import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CaseEvent } from "#domain/case/case.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { Decider } from "#pipeline/decide.ts";
import type { CaseReader } from "#ports/case-store.ts";
import type { StateStore } from "#ports/state-store.ts";
import { SqliteCaseReader } from "../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteJournalReader } from "../src/adapters/journal-sqlite/sqlite-journal-reader.ts";
import { MemoryCaseStore } from "./support/memory-case-store.ts";
import { MemoryState } from "./support/memory-state.ts";
import { DeviceScript, START } from "./support/records.ts";
import { RunningApp, TestDevice } from "./support/running-app.ts";

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "voorzorg-replay-"));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const minute = (n: number): number => START + n * MINUTE_MS;

/** Two runs of a real gateway with a restart between: a fault fixed, one escalated, misuse, garbage, an agent. */
async function live(): Promise<void> {
  const one = new DeviceScript("b1");
  const two = new DeviceScript("b2");
  {
    await using app = await RunningApp.start({ dataDir });
    await using device = await TestDevice.connect(app, "b1");
    await device.send(one.status(START, "online"));
    for (let i = 0; i <= 4; i++) await device.send(one.tele(minute(i), { temp: 150, state: "on" }));
    const { id } = await device.command(0);
    await device.send(one.result(minute(5), id, "succeeded"));
    for (let i = 6; i <= 14; i++) await device.send(one.tele(minute(i), { temp: 80 }));
    for (let i = 15; i < 18; i++) await device.send(one.event(minute(i), "dismissed"));
  }
  await using app = await RunningApp.start({ dataDir });
  await using device = await TestDevice.connect(app, "b2");
  for (let i = 20; i <= 60; i++) await device.send(two.tele(minute(i), { temp: 150, state: "on" }));
  const garbage = { ...two.tele(minute(61), { temp: 1 }), payload: new TextEncoder().encode("{") };
  await device.send(garbage);
  const list = await app.eventually<{ items: { id: string; device: string }[] }>(
    "/api/cases",
    (l) => l.items.some((c) => c.device === "b2"),
  );
  const id = list.items.find((c) => c.device === "b2")?.id ?? "";
  expect((await app.post(`/api/cases/${id}/acknowledge`, {})).status).toBe(200);
}

async function timeline(cases: CaseReader): Promise<string> {
  const { items } = await cases.cases({ limit: 200 });
  const lines: CaseEvent[] = [];
  for (const { id } of items) lines.push(...(await cases.timeline(id)));
  return JSON.stringify([
    lines,
    (await cases.quarantine({ limit: 200 })).items.map((q) => q.reason),
  ]);
}

/** Keeps every snapshot that was saved, to start from each of them. */
class KeepingState extends MemoryState {
  readonly snapshots: ReturnType<StateStore["load"]>[] = [];

  override save(...args: Parameters<StateStore["save"]>): void {
    super.save(...args);
    this.snapshots.push(this.load());
  }
}

test("the live timeline is the replay from empty, in any batches, and from every snapshot", async () => {
  await live();
  using reader = new SqliteCaseReader(join(dataDir, "cases.db"));
  using journal = new SqliteJournalReader(join(dataDir, "journal"));
  const lived = await timeline(reader);
  expect(lived).toContain("proved");
  const read = (from: number, limit: number) => journal.readSync(from, limit);
  const newest = journal.newest();

  const run = (cases: MemoryCaseStore, state: StateStore, batch: number): void => {
    let wall = 0;
    const now = () => {
      wall += 700;
      return wall;
    };
    const decider = new Decider({ read, cases, state, now, build: "test" });
    while (decider.applied < newest) decider.step(batch);
    decider.snapshot();
  };

  const whole = new MemoryCaseStore();
  const kept = new KeepingState();
  run(whole, kept, 7);
  for (const batch of [1, 7, 2_000]) {
    const cases = new MemoryCaseStore();
    run(cases, new MemoryState(), batch);
    expect(await timeline(cases)).toBe(lived);
  }
  expect(kept.snapshots.length).toBeGreaterThan(3);
  for (const { offset, build, entries } of kept.snapshots) {
    const state = new MemoryState();
    state.save(offset, build, entries);
    // The store holds all that was decided: deciding it again must give the same, or it throws.
    run(whole, state, 2_000);
    expect(await timeline(whole)).toBe(lived);
  }
});
