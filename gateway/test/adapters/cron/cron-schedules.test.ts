import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { createCronSchedules } from "../../../src/adapters/cron/cron-schedules.ts";
import { Lines } from "../../support/counted.ts";

const MONDAYS = { cron: "0 7 * * 1", timeZone: "Europe/Amsterdam" };
const at = (text: string): number => Date.parse(text);
const lastDue = (schedule: typeof MONDAYS, now: string, within = DAY_MS) => {
  const found = createCronSchedules(new Lines()).lastDue(schedule, at(now), within);
  return found === undefined ? undefined : new Date(found).toISOString();
};

describe("when a schedule last fell due", () => {
  it("is in its own time zone, in summer and in winter", () => {
    expect(lastDue(MONDAYS, "2026-11-30T06:00:00Z")).toBe("2026-11-30T06:00:00.000Z");
    expect(lastDue(MONDAYS, "2026-07-06T05:00:59Z")).toBe("2026-07-06T05:00:00.000Z");
    const kathmandu = { cron: "15 7 * * 1", timeZone: "Asia/Kathmandu" };
    expect(lastDue(kathmandu, "2026-11-30T02:00:00Z")).toBe("2026-11-30T01:30:00.000Z");
  });

  it("is looked for only so far back, and never ahead", () => {
    expect(lastDue(MONDAYS, "2026-12-01T05:59:59Z")).toBe("2026-11-30T06:00:00.000Z");
    expect(lastDue(MONDAYS, "2026-12-01T06:00:00Z")).toBeUndefined();
    expect(lastDue(MONDAYS, "2026-11-30T05:59:59Z")).toBeUndefined();
    expect(lastDue(MONDAYS, "2026-11-30T06:30:00Z", 10 * MINUTE_MS)).toBeUndefined();
  });

  it("is skipped on the night in which its hour does not exist", () => {
    const nightly = { cron: "30 2 * * 0", timeZone: "Europe/Amsterdam" };
    expect(lastDue(nightly, "2026-03-29T12:00:00Z", 12 * HOUR_MS)).toBeUndefined();
  });
});

describe("a schedule that runs", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("calls when it falls due, and no more once it is disposed", async () => {
    vi.setSystemTime(at("2026-11-29T12:00:00Z"));
    const calls: string[] = [];
    const onDue = () => void calls.push(new Date().toISOString());
    const running = createCronSchedules(new Lines()).start(MONDAYS, onDue);
    await vi.advanceTimersByTimeAsync(18 * HOUR_MS - 1_000);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatch(/^2026-11-30T06:00:00/);
    running[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(8 * DAY_MS);
    expect(calls).toHaveLength(1);
  });
});
