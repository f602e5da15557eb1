import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenBucket } from "../../../src/adapters/desk-http/token-bucket.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";

test("no minute sees more requests than the desk allows, however they come", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 40 }),
      async (perMinute, gaps) => {
        const clock = new ManualClock(0);
        const bucket = new TokenBucket(clock, perMinute);
        const times: number[] = [];
        for (const gap of gaps) {
          for (let taker = 0; taker < 5; taker++)
            void bucket.take().then(() => times.push(clock.now()));
          await clock.advance(gap);
        }
        await clock.advance((gaps.length * 5 * 60_000) / perMinute + 60_000);
        expect(times).toHaveLength(gaps.length * 5);
        for (const at of times) {
          const within = times.filter((other) => other >= at && other < at + 60_000);
          expect(within.length).toBeLessThanOrEqual(perMinute);
        }
      },
    ),
    { numRuns: 20 },
  );
});

test("who came first goes first, and who gives up takes nothing", async () => {
  const clock = new ManualClock(0);
  const bucket = new TokenBucket(clock, 6);
  const went: string[] = [];
  const giveUp = new AbortController();
  const first = bucket.take().then(() => went.push("first"));
  const second = bucket.take(giveUp.signal).then(
    () => went.push("second"),
    () => went.push("second gave up"),
  );
  const third = bucket.take().then(() => went.push("third"));
  await settled();
  giveUp.abort(new Error("stopped"));
  await clock.advance(10_001);
  await Promise.all([first, second, third]);
  expect(went).toEqual(["first", "second gave up", "third"]);
});

test("nothing keeps waiting when all have given up", async () => {
  const clock = new ManualClock(0);
  const bucket = new TokenBucket(clock, 1);
  const giveUp = new AbortController();
  await bucket.take();
  const waiting = bucket.take(giveUp.signal).catch(() => "gave up");
  await settled();
  expect(clock.nextWake).toBe(60_001);
  giveUp.abort(new Error("stopped"));
  expect(await waiting).toBe("gave up");
  expect(clock.nextWake).toBeUndefined();
  const next = bucket.take();
  await clock.advance(60_001);
  await next;
});
