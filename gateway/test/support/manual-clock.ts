import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

interface Sleeper {
  readonly due: EpochMs;
  readonly wake: () => void;
}

/** A clock that moves only when told to. Wakes sleepers in due order, letting each settle first. */
export class ManualClock implements Clock {
  #now: EpochMs;
  #sleepers: Sleeper[] = [];

  constructor(start: EpochMs) {
    this.#now = start;
  }

  now(): EpochMs {
    return this.#now;
  }

  /** When the next sleeper wakes; undefined = nobody sleeps. */
  get nextWake(): EpochMs | undefined {
    return this.#sleepers[0]?.due;
  }

  elapsed(): DurationMs {
    return this.now();
  }

  sleep(duration: DurationMs, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { due: this.#now + duration, wake: resolve };
    signal?.addEventListener(
      "abort",
      () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      },
      { once: true },
    );
    this.#sleepers.push(sleeper);
    this.#sleepers.sort((a, b) => a.due - b.due);
    return promise;
  }

  async advance(duration: DurationMs): Promise<void> {
    const end = this.#now + duration;
    await settled();
    for (
      let next = this.#sleepers[0];
      next !== undefined && next.due <= end;
      next = this.#sleepers[0]
    ) {
      this.#sleepers.shift();
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await settled();
    }
    this.#now = end;
  }
}

/** Lets everything that can go on without time passing go on. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
