import { describe, expect, it } from "vitest";
import { encodeRecord } from "#pipeline/record-codec.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { SeriesRow, WriteSummary } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { ConsumerLoop } from "../../../src/adapters/series-worker/consumer-loop.ts";
import type { ConsumerFailure } from "../../../src/adapters/series-worker/messages.ts";
import { SeriesConsumer } from "../../../src/adapters/series-worker/series-consumer.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { AT, reading, ruleset } from "./pump-records.ts";

/** A journal of one ruleset and then readings, each with a pressure of its number. */
const journalOf = (readings: number): StoredRecord[] =>
  [ruleset, ...Array.from({ length: readings }, (_, n) => reading(n, n % 10))].map((record, n) => ({
    offset: n + 1,
    bytes: encodeRecord(record),
  }));

/** A store that answers as the test says. */
class Scripted {
  readonly rows: SeriesRow[] = [];
  readonly kept: string[] = [];
  readonly states: (ConsumerFailure["problem"] | "well")[] = [];
  saved = { consumed: 0, context: "" };
  saves = 0;
  readonly clock = new ManualClock(AT);
  answer: (rows: readonly SeriesRow[]) => Promise<WriteSummary> = async (rows) => this.take(rows);
  readonly loop: ConsumerLoop;

  constructor(journal: readonly StoredRecord[]) {
    const consumer = new SeriesConsumer({
      read: (from, limit) => journal.filter(({ offset }) => offset >= from).slice(0, limit),
      store: { write: (rows) => this.answer(rows) },
      file: {
        load: () => this.saved,
        save: (consumed, context = this.saved.context) => {
          this.saves += 1;
          this.saved = { consumed, context };
        },
      },
      keepRejected: async (rejected) => {
        this.kept.push(...rejected.map(({ reason }) => reason));
      },
    });
    this.loop = new ConsumerLoop({
      consumer,
      clock: this.clock,
      onState: (failure) => this.states.push(failure?.problem ?? "well"),
      random: () => 0.5,
    });
  }

  take(rows: readonly SeriesRow[]): WriteSummary {
    this.rows.push(...rows);
    return { written: rows.length, overwritten: 0, rejected: [] };
  }
}

/** Closing waits no longer than it is allowed; here, none. */
async function closed({ loop, clock }: Scripted): Promise<void> {
  const closing = loop.close(0);
  await clock.advance(1);
  await closing;
}

const fail = (problem: "denied" | "unreachable", retryAfterMs?: number) => async () => {
  throw new SeriesUnavailableError(`the store is ${problem}`, { problem, retryAfterMs });
};

describe("samples on their way to a store", () => {
  it("wait in the journal while it is down and arrive in order, once, when it is back", async () => {
    const store = new Scripted(journalOf(10));
    store.answer = fail("unreachable");
    store.loop.start();
    store.loop.committed(11);
    await store.clock.advance(3_600_000);
    expect(store.saves).toBe(0);
    expect(store.states).toEqual(["unreachable"]);
    const { failures, error } = store.loop.consumer.stats;
    expect(error).toBe("the store is unreachable");
    // With back-off: an hour costs some hundreds of attempts, not thousands.
    expect(failures.unreachable).toBeGreaterThan(100);
    expect(failures.unreachable).toBeLessThan(400);
    store.answer = async (rows) => store.take(rows);
    await store.clock.advance(60_000);
    expect(store.rows.map(({ values }) => values.pressure)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(store.saved.consumed).toBe(11);
    expect(store.states).toEqual(["unreachable", "well"]);
    await closed(store);
  });

  it("are not deleted by a wrong token, and the difference to a dead store is told", async () => {
    const store = new Scripted(journalOf(3));
    store.answer = fail("denied");
    store.loop.start();
    store.loop.committed(4);
    await store.clock.advance(120_000);
    store.answer = fail("unreachable");
    await store.clock.advance(120_000);
    expect(store.states).toEqual(["denied", "unreachable"]);
    store.answer = async (rows) => store.take(rows);
    await store.clock.advance(60_000);
    expect(store.rows).toHaveLength(3);
    await closed(store);
  });

  it("are offered again no sooner than the store asked", async () => {
    const store = new Scripted(journalOf(3));
    store.answer = fail("unreachable", 90_000);
    store.loop.start();
    store.loop.committed(4);
    await store.clock.advance(89_000);
    expect(store.loop.consumer.stats.failures.unreachable).toBe(1);
    await store.clock.advance(2_000);
    expect(store.loop.consumer.stats.failures.unreachable).toBe(2);
    await closed(store);
  });

  it("that the store will never take are kept elsewhere before it is noted that they are done", async () => {
    const store = new Scripted(journalOf(3));
    store.answer = async (rows) => {
      const [poison, ...good] = rows;
      expect(store.saves).toBe(0);
      const rejected = poison === undefined ? [] : [{ row: poison, reason: "field type conflict" }];
      return { ...store.take(good), rejected };
    };
    store.loop.start();
    const caughtUp = store.loop.caughtUp(4);
    await store.clock.advance(200);
    await caughtUp;
    expect(store.kept).toEqual(["field type conflict"]);
    expect(store.loop.consumer.stats).toMatchObject({ written: 2, rejected: 1, consumed: 4 });
    await closed(store);
  });

  it("do not hold up a stop when the store does not answer", async () => {
    const store = new Scripted(journalOf(3));
    store.answer = () => new Promise(() => undefined);
    store.loop.start();
    store.loop.committed(4);
    await store.clock.advance(1_000);
    const closing = store.loop.close(2_000);
    await store.clock.advance(2_001);
    await closing;
    expect(store.saves).toBe(0);
  });
});
