import { GatewayError } from "#domain/errors.ts";
import type { EpochMs, Offset } from "#domain/units.ts";
import { JournalUnavailableError } from "#ports/journal.ts";

export interface Batch {
  readonly batchId: string;
  /** When its first record was added. */
  readonly oldestAt: EpochMs;
  readonly records: readonly Uint8Array[];
}

interface Waiting {
  readonly at: EpochMs;
  readonly records: readonly Uint8Array[];
  readonly bytes: number;
  /** Given by the caller: such a batch is never joined with others. */
  readonly batchId: string | undefined;
  readonly resolve: (first: Offset) => void;
  readonly reject: (error: Error) => void;
}

export interface AppendQueueOptions {
  /** Resolves with the first offset once the batch is durable. */
  readonly send: (batch: Batch) => Promise<Offset>;
  readonly now: () => EpochMs;
  /** Unique per process: batch ids of different runs must not meet. */
  readonly name: string;
  readonly batchRecords?: number;
  readonly batchBytes?: number;
}

const BATCH_RECORDS = 2_000;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Group commit: one batch is under way, what comes meanwhile joins the next one. So a lone record
 * waits for nothing and a flood is paid with one disk sync per batch. Order is kept; when a batch
 * fails everything behind it fails too, or a later message would be acknowledged before an earlier one.
 */
export class AppendQueue {
  readonly #options: Required<AppendQueueOptions>;
  #waiting: Waiting[] = [];
  #pumping = false;
  #batches = 0;
  #closed: string | undefined;
  #idle: (() => void)[] = [];

  constructor(options: AppendQueueOptions) {
    this.#options = { batchRecords: BATCH_RECORDS, batchBytes: BATCH_BYTES, ...options };
  }

  /** Resolves in the order of the calls. */
  add(records: readonly Uint8Array[], batchId?: string): Promise<Offset> {
    if (this.#closed !== undefined) {
      return Promise.reject(new JournalUnavailableError(this.#closed));
    }
    let bytes = 0;
    for (const record of records) bytes += record.byteLength;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ at: this.#options.now(), records, bytes, batchId, resolve, reject });
      if (this.#pumping) return;
      this.#pumping = true;
      // Whatever is added in the same tick joins the first batch.
      queueMicrotask(() => void this.#pump());
    });
  }

  /** Resolves when nothing is under way or waiting. */
  drained(): Promise<void> {
    if (!this.#pumping) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** From now on everything is refused with the reason; what is under way goes on. */
  close(reason: string): void {
    this.#closed ??= reason;
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      const taken = this.#take();
      try {
        this.#settle(taken, await this.#options.send(this.#batchOf(taken)));
      } catch (error) {
        this.#fail([...taken, ...this.#waiting.splice(0)], error);
      }
    }
    this.#pumping = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #take(): readonly Waiting[] {
    let records = 0;
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      const joins = waiting.batchId === undefined;
      const fits =
        records + waiting.records.length <= this.#options.batchRecords &&
        bytes + waiting.bytes <= this.#options.batchBytes;
      if (count > 0 && !(joins && fits)) break;
      records += waiting.records.length;
      bytes += waiting.bytes;
      count += 1;
      if (!joins) break;
    }
    return this.#waiting.splice(0, count);
  }

  #batchOf(taken: readonly Waiting[]): Batch {
    this.#batches += 1;
    return {
      batchId: taken[0]?.batchId ?? `${this.#options.name}-${this.#batches}`,
      oldestAt: taken[0]?.at ?? this.#options.now(),
      records: taken.flatMap((waiting) => waiting.records),
    };
  }

  #settle(taken: readonly Waiting[], first: Offset): void {
    let offset = first;
    for (const waiting of taken) {
      waiting.resolve(offset);
      offset += waiting.records.length;
    }
  }

  #fail(taken: readonly Waiting[], error: unknown): void {
    const reason =
      error instanceof GatewayError
        ? error
        : new JournalUnavailableError(`journal failed: ${String(error)}`, { cause: error });
    for (const waiting of taken) waiting.reject(reason);
  }
}
