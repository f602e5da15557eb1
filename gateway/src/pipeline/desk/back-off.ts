import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS, SECOND_MS } from "#domain/units.ts";

const FIRST_MS: DurationMs = SECOND_MS;
const LONGEST_MS: DurationMs = 5 * MINUTE_MS;

/**
 * How long to wait after so many tries in vain: doubling, the upper half at random, never less than
 * the desk asked for. `random`: 0 to 1.
 */
export function backOffMs(
  tries: number,
  asked: DurationMs | undefined,
  random: () => number,
): DurationMs {
  const longest = Math.min(FIRST_MS * 2 ** Math.min(tries, 20), LONGEST_MS);
  return Math.ceil(Math.max(longest / 2 + (longest / 2) * random(), asked ?? 0));
}
