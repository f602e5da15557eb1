import { expect, test } from "vitest";
import type { Effects } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import { randomJournal } from "../../support/random-journal.ts";

const SEEDS = [1, 2, 3, 4];
const RECORDS = 1_200;

/** All that the engine does from a snapshot on, as text: byte for byte. */
function outcome(
  engine: Engine,
  records: ReturnType<typeof randomJournal>,
  from: number,
): string[] {
  return records.slice(from).flatMap((record, i): string[] => {
    const effects: Effects | undefined = engine.apply(from + i + 1, record);
    return effects === undefined ? [] : [JSON.stringify(effects)];
  });
}

test.each(SEEDS)("the same journal gives the same decisions, from empty (seed %i)", (seed) => {
  const records = randomJournal(seed, RECORDS);
  const first = outcome(new Engine(), records, 0);
  expect(outcome(new Engine(), records, 0)).toEqual(first);
  expect(first.join("\n")).toContain('"opened"');
});

test.each(SEEDS)("… and from any snapshot in between (seed %i)", (seed) => {
  const records = randomJournal(seed, RECORDS);
  const whole = outcome(new Engine(), records, 0);
  const live = new Engine();
  const saved = new Map<string, string | undefined>();
  const done: string[] = [];
  for (const [i, record] of records.entries()) {
    const effects = live.apply(i + 1, record);
    if (effects !== undefined) done.push(JSON.stringify(effects));
    if (i % 60 !== 17) continue;
    for (const { key, value } of live.takeUnsaved()) saved.set(key, value);
    const restored = new Engine([...saved].map(([key, value]) => ({ key, value })));
    expect([...done, ...outcome(restored, records, i + 1)]).toEqual(whole);
  }
});
