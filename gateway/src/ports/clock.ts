import type { DurationMs, EpochMs } from "#domain/units.ts";

/** The wall clock and timers: for retries, signatures and appends; never asked by a decision. */
export interface Clock {
  now(): EpochMs;
  /** Counts what has really passed, from some moment on; never set, unlike `now`. */
  elapsed(): DurationMs;
  /** Rejects with `signal.reason` if aborted first. */
  sleep(duration: DurationMs, signal?: AbortSignal): Promise<void>;
}
