import type { DurationMs } from "#domain/units.ts";
import type { BoundedStream } from "./bounded-stream.ts";

/**
 * Sees a device that is connected and takes nothing of what it is sent: its commands would expire one after the other while it
 * counts as online.
 */
export class DrainWatch {
  readonly #stream: BoundedStream;
  readonly #limitMs: DurationMs;
  #taken = 0;
  #stuckSince: number | undefined;

  constructor(stream: BoundedStream, limitMs: DurationMs) {
    this.#stream = stream;
    this.#limitMs = limitMs;
  }

  /** True when bytes have waited for the limit and none was taken meanwhile. */
  overdue(now: number): boolean {
    const { takenBytes, unsentBytes } = this.#stream;
    if (unsentBytes === 0 || takenBytes !== this.#taken) {
      this.#taken = takenBytes;
      this.#stuckSince = undefined;
      return false;
    }
    this.#stuckSince ??= now;
    return now - this.#stuckSince >= this.#limitMs;
  }
}
