import type { Offset } from "#domain/units.ts";
import type { StoredBatch } from "./segment-source.ts";

/** The first offsets of the newest batches: a batch that is offered again is not stored again. */
export class RememberedBatches {
  readonly #limit: number;
  readonly #offsets = new Map<string, Offset>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  offsetOf(batchId: string): Offset | undefined {
    return this.#offsets.get(batchId);
  }

  add(batchId: string, first: Offset): void {
    this.#offsets.set(batchId, first);
    if (this.#offsets.size <= this.#limit) return;
    for (const oldest of this.#offsets.keys()) {
      this.#offsets.delete(oldest);
      break;
    }
  }

  /** Forgets all, then remembers these. */
  replace(newestFirst: readonly StoredBatch[]): void {
    this.#offsets.clear();
    for (const { batchId, first } of newestFirst.slice(0, this.#limit).reverse()) {
      this.add(batchId, first);
    }
  }
}
