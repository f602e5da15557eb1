import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, SECOND_MS } from "#domain/units.ts";

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
