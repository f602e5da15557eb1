import { setImmediate } from "node:timers/promises";
import type { DurationMs, Offset } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { ConsumerFailure } from "./messages.ts";
import { retryDelayMs } from "./retry-delay.ts";
import type { SeriesConsumer, StepOutcome } from "./series-consumer.ts";
import { PAGE_RECORDS } from "./series-consumer.ts";
import { runSteps } from "./step-loop.ts";

/** A few records wait this long for others: each page costs two disk syncs. */
const GATHER_MS: DurationMs = 100;
/** Upkeep between the pages of a backlog: this much of it at least this often. */
const UPKEEP_MS: DurationMs = 20;
const UPKEEP_EVERY_MS: DurationMs = 500;

export interface ConsumerLoopOptions {
  readonly consumer: SeriesConsumer;
  readonly clock: Pick<Clock, "sleep">;
  /** Works on what is stored for about so long; true = there is more to do. */
  readonly upkeep?: (budgetMs: DurationMs) => boolean;
  /** Told once when it begins to fail, when the reason changes in kind, and when it goes on. */
  readonly onState: (failure: ConsumerFailure | undefined) => void;
  /** Of the machine, 0 to 1; spreads retries of many gateways. */
  readonly random: () => number;
}

interface Waiter {
  readonly offset: Offset;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Drives one consumer: a page after the other while there is work, upkeep when there is none, back-off when the store fails. */
export class ConsumerLoop {
  readonly #options: ConsumerLoopOptions;
  readonly #closing = new AbortController();
  #newest: Offset = 0;
  #waiters: Waiter[] = [];
  #wake = Promise.withResolvers<void>();
  #failure: ConsumerFailure | undefined;
  #failedTries = 0;
  #upkeptAt = 0;
  #ended: Promise<void> | undefined;

  constructor(options: ConsumerLoopOptions) {
    this.#options = options;
  }

  get consumer(): SeriesConsumer {
    return this.#options.consumer;
  }

  start(): void {
    this.#ended = runSteps(
      this.#closing.signal,
      () => this.#step(),
      (outcome) => this.#pause(outcome),
    );
  }

  /** The journal has records up to here. */
  committed(newest: Offset): void {
    this.#newest = Math.max(this.#newest, newest);
    this.#wake.resolve();
  }

  /** Resolved when everything up to the offset is stored; rejected when an attempt fails first. */
  caughtUp(offset: Offset): Promise<void> {
    if (this.consumer.consumed >= offset) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offset, resolve, reject });
      this.committed(offset);
    });
  }

  /**
   * Stores what it can within the time; the rest comes from the journal at the next start. A store
   * that does not answer is not waited for longer either: what it was sent is sent again.
   */
  async close(withinMs: DurationMs): Promise<void> {
    this.#closing.abort();
    this.#wake.resolve();
    const done = new AbortController();
    const inTime = this.#options.clock.sleep(withinMs, done.signal).catch(() => undefined);
    let isLate = false;
    void inTime.then(() => {
      isLate = true;
    });
    await Promise.race([this.#ended, inTime]);
    for (let more = true; more && !isLate; ) {
      const outcome = await Promise.race([this.consumer.step(), inTime]);
      more = outcome?.kind === "more";
    }
    done.abort();
  }

  async #step(): Promise<StepOutcome> {
    const outcome = await this.consumer.step();
    this.#settle(outcome);
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
        if (performance.now() - this.#upkeptAt >= UPKEEP_EVERY_MS) this.#upkeep();
        await setImmediate(undefined, { signal });
        return;
      case "idle":
        await this.#idle(signal);
    }
  }

  /** Until there is something to read; upkeep meanwhile. */
  async #idle(signal: AbortSignal): Promise<void> {
    while (this.#newest <= this.consumer.consumed && !signal.aborted) {
      if (this.#upkeep()) {
        await setImmediate(undefined, { signal });
        continue;
      }
      this.#wake = Promise.withResolvers();
      await this.#wake.promise;
    }
    const isFull = this.#newest - this.consumer.consumed >= PAGE_RECORDS;
    if (!isFull && this.#waiters.length === 0) await this.#options.clock.sleep(GATHER_MS, signal);
  }

  #upkeep(): boolean {
    this.#upkeptAt = performance.now();
    try {
      return this.#options.upkeep?.(UPKEEP_MS) ?? false;
    } catch (error) {
      // The samples are stored as they are; the next page or upkeep meets the same trouble and tells it.
      const message = error instanceof Error ? error.message : String(error);
      this.#tell({ problem: "unreachable", message });
      return false;
    }
  }

  #settle(outcome: StepOutcome): void {
    if (outcome.kind === "failed") {
      this.#failedTries += 1;
      this.#tell(outcome.failure);
      const { message, problem } = outcome.failure;
      for (const { reject } of this.#waiters.splice(0)) {
        reject(new SeriesUnavailableError(message, { problem }));
      }
      return;
    }
    this.#failedTries = 0;
    this.#tell(undefined);
    const { consumed } = this.consumer;
    const done = this.#waiters.filter((waiter) => waiter.offset <= consumed);
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > consumed);
    for (const { resolve } of done) resolve();
  }

  #tell(failure: ConsumerFailure | undefined): void {
    const isNews = this.#failure?.problem !== failure?.problem;
    this.#failure = failure;
    if (isNews) this.#options.onState(failure);
  }
}
