interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Time that jumps to the next thing to do. */
export class SimClock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  sleep(duration: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    const sleeper: Sleeper = {
      due: this.#now + duration,
      wake: () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      },
    };
    signal?.addEventListener("abort", leave, { once: true });
    this.#sleepers.push(sleeper);
    this.#sleepers.sort((a, b) => a.due - b.due);
    return promise;
  }

  /** Goes on until `done` holds or nobody sleeps any more. */
  async run(done: () => boolean): Promise<void> {
    await turn();
    while (!done()) {
      const next = this.#sleepers.shift();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      await turn();
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
