import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";

/**
 * How far a device's readings lie behind their receipt when nothing held them up: the least of a
 * day. A clock set wrong by hours shows here and must not turn live readings into history. Plain JSON.
 */
export interface Lag {
  /** UTC day number on the service clock. */
  readonly day: number;
  /** Least lag of that day; -1 = none yet. */
  readonly least: DurationMs;
  /** Least lag of the last day before it with readings; -1 = none. */
  readonly leastBefore: DurationMs;
}

export const NO_LAG: Lag = { day: 0, least: -1, leastBefore: -1 };

/** Notes the newest reading of one message received at `now`. */
export function noteLag(lag: Lag, now: EpochMs, newest: EpochMs): Lag {
  const day = Math.floor(now / DAY_MS);
  const here = Math.max(0, now - newest);
  if (day !== lag.day) return { day, least: here, leastBefore: lag.least };
  return here < lag.least || lag.least < 0 ? { ...lag, least: here } : lag;
}

/** What is usual for the device; 0 until a whole day showed it, so that a first backlog is history. */
export function usualLag(lag: Lag): DurationMs {
  if (lag.leastBefore < 0) return 0;
  return lag.least < 0 ? lag.leastBefore : Math.min(lag.leastBefore, lag.least);
}
