import type { DurationMs } from "#domain/units.ts";
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
