import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";

/** Waits after 0, 1, 2 … tries; the last one repeats. The schedule that Standard Webhooks recommends. */
const SCHEDULE: readonly DurationMs[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** How long to wait after the given number of tries. */
export function retryDelayMs(attempts: number): DurationMs {
  const index = Math.min(Math.max(0, Math.trunc(attempts)), SCHEDULE.length - 1);
  return SCHEDULE[index] ?? DAY_MS;
}

/** `Retry-After` as seconds or as an HTTP date (RFC 9110, 10.2.3), at most a day; undefined if it says neither. */
export function parseRetryAfter(value: string | null, now: EpochMs): DurationMs | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) {
    return Math.min(Number(text) * SECOND_MS, DAY_MS);
  }
  // An HTTP date begins with the name of a day; Date.parse alone would also take "12" or "-1".
  const date = /^[A-Z][a-z]{2},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), DAY_MS);
}
