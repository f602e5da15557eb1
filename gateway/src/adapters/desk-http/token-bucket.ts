import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

interface Waiter {
  readonly go: () => void;
}

/**
 * Lets at most `perMinute` takers through in any minute, first come, first served. A tenth of them may
 * go at once after a quiet time; the rest is spread evenly.
 */
export class TokenBucket {
  readonly #clock: Clock;
  readonly #size: number;
  /** Tokens per millisecond. */
  readonly #rate: number;
  #tokens: number;
  #filledAt: DurationMs;
  #waiting: Waiter[] = [];
  /** Ends the sleep between two tokens when nobody waits any more. */
  #idle: AbortController | undefined;

  /** `perMinute`: 1 or more. */
  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#size = Math.max(1, Math.floor(perMinute / 10));
    this.#rate = (perMinute - (this.#size - 1)) / MINUTE_MS;
    this.#tokens = this.#size;
    this.#filledAt = clock.elapsed();
  }

  /** Resolves when it is the taker's turn; rejects with the signal's reason, and then takes nothing. */
  take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    this.#fill();
    if (this.#waiting.length === 0 && this.#tokens >= 1) {
      this.#tokens -= 1;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      if (this.#waiting.length === 0) this.#idle?.abort();
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      go: () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
    };
    signal?.addEventListener("abort", leave, { once: true });
    this.#waiting.push(waiter);
    if (this.#idle === undefined) void this.#serve();
    return promise;
  }

  async #serve(): Promise<void> {
    const idle = new AbortController();
    this.#idle = idle;
    while (!idle.signal.aborted && this.#waiting.length > 0) {
      this.#fill();
      if (this.#tokens >= 1) {
        this.#tokens -= 1;
        this.#waiting.shift()?.go();
      } else {
        // A timer may fire a little early: without the added millisecond it would be set again and again.
        const wait = Math.ceil((1 - this.#tokens) / this.#rate) + 1;
        await this.#clock.sleep(wait, idle.signal).catch(() => undefined);
      }
    }
    this.#idle = undefined;
    if (this.#waiting.length > 0) void this.#serve();
  }

  #fill(): void {
    const now = this.#clock.elapsed();
    this.#tokens = Math.min(this.#size, this.#tokens + (now - this.#filledAt) * this.#rate);
    this.#filledAt = now;
  }
}
