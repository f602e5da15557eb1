import { describe, expect, test } from "vitest";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";
import { Ticker } from "#pipeline/ticker.ts";
import { ManualClock, settled } from "../support/manual-clock.ts";
import { START } from "../support/records.ts";

function bench(fails = false): { clock: ManualClock; ticks: EpochMs[]; ticker: Ticker } {
  const clock = new ManualClock(START);
  const ticks: EpochMs[] = [];
  const append = async (): Promise<number> => {
    if (fails) throw new Error("the journal is down");
    ticks.push(clock.now());
    return ticks.length;
  };
  return { clock, ticks, ticker: new Ticker({ clock, append }) };
}

const live = (deadline: EpochMs | null, caughtUp = true) =>
  ({ clock: "live", deadline, caughtUp }) as const;

describe("a tick", () => {
  test("is appended when the earliest deadline passes without traffic, once", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take(live(START + MINUTE_MS));
    ticker.take(live(START + MINUTE_MS));
    await clock.advance(MINUTE_MS - 1);
    expect(ticks).toEqual([]);
    await clock.advance(1);
    expect(ticks).toEqual([START + MINUTE_MS]);
    await clock.advance(DAY_MS);
    expect(ticks).toHaveLength(1);
  });

  test("follows the deadline when it moves, either way, and is dropped with it", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take(live(START + 5 * MINUTE_MS));
    ticker.take(live(START + MINUTE_MS));
    await clock.advance(MINUTE_MS);
    expect(ticks).toEqual([START + MINUTE_MS]);
    ticker.take(live(START + 3 * MINUTE_MS));
    ticker.take(live(null));
    await clock.advance(DAY_MS);
    expect(ticks).toHaveLength(1);
    expect(clock.nextWake).toBeUndefined();
  });

  test("comes at once for a deadline that is past", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take(live(START - DAY_MS));
    await clock.advance(1);
    expect(ticks).toHaveLength(1);
  });

  test("waits while the deciding side still has records to read", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take(live(START, false));
    await clock.advance(MINUTE_MS);
    expect(ticks).toEqual([]);
    ticker.take(live(START));
    await clock.advance(1);
    expect(ticks).toHaveLength(1);
  });

  test("never comes in recorded time, nor after the end", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take({ clock: "event", deadline: START, caughtUp: true });
    ticker.take(live(START + MINUTE_MS));
    ticker[Symbol.dispose]();
    ticker.take(live(START + 2 * MINUTE_MS));
    await clock.advance(DAY_MS);
    expect(ticks).toEqual([]);
  });

  test("for a deadline a month away sleeps no longer than a platform's timer can", async () => {
    const { clock, ticks, ticker } = bench();
    ticker.take(live(START + 30 * DAY_MS));
    expect(clock.nextWake).toBeLessThanOrEqual(START + 2 ** 31 - 1);
    await clock.advance(30 * DAY_MS - 1);
    expect(ticks).toEqual([]);
    await clock.advance(1);
    expect(ticks).toEqual([START + 30 * DAY_MS]);
  });

  test("that could not be written leaves it to the journal's recovery", async () => {
    const { clock, ticker } = bench(true);
    ticker.take(live(START + 1));
    await clock.advance(MINUTE_MS);
    await settled();
    ticker.take(live(START + 2 * MINUTE_MS));
    expect(clock.nextWake).toBe(START + 2 * MINUTE_MS);
  });
});
