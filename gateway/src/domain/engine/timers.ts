import assert from "node:assert/strict";
import type { EpochMs } from "#domain/units.ts";

export interface Timer {
  readonly at: EpochMs;
  readonly key: string;
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.key < b.key);

/**
 * Deadlines on the service clock, handed out in (deadline, key) order. The truth is in the state
 * that a key stands for: setting a key again replaces its deadline, and the set is rebuilt from the
 * state after a restart.
 */
export class Timers {
  readonly #heap: Timer[] = [];
  readonly #current = new Map<string, EpochMs>();

  /** 0 removes the deadline. */
  set(key: string, at: EpochMs): void {
    if ((this.#current.get(key) ?? 0) === at) return;
    if (at === 0) {
      this.#current.delete(key);
      return;
    }
    this.#current.set(key, at);
    this.#push({ at, key });
  }

  /** Sets the deadlines of a whole fleet, each key once, in an empty set: as `set` for each, in a fraction of the time. */
  fill(timers: Iterable<Timer>): void {
    assert(this.#heap.length === 0, "only an empty set of timers can be filled");
    for (const timer of timers) {
      this.#heap.push(timer);
      this.#current.set(timer.key, timer.at);
    }
    for (let i = (this.#heap.length >> 1) - 1; i >= 0; i--) this.#sink(i, this.#heap[i] as Timer);
  }

  /** Removes and answers the earliest key due at or before `now`. */
  takeDue(now: EpochMs): Timer | undefined {
    const next = this.#peek();
    if (next === undefined || next.at > now) return undefined;
    this.#pop();
    this.#current.delete(next.key);
    return next;
  }

  earliest(): EpochMs | undefined {
    return this.#peek()?.at;
  }

  /** Calls `move` for each pending timer; a different answer replaces the deadline. */
  reschedule(move: (key: string, at: EpochMs) => EpochMs): void {
    for (const [key, at] of [...this.#current]) this.set(key, move(key, at));
  }

  #peek(): Timer | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#current.get(top.key) === top.at) return top;
      this.#pop();
    }
    return undefined;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(timer);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const parent = heap[up] as Timer;
      if (!before(timer, parent)) break;
      heap[i] = parent;
      i = up;
    }
    heap[i] = timer;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#sink(0, last);
  }

  /** Puts the timer into the gap at `i` or below, wherever it belongs. */
  #sink(i: number, timer: Timer): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer))
        child++;
      if (!before(heap[child] as Timer, timer)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = timer;
  }
}
