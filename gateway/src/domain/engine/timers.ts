import type { EpochMs } from "#domain/units.ts";

interface Timer {
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
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer))
        child++;
      if (!before(heap[child] as Timer, last)) break;
      heap[i] = heap[child] as Timer;
      i = child;
    }
    heap[i] = last;
  }
}
