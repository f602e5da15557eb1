import { describe, expect, it } from "vitest";
import { monotonicMs, sleepUntilAborted } from "../src/wall-clock.ts";

const timers = (): number =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

describe("a wait that can be broken off", () => {
  it("ends at once and leaves no timer that would keep the program alive", async () => {
    const before = timers();
    const stop = new AbortController();
    const waiting = sleepUntilAborted(86_400_000, stop.signal);
    expect(timers()).toBe(before + 1);
    stop.abort();
    await waiting;
    expect(timers()).toBe(before);
  });

  it("does not begin when it is broken off already", async () => {
    const startedMs = monotonicMs();
    await sleepUntilAborted(60_000, AbortSignal.abort());
    expect(monotonicMs() - startedMs).toBeLessThan(1_000);
  });

  it("ends by itself", async () => {
    const before = timers();
    await sleepUntilAborted(1, new AbortController().signal);
    expect(timers()).toBe(before);
  });
});
