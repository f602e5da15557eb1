interface Entry {
  readonly atMs: number;
  readonly keep: () => Promise<void> | void;
}

/** What is going to happen to a device, in the order of time. */
export class Agenda {
  #entries: Entry[] = [];

  /** Of two at the same moment the one that was added first comes first. */
  at(atMs: number, keep: Entry["keep"]): void {
    this.#entries = [...this.#entries, { atMs, keep }].sort((a, b) => a.atMs - b.atMs);
  }

  /** Infinity if nothing is planned. */
  get nextMs(): number {
    return this.#entries[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Keeps what is due, also what is added meanwhile; `after` comes after each. */
  async keep(nowMs: number, after?: () => Promise<void>): Promise<void> {
    for (let next = this.#entries[0]; next !== undefined; next = this.#entries[0]) {
      if (next.atMs > nowMs) return;
      this.#entries.shift();
      await next.keep();
      await after?.();
    }
  }
}
