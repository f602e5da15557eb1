import type { DurationMs } from "#domain/units.ts";

const RETRY_FIRST_MS: DurationMs = 1_000;
const RETRY_LONGEST_MS: DurationMs = 30_000;

/**
 * What the store asked for, else doubling with full jitter above one second. `random`: 0 to 1, of the
 * machine; it spreads the retries of many gateways.
 */
export function retryDelayMs(
  failedTries: number,
  asked: DurationMs | undefined,
  random: () => number,
): DurationMs {
  const longest = Math.min(RETRY_FIRST_MS * 2 ** (failedTries - 1), RETRY_LONGEST_MS);
  const own = RETRY_FIRST_MS + (longest - RETRY_FIRST_MS) * random();
  return Math.max(own, Math.min(asked ?? 0, 10 * RETRY_LONGEST_MS));
}
