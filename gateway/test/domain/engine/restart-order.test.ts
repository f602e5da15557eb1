import { expect, test } from "vitest";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { DeviceScript, head, registered, START } from "../../support/records.ts";

const minute = (n: number): number => START + n * MINUTE_MS;
const IDS = ["b3", "b1", "b2"];

/** Three hot boilers that were registered in another order than that of their names. */
function hot(): { readonly engine: Engine; readonly offset: number } {
  const engine = new Engine();
  const scripts = IDS.map((id) => new DeviceScript(id));
  const records: JournalRecord[] = [...head(IDS)];
  for (let n = 0; n < 4; n += 1) {
    for (const script of scripts) records.push(script.tele(minute(n), { temp: 150, state: "on" }));
  }
  for (const [index, record] of records.entries()) engine.apply(index + 1, record);
  return { engine, offset: records.length };
}

const ruleset = head(IDS).find((record) => record.kind === "ruleset");
if (ruleset?.kind !== "ruleset") throw new Error("no ruleset");

test.each<[string, JournalRecord]>([
  [
    "a ruleset that hands the cases of all devices to people",
    { ...ruleset, appendedAt: minute(9), hash: "none", rules: [] },
  ],
  [
    "a start of the service",
    {
      kind: "service",
      event: "started",
      reason: "",
      lastAliveAt: minute(4),
      appendedAt: minute(99),
    },
  ],
  [
    "the removal of a device",
    {
      kind: "registry",
      change: "remove",
      device: registered("b1"),
      by: "x",
      appendedAt: minute(9),
    },
  ],
])("%s is decided in the same order before and after a restart", (_title, record) => {
  const { engine, offset } = hot();
  const restarted = new Engine(engine.takeUnsaved().toSorted((a, b) => (a.key < b.key ? -1 : 1)));
  const events = engine.apply(offset + 1, record)?.events ?? [];
  expect(restarted.apply(offset + 1, record)?.events ?? []).toEqual(events);
});
