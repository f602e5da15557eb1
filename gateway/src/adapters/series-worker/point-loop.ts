import { setImmediate } from "node:timers/promises";
import type { DurationMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { PointSender } from "./point-sender.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { StepOutcome } from "./series-consumer.ts";
import { runSteps } from "./step-loop.ts";

/** How long a point may wait for others; a dashboard does not notice. */
const LOOK_EVERY_MS: DurationMs = 1_000;
/** A store that does not answer is not waited for at a stop. */
const CLOSE_WITHIN_MS: DurationMs = 500;

export interface PointLoopOptions {
  readonly sender: Pick<PointSender, "step">;
  readonly clock: Pick<Clock, "sleep">;
  /** Of the machine, 0 to 1. */
  readonly random: () => number;
}

/** Drives the sender: a page after the other while there are any, a look every second, back-off when the store fails. */
export class PointLoop {
  readonly #options: PointLoopOptions;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #failedTries = 0;

  constructor(options: PointLoopOptions) {
    this.#options = options;
    this.#ended = runSteps(
      this.#closing.signal,
      () => this.#step(),
      (outcome) => this.#pause(outcome),
    );
  }

  /** What is not told by now is told after the next start, or was worth nothing. */
  async close(): Promise<void> {
    this.#closing.abort();
    const done = new AbortController();
    const late = this.#options.clock.sleep(CLOSE_WITHIN_MS, done.signal).catch(() => undefined);
    await Promise.race([this.#ended, late]);
    done.abort();
  }

  async #step(): Promise<StepOutcome> {
    const outcome = await this.#options.sender.step();
    this.#failedTries = outcome.kind === "failed" ? this.#failedTries + 1 : 0;
    return outcome;
  }

  async #pause(outcome: StepOutcome): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#closing;
    switch (outcome.kind) {
      case "failed": {
        const wait = retryDelayMs(this.#failedTries, outcome.retryAfterMs, random);
        await clock.sleep(wait, signal);
        return;
      }
      case "more":
        await setImmediate(undefined, { signal });
        return;
      case "idle":
        await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
}
