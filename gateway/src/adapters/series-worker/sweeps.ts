import type { ServicePoint } from "#ports/point-store.ts";

/** Points of all devices, read page by page while they are told. */
export interface Sweep {
  readonly pages: () => Iterator<readonly ServicePoint[]>;
  /** Every page is told. */
  readonly done: () => void;
}

interface Running {
  readonly name: string;
  readonly sweep: Sweep;
  readonly pages: Iterator<readonly ServicePoint[]>;
}

/** Sweeps that wait for their turn; a newer one of the same name takes the place of the older. */
export class Sweeps {
  readonly #waiting = new Map<string, Sweep>();
  #running: Running | undefined;
  /** Read and not yet told. */
  #page: readonly ServicePoint[] | undefined;

  add(name: string, sweep: Sweep): void {
    this.#waiting.set(name, sweep);
    if (this.#running?.name !== name) return;
    this.#running = undefined;
    this.#page = undefined;
  }

  /** The page to tell next, the same until `told`; empty: nothing yet, ask again. undefined: no sweep. */
  page(): readonly ServicePoint[] | undefined {
    if (this.#page !== undefined) return this.#page;
    const running = this.#running ?? this.#start();
    if (running === undefined) return undefined;
    const next = running.pages.next();
    if (next.done !== true) {
      this.#page = next.value;
      return this.#page;
    }
    this.#running = undefined;
    running.sweep.done();
    return [];
  }

  told(page: readonly ServicePoint[]): void {
    // Another sweep may have taken its place meanwhile.
    if (this.#page === page) this.#page = undefined;
  }

  /** After a failure of reading: from the beginning. */
  restart(): void {
    if (this.#running !== undefined && !this.#waiting.has(this.#running.name)) {
      this.#waiting.set(this.#running.name, this.#running.sweep);
    }
    this.#running = undefined;
    this.#page = undefined;
  }

  #start(): Running | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [name, sweep] = first;
    this.#waiting.delete(name);
    this.#running = { name, sweep, pages: sweep.pages() };
    return this.#running;
  }
}
