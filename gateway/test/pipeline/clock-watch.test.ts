import { describe, expect, test } from "vitest";
import type { JournalRecord } from "#domain/record.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { ClockWatch } from "#pipeline/clock-watch.ts";
import { Lines } from "../support/counted.ts";
import { START } from "../support/records.ts";

/** A clock whose two sides are moved apart by hand. */
class TwoClocks {
  wall = START;
  passed = 500;

  now(): number {
    return this.wall;
  }
  elapsed(): number {
    return this.passed;
  }
  sleep(): Promise<void> {
    return new Promise(() => undefined);
  }
  pass(ms: number): void {
    this.wall += ms;
    this.passed += ms;
  }
}

function bench(start = true) {
  const clock = new TwoClocks();
  const log = new Lines();
  const written: Partial<JournalRecord>[] = [];
  const watch = new ClockWatch({
    clock,
    log,
    append: async (record) => {
      // As the real one: every append is looked at.
      watch.look();
      return written.push(record as Partial<JournalRecord>);
    },
  });
  if (start) watch.start();
  return { clock, log, written, watch };
}

describe("the machine's clock", () => {
  test.each([
    ["goes on for an hour", 0, 0],
    ["is corrected by two seconds", 2 * SECOND_MS, 0],
    ["is set forward by half a minute", 30 * SECOND_MS, 1],
    ["is set forward by an hour", HOUR_MS, 1],
    ["is set back by an hour", -HOUR_MS, 0],
  ])("that %s", (_what, by, told) => {
    const { clock, watch, written } = bench();
    clock.pass(HOUR_MS);
    watch.look();
    clock.pass(3 * MINUTE_MS);
    clock.wall += by;
    watch.look();
    watch.look();
    expect(written).toHaveLength(told);
  });

  test("set forward: the time that nobody lived through is written down as the service's own, and told", () => {
    const { clock, watch, written, log } = bench();
    clock.pass(3 * MINUTE_MS);
    clock.wall += HOUR_MS;
    watch.look();
    const lastAliveAt = START + 3 * MINUTE_MS;
    expect(written).toMatchObject([{ kind: "service", event: "recovered", lastAliveAt }]);
    expect(log.lines).toEqual([
      expect.stringContaining("warn the machine's clock was set forward"),
    ]);
  });

  test("means nothing where events make the time", () => {
    const { clock, watch, written } = bench(false);
    clock.wall += HOUR_MS;
    watch.look();
    expect(written).toEqual([]);
  });
});
