/** A rate with a burst of one second. What is taken may go below zero once: the next waits until it is paid back. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** `now` in milliseconds, never less than before. */
  hasLeft(now: number): boolean {
    if (now > this.#at) {
      const earned = ((now - this.#at) * this.#perSecond) / 1_000;
      this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
      this.#at = now;
    }
    return this.#tokens > 0;
  }

  take(count: number): void {
    this.#tokens -= count;
  }
}
