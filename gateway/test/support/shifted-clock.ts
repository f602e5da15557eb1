import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

const LOOK_EVERY_MS = 5;

/** The machine's clock, set elsewhere and moved by hand: hours pass without waiting for them. */
export class ShiftedClock implements Clock {
  #shift: DurationMs;
  /** Set forward without that the time has passed. */
  #set: DurationMs = 0;

  private constructor(shift: DurationMs) {
    this.#shift = shift;
  }

  static at(start: EpochMs): ShiftedClock {
    return new ShiftedClock(start - Date.now());
  }

  now(): EpochMs {
    return Date.now() + this.#shift + this.#set;
  }

  advance(by: DurationMs): void {
    this.#shift += by;
  }

  elapsed(): DurationMs {
    return this.now() - this.#set;
  }

  /** Somebody sets the machine's clock. */
  set(by: DurationMs): void {
    this.#set += by;
  }

  sleep(duration: DurationMs, signal?: AbortSignal): Promise<void> {
    const until = this.now() + duration;
    return new Promise((resolve, reject) => {
      const timer = setInterval(() => {
        if (signal?.aborted) reject(signal.reason);
        else if (this.now() < until) return;
        else resolve();
        clearInterval(timer);
      }, LOOK_EVERY_MS);
    });
  }
}
