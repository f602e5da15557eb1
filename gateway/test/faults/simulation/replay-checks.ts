import type { Effects } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { Decider } from "#pipeline/decide.ts";
import { MemoryCaseStore } from "../../support/memory-case-store.ts";
import { MemoryState } from "../../support/memory-state.ts";
import type { Entry } from "./journal-index.ts";
import type { Oracle } from "./oracle.ts";
import type { Dice } from "./scheduler.ts";

type Told = ReadonlyMap<number, string>;

const textOf = (effects: Effects): string =>
  JSON.stringify({ ...effects, quarantine: effects.quarantine.map(({ reason }) => reason) });

/** The live timeline against replays: from empty, from snapshots, in batches, and of one device alone. */
export async function checkReplays(oracle: Oracle, dice: Dice): Promise<void> {
  const { index, machine } = oracle;
  const engine = new Engine([], { compile: machine.compile });
  const whole = play(engine, index.entries);
  const live = new Map(
    machine.cases
      .history()
      .flatMap((one) => (isCountsOnly(one) ? [] : [[one.offset, textOf(one)]])),
  );
  const decided = machine.cases.applied();
  compare(oracle, "the live run and a replay from empty", {
    expected: live,
    found: new Map([...whole].filter(([offset]) => offset <= decided)),
  });
  for (let i = 0; i < 2 && machine.state.saves > 0; i += 1) {
    const { offset, entries } = machine.state.snapshot(dice.between(0, machine.state.saves));
    const restored = new Engine(entries, { compile: machine.compile });
    compare(oracle, `a replay from empty and from the snapshot at ${offset}`, {
      expected: new Map([...whole].filter(([at]) => at > offset)),
      found: play(restored, index.entries.slice(offset)),
    });
  }
  await checkBatches(oracle, dice);
  // A rule that failed on one device is stopped for all: that is no influence of its data.
  if (engine.stoppedRules.length === 0) checkAlone(oracle, dice);
}

function play(engine: Engine, entries: readonly Entry[]): Told {
  const told = new Map<number, string>();
  for (const { offset, record } of entries) {
    const effects = engine.apply(offset, record);
    // Counts and answers alone are nowhere stored.
    if (effects !== undefined && !isCountsOnly(effects)) told.set(offset, textOf(effects));
  }
  return told;
}

const isCountsOnly = (e: Effects): boolean =>
  e.events.length + e.outbox.length + e.cancelled.length + e.quarantine.length === 0;

function compare(
  oracle: Oracle,
  what: string,
  { expected, found }: { readonly expected: Told; readonly found: Told },
): void {
  for (const offset of new Set([...expected.keys(), ...found.keys()])) {
    const [a = "nothing", b = "nothing"] = [expected.get(offset), found.get(offset)];
    if (a === b) continue;
    oracle.report("replay", `${what} differ at record ${offset}: ${a} and ${b}`);
    return;
  }
}

/** Cases, timelines, alerts, devices and quarantine as stored. */
async function stored(cases: MemoryCaseStore): Promise<readonly string[]> {
  const views = (await cases.cases({ limit: 100_000 })).items;
  const timelines = await Promise.all(views.map((view) => cases.timeline(view.id)));
  const alerts = await cases.alerts({ limit: 100_000 });
  const devices = await cases.devices({ limit: 1_000 });
  const quarantine = await cases.quarantine({ limit: 100_000 });
  const quarantined = quarantine.items.length;
  const all = [...views, ...timelines, ...alerts.items, ...devices.items, { quarantined }];
  return all.map((one) => JSON.stringify(one));
}

async function checkBatches(oracle: Oracle, dice: Dice): Promise<void> {
  const { machine } = oracle;
  const sizes = [2_000, dice.pick([1, 7])];
  const results = await Promise.all(
    sizes.map(async (batch) => {
      const cases = new MemoryCaseStore();
      const decider = new Decider({
        read: (from, limit) => machine.files.records.slice(from - 1, from - 1 + limit),
        cases,
        state: new MemoryState(),
        now: () => 0,
        build: "1",
        compile: machine.compile,
      });
      while (decider.applied < machine.files.newest) decider.step(batch);
      decider.snapshot();
      return stored(cases);
    }),
  );
  const [whole = [], parts = []] = results;
  sameViews(oracle, `batches of ${sizes.join(" and ")}`, [whole, parts]);
  const live = await stored(machine.cases.stored);
  sameViews(oracle, "the replay and the live run", [whole, live]);
}

function sameViews(
  oracle: Oracle,
  what: string,
  [expected, found]: readonly [readonly string[], readonly string[]],
): void {
  for (let i = 0; i < Math.max(expected.length, found.length); i += 1) {
    if (expected[i] === found[i]) continue;
    oracle.report("replay", `${what} leave other views: ${expected[i]} and ${found[i]}`);
    return;
  }
}

/** All that is not about the device becomes time that passes. */
function checkAlone(oracle: Oracle, dice: Dice): void {
  const { index, machine } = oracle;
  const { id } = dice.pick(oracle.devices);
  const own = new Set<string>();
  for (const view of machine.cases.views().values()) if (view.device === id) own.add(view.id);
  const alone = index.entries.map(({ record, ...entry }) => ({
    ...entry,
    record: isAbout(record, id, own)
      ? record
      : ({ kind: "tick", appendedAt: record.appendedAt } as const),
  }));
  const solo = new Engine([], { compile: machine.compile });
  const expected = new Engine([], { compile: machine.compile });
  for (const [i, entry] of index.entries.entries()) {
    const mine = of(solo.apply(entry.offset, alone[i]?.record as JournalRecord), id, own);
    const ours = of(expected.apply(entry.offset, entry.record), id, own);
    if (mine === ours) continue;
    const detail = `${id} alone decides otherwise at record ${entry.offset}: ${mine} instead of ${ours}`;
    oracle.report("neighbours", detail);
    return;
  }
}

function isAbout(record: JournalRecord, id: string, own: ReadonlySet<string>): boolean {
  switch (record.kind) {
    case "message":
    case "connection":
    case "command_outcome":
      return record.device === id;
    case "refusal":
      return record.client === id;
    case "registry":
      return record.device.id === id;
    case "action":
      if ("caseId" in record.action) return own.has(record.action.caseId);
      return "device" in record.action && record.action.device === id;
    case "ruleset":
    case "config":
    case "service":
    case "tick":
      return true;
  }
}

/** What a record did to the device; the place among other devices' effects left out. */
function of(effects: Effects | undefined, id: string, own: ReadonlySet<string>): string {
  if (effects === undefined) return "[]";
  const events = effects.events.filter((e) => own.has(e.caseId)).map(({ n: _, ...rest }) => rest);
  const outbox = effects.outbox.filter((entry) => entry.device === id);
  const quarantine = effects.quarantine.filter((q) => q.device === id).map((q) => q.reason);
  return JSON.stringify([...events, ...outbox, ...quarantine]);
}
