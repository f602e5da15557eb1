import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

/** An entry with what became of its tries so far, which a restart reads back. */
export interface Owed<E> {
  readonly entry: E;
  attempts: number;
  /** Wall clock; not to be tried before. */
  nextAt: EpochMs;
}

/** No wait that is ever set is longer: a clock that was set back must not hold anything up. */
const LONGEST_WAIT_MS: DurationMs = DAY_MS;

/** Until the next try is due, which a restart must not bring forward. */
export async function untilDue(nextAt: EpochMs, clock: Clock, stopped: AbortSignal): Promise<void> {
  const wait = Math.min(nextAt - clock.now(), LONGEST_WAIT_MS);
  if (wait > 0) await clock.sleep(wait, stopped);
}
