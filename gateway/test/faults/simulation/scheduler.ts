import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import { prng } from "../../support/prng.ts";

/** One stream of chance. What is drawn from one never changes what another one answers. */
export class Dice {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = prng(seed);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number with from <= n < to. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from));
  }

  pick<T>(items: readonly T[]): T {
    return items[this.between(0, items.length)] as T;
  }
}

/** One run of the gateway's process: what belongs to it never goes on after its end. */
export class Life {
  alive = true;
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

/** Thrown where the process ends in the middle of synchronous work. */
export class Crash extends Error {}

interface Task {
  readonly at: EpochMs;
  readonly order: number;
  readonly life: Life | undefined;
  readonly run: () => void;
}

/**
 * Virtual time. Everything that takes time is a task in one queue; between two tasks everything that
 * can go on without time passing does. So a run is a function of its seed.
 */
export class Scheduler {
  readonly dice: Dice;
  #now: EpochMs;
  #order = 0;
  #tasks: Task[] = [];

  constructor(start: EpochMs, dice: Dice) {
    this.#now = start;
    this.dice = dice;
  }

  /** True time, which no clock in the simulation shows exactly. */
  get now(): EpochMs {
    return this.#now;
  }

  after(delay: DurationMs, life: Life | undefined, run: () => void): void {
    this.#order += 1;
    const task: Task = { at: this.#now + Math.max(0, delay), order: this.#order, life, run };
    let i = this.#tasks.length;
    while (i > 0 && isLater(this.#tasks[i - 1] as Task, task)) i -= 1;
    this.#tasks.splice(i, 0, task);
  }

  /** Never settles when the life ends first. */
  wait(delay: DurationMs, life: Life | undefined): Promise<void> {
    return new Promise((resolve) => this.after(delay, life, resolve));
  }

  /** Runs until the time, or until there is nothing to do. `each` is called after every task. */
  async runUntil(end: EpochMs, each: () => void): Promise<void> {
    for (let next = this.#tasks[0]; next !== undefined && next.at <= end; next = this.#tasks[0]) {
      this.#tasks.shift();
      this.#now = next.at;
      if (next.life !== undefined && !next.life.alive) continue;
      guarded(next.run);
      await settled();
      each();
    }
    this.#now = Math.max(this.#now, end);
  }
}

const isLater = (a: Task, b: Task): boolean => a.at > b.at || (a.at === b.at && a.order > b.order);

/** A crash in the middle of a task ends the process, not the simulation. */
function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Messages that arrive in the order in which they were sent, each after a while. */
export class Wire {
  readonly #scheduler: Scheduler;
  readonly #life: Life | undefined;
  readonly #longest: DurationMs;
  #lastAt: EpochMs = 0;

  constructor(scheduler: Scheduler, longest: DurationMs, life?: Life) {
    this.#scheduler = scheduler;
    this.#life = life;
    this.#longest = longest;
  }

  send(arrive: () => void): void {
    const { now, dice } = this.#scheduler;
    this.#lastAt = Math.max(this.#lastAt, now + dice.between(0, this.#longest));
    this.#scheduler.after(this.#lastAt - now, this.#life, arrive);
  }
}

/** The machine's clock: may be set forward and back; its timers measure true durations. */
export class ServerClock {
  offset: DurationMs = 0;
  /** True times at which it was set forward. */
  readonly forwardAt: EpochMs[] = [];

  jump(by: DurationMs, at: EpochMs): void {
    this.offset += by;
    if (by > 0) this.forwardAt.push(at);
  }
}

export class LifeClock implements Clock {
  readonly #scheduler: Scheduler;
  readonly #server: ServerClock;
  readonly #life: Life;

  constructor(scheduler: Scheduler, server: ServerClock, life: Life) {
    this.#scheduler = scheduler;
    this.#server = server;
    this.#life = life;
  }

  now(): EpochMs {
    return this.#scheduler.now + this.#server.offset;
  }

  elapsed(): DurationMs {
    return this.#scheduler.now;
  }

  sleep(duration: DurationMs, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    this.#scheduler.after(duration, this.#life, resolve);
    return promise;
  }
}
