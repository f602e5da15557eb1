import { expect, test } from "vitest";
import { TokenBucket } from "../../../src/adapters/desk-http/token-bucket.ts";
import { ManualClock, settled } from "../../support/manual-clock.ts";

test.each([1, 6, 60, 300])(
  "with %i requests per minute no minute sees more, and none is wasted",
  async (perMinute) => {
    const clock = new ManualClock(0);
    const bucket = new TokenBucket(clock, perMinute);
    const times: number[] = [];
    const crowd = perMinute * 3;
    for (let n = 0; n < crowd; n++) void bucket.take().then(() => times.push(clock.now()));
    await clock.advance(4 * 60_000);
    expect(times).toHaveLength(crowd);
    for (const at of times) {
      const within = times.filter((other) => other >= at && other < at + 60_000);
      expect(within.length).toBeLessThanOrEqual(perMinute);
    }
  },
);

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
  const others = ["third", "fourth", "fifth"].map((name) =>
    bucket.take().then(() => went.push(name)),
  );
  await settled();
  giveUp.abort(new Error("stopped"));
  await clock.advance(30_003);
  await Promise.all([first, second, ...others]);
  expect(went).toEqual(["first", "second gave up", "third", "fourth", "fifth"]);
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
