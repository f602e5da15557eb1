import type { Offset } from "#domain/units.ts";
import type { Journal, StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";

/** A journal that a test can break. */
export class MemoryJournal implements Journal {
  #records: StoredRecord[] = [];
  #newest: Offset = 0;
  readonly #batches = new Map<string, Offset>();
  readonly #consumers = new Map<string, () => Offset>();
  /** Set: every append fails with this reason. */
  broken: string | undefined;

  async append(
    _partition: number,
    records: readonly Uint8Array[],
    batchId: string,
  ): Promise<{ readonly offset: Offset }> {
    if (this.broken !== undefined) throw new JournalUnavailableError(this.broken);
    const known = this.#batches.get(batchId);
    if (known !== undefined) return { offset: known };
    const offset = this.#newest + 1;
    for (const bytes of records) {
      this.#newest += 1;
      this.#records.push({ offset: this.#newest, bytes: Uint8Array.from(bytes) });
    }
    this.#batches.set(batchId, offset);
    return { offset };
  }

  async read(_partition: number, from: Offset, limit: number): Promise<readonly StoredRecord[]> {
    return this.readSync(from, limit);
  }

  readSync(from: Offset, limit: number): readonly StoredRecord[] {
    const oldest = this.#records[0]?.offset ?? 1;
    const start = Math.max(0, from - oldest);
    return this.#records.slice(start, start + limit);
  }

  async newest(): Promise<Offset> {
    return this.#newest;
  }

  registerConsumer(name: string, consumed: () => Offset): void {
    this.#consumers.set(name, consumed);
  }

  async trim(_partition: number, before: Offset): Promise<void> {
    let limit = before;
    for (const consumed of this.#consumers.values()) limit = Math.min(limit, consumed() + 1);
    this.#records = this.#records.filter((record) => record.offset >= limit);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
