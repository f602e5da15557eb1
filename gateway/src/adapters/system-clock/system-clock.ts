import { setTimeout as sleep } from "node:timers/promises";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

/** The machine's clock; the only place that asks it. */
export class SystemClock implements Clock {
  now(): EpochMs {
    return Date.now();
  }

  elapsed(): DurationMs {
    return performance.now();
  }

  async sleep(duration: DurationMs, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    try {
      await sleep(duration, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }
}
