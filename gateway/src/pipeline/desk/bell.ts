import type { DurationMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";

/** Wakes one loop that sleeps; a ring while nobody sleeps is kept. */
export class Bell {
  #rung = false;
  #asleep: AbortController | undefined;

  ring(): void {
    this.#rung = true;
    this.#asleep?.abort();
  }

  /** Until the time has passed or somebody rings. */
  async wait(clock: Clock, duration: DurationMs): Promise<void> {
    if (!this.#rung) {
      const asleep = new AbortController();
      this.#asleep = asleep;
      await clock.sleep(duration, asleep.signal).catch(() => undefined);
      this.#asleep = undefined;
    }
    this.#rung = false;
  }
}
