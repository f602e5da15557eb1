import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { Ingress } from "#pipeline/ingress.ts";
import { JournalWatch } from "#pipeline/journal-watch.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import { EngineRig } from "../support/bench-engine.ts";
import { Counted, Lines } from "../support/counted.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { measured, minute } from "../support/raw-messages.ts";
import { head, START } from "../support/records.ts";

/** The watch around a journal that the test can break; what fails takes what waits behind it along. */
function bench() {
  const clock = new ManualClock(START);
  const log = new Lines();
  const written: JournalRecord[] = [];
  const said: (string | undefined)[] = [];
  const state: { broken: string | undefined } = { broken: undefined };
  const ingress: Ingress = new Ingress({
    submit: (bytes) => watch.guard(() => store(bytes)),
    clock,
    log,
    metrics: new Counted(),
    admit: () => undefined,
    onReady: () => {},
    onTimeRequest: () => {},
  });
  const watch = new JournalWatch({
    clock,
    log,
    append: (record) => ingress.append(record),
    onChange: (reason) => said.push(reason),
  });
  async function store(bytes: Uint8Array): Promise<number> {
    if (state.broken !== undefined) throw new Error(state.broken);
    written.push(decodeRecord(bytes));
    return written.length;
  }
  return { clock, log, written, said, state, ingress };
}

const kinds = (records: readonly JournalRecord[]): string[] =>
  records.map((r) => (r.kind === "service" ? r.event : r.kind));

describe("a journal that takes no records", () => {
  test("is said once, with the reason, and every append is rejected", async () => {
    const { ingress, said, log, state } = bench();
    state.broken = "disk full";
    for (let i = 0; i < 3; i++)
      await expect(ingress.append({ kind: "tick" })).rejects.toThrow("disk full");
    await settled();
    expect(said).toEqual(["The journal takes no records: Error: disk full"]);
    expect(log.lines.filter((l) => l.startsWith("error"))).toHaveLength(1);
  });

  test("and takes them again writes down since when, before anything else", async () => {
    const { ingress, said, state, written, clock } = bench();
    await ingress.append({ kind: "tick" });
    state.broken = "disk full";
    await clock.advance(MINUTE_MS);
    await expect(ingress.append({ kind: "tick" })).rejects.toThrow();
    await clock.advance(3 * HOUR_MS);
    await expect(ingress.append({ kind: "tick" })).rejects.toThrow();
    await settled();
    state.broken = undefined;
    await Promise.all([ingress.append({ kind: "tick" }), ingress.append({ kind: "tick" })]);
    await settled();
    expect(kinds(written)).toEqual(["tick", "recovered", "tick", "tick"]);
    expect(written[1]).toMatchObject({
      lastAliveAt: START + MINUTE_MS,
      appendedAt: START + MINUTE_MS + 3 * HOUR_MS,
    });
    expect(said).toHaveLength(1);
    await clock.advance(5_000);
    expect(said).toHaveLength(2);
    expect(said.at(-1)).toBeUndefined();
    await ingress.append({ kind: "tick" });
    expect(kinds(written)).toHaveLength(5);
  });

  test("and takes only some of them is told once, and as back when none has failed for 5 s", async () => {
    const { ingress, said, state, written, clock, log } = bench();
    for (let round = 0; round < 10; round++) {
      state.broken = "disk full";
      await expect(ingress.append({ kind: "tick" })).rejects.toThrow("disk full");
      await clock.advance(1_000);
      state.broken = undefined;
      await ingress.append({ kind: "tick" });
      await settled();
      await clock.advance(1_000);
    }
    expect(said).toHaveLength(1);
    expect(log.lines).toHaveLength(1);
    await clock.advance(5_000);
    expect(said.at(-1)).toBeUndefined();
    expect(log.lines).toHaveLength(2);
    // Each stretch is written down once, and none twice.
    const stretches = written.flatMap((r) =>
      r.kind === "service" ? [[r.lastAliveAt - START, r.appendedAt - START]] : [],
    );
    expect(stretches).toEqual(Array.from({ length: 10 }, (_, i) => [i * 2_000, i * 2_000 + 1_000]));
  });

  test("twice is two periods", async () => {
    const { ingress, state, written, clock } = bench();
    for (let round = 0; round < 2; round++) {
      state.broken = "disk full";
      await expect(ingress.append({ kind: "tick" })).rejects.toThrow();
      await settled();
      await clock.advance(HOUR_MS);
      state.broken = undefined;
      await ingress.append({ kind: "tick" });
      await settled();
    }
    expect(kinds(written)).toEqual(["recovered", "tick", "recovered", "tick"]);
  });

  test("for three hours makes no device silent that is heard again", async () => {
    const { ingress, state, written, clock } = bench();
    const rig = new EngineRig();
    const first = measured({ boot: 1, seq: 1, ts: minute(0) }, { temp: 80 }, { at: minute(0) });
    rig.apply(...head(), first);
    state.broken = "disk full";
    await clock.advance(MINUTE_MS);
    await expect(ingress.message(first)).rejects.toThrow();
    await clock.advance(3 * HOUR_MS);
    await settled();
    state.broken = undefined;
    const at = clock.now();
    const next = measured({ boot: 1, seq: 2, ts: at }, { temp: 80 }, { at });
    await ingress.message(next);
    await settled();
    rig.apply(...written);
    expect(rig.cases).toEqual([]);
    rig.apply({ kind: "tick", appendedAt: at + 2 * HOUR_MS });
    expect(rig.caseOf("silent").status).toBe("open");
  });
});
