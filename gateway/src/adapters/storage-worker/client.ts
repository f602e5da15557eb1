import assert from "node:assert";
import { randomUUID } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { Journal, StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import type { SeriesPoint } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import type { RetentionLimits } from "../journal-sqlite/segments.ts";
import type { Synchronous } from "../sqlite/database.ts";
import { reasonOf } from "../sqlite/database.ts";
import { AppendQueue } from "./append-queue.ts";
import type {
  FromWorker,
  Numbered,
  SeriesQuery,
  StorageAnswer,
  StorageRequest,
  StorageStats,
  StorageWorkerData,
} from "./messages.ts";
import { packRecords, transfersOf, unpackRecords } from "./messages.ts";

export interface StorageClientOptions {
  readonly journalFolder: string;
  /** null: samples go to another store. */
  readonly seriesFolder: string | null;
  /** Wall clock; it dates the journal's segments. */
  readonly now: () => EpochMs;
  /** Gets `{kind: "committed", newest}` after every commit. Handed over to the worker. */
  readonly committedPort?: MessagePort;
  /** `OFF` only for the test that shows the loss. */
  readonly synchronous?: Synchronous;
}

interface Pending {
  readonly resolve: (answer: StorageAnswer) => void;
  readonly reject: (error: Error) => void;
}

type AnswerOf<K extends StorageAnswer["kind"]> = Extract<StorageAnswer, { kind: K }>;

/**
 * The main thread's side of the storage worker: the journal, and reading of samples. Nothing here
 * waits for a disk. A worker that dies rejects everything with JournalUnavailableError, then and
 * later; `failed` tells it to whoever must end the process.
 */
export class StorageClient implements Journal {
  readonly #worker: Worker;
  readonly #now: () => EpochMs;
  readonly #queue: AppendQueue;
  readonly #pending = new Map<number, Pending>();
  readonly #consumers = new Map<string, () => Offset>();
  readonly #failed = Promise.withResolvers<JournalUnavailableError>();
  readonly #ready = Promise.withResolvers<Offset>();
  readonly #exited: Promise<number>;
  #requests = 0;
  #newest: Offset = 0;
  #ended: JournalUnavailableError | undefined;
  #closing = false;

  private constructor(options: StorageClientOptions) {
    this.#now = options.now;
    const committedPort = options.committedPort ?? null;
    const workerData: StorageWorkerData = {
      journalFolder: options.journalFolder,
      seriesFolder: options.seriesFolder,
      startedAt: options.now(),
      synchronous: options.synchronous ?? "FULL",
      committedPort,
    };
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "storage",
      workerData,
      transferList: committedPort === null ? [] : [committedPort],
    });
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.#end(reasonOf(error), error));
    this.#worker.on("exit", (code) => this.#end(`it ended with code ${code}`));
    this.#queue = new AppendQueue({
      name: randomUUID(),
      send: async ({ batchId, records }) => {
        const packed = packRecords(records);
        const answer = await this.#ask(
          { kind: "append", batchId, records: packed, at: this.#now() },
          transfersOf(packed),
        );
        const { offset, newest } = expected(answer, "appended");
        this.#newest = Math.max(this.#newest, newest);
        return offset;
      },
    });
  }

  /** Resolves when the journal is open; rejects with JournalUnavailableError when it cannot be. */
  static async start(options: StorageClientOptions): Promise<StorageClient> {
    const client = new StorageClient(options);
    client.#newest = await client.#ready.promise;
    return client;
  }

  /** Resolves (never rejects) when the worker has died by itself. */
  get failed(): Promise<JournalUnavailableError> {
    return this.#failed.promise;
  }

  /** Newest durable offset that this thread knows of. */
  get newestKnown(): Offset {
    return this.#newest;
  }

  /** Durable when resolved, in the order of the calls; joined with others into one commit. */
  submit(record: Uint8Array): Promise<Offset> {
    return this.#queue.add([record]);
  }

  async append(
    partition: number,
    records: readonly Uint8Array[],
    batchId: string,
  ): Promise<{ readonly offset: Offset }> {
    assertEmbedded(partition);
    assert(records.length > 0, `batch ${batchId} has no record`);
    return { offset: await this.#queue.add(records, batchId) };
  }

  async read(partition: number, from: Offset, limit: number): Promise<readonly StoredRecord[]> {
    assertEmbedded(partition);
    const answer = expected(await this.#ask({ kind: "read", from, limit }), "records");
    const records = unpackRecords(answer.records);
    return answer.offsets.map((offset, index) => ({
      offset,
      bytes: records[index] ?? new Uint8Array(0),
    }));
  }

  async newest(partition: number): Promise<Offset> {
    assertEmbedded(partition);
    return expected(await this.#ask({ kind: "newest" }), "offset").offset;
  }

  async trim(partition: number, before: Offset): Promise<void> {
    assertEmbedded(partition);
    await this.#ask({ kind: "trim", before: Math.min(before, this.#consumed() + 1) });
  }

  /** A consumer outside the worker; nothing after `consumed()` is trimmed. */
  registerConsumer(name: string, consumed: () => Offset): void {
    this.#consumers.set(name, consumed);
  }

  /** Trims the journal to the limits, never past a consumer. */
  async enforceRetention(limits: RetentionLimits): Promise<void> {
    const consumed = this.#consumed();
    await this.#ask({ kind: "enforce", limits, consumed, at: this.#now() });
  }

  async readSeries(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    return expected(await this.#ask({ kind: "series", query }), "points").points;
  }

  async retainSeries(before: EpochMs): Promise<void> {
    await this.#ask({ kind: "retain", before });
  }

  /** Resolves when the samples of all records durable now are stored. */
  async seriesCaughtUp(): Promise<Offset> {
    const wanted = await this.newest(0);
    let consumed: Offset = 0;
    do {
      consumed = expected(await this.#ask({ kind: "catch_up" }), "offset").offset;
    } while (consumed < wanted);
    return consumed;
  }

  async stats(): Promise<StorageStats> {
    return expected(await this.#ask({ kind: "stats" }), "stats").stats;
  }

  /** Takes nothing more, stores what is under way, copies the write-ahead logs back and ends the worker. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing) {
      await this.#exited;
      return;
    }
    this.#closing = true;
    this.#queue.close("the journal is closing");
    await this.#queue.drained();
    try {
      if (this.#ended === undefined) await this.#ask({ kind: "close" });
    } finally {
      await this.#exited;
    }
  }

  #consumed(): Offset {
    let consumed: Offset = Number.MAX_SAFE_INTEGER - 1;
    for (const of of this.#consumers.values()) consumed = Math.min(consumed, of());
    return consumed;
  }

  #ask(body: StorageRequest, transfer: readonly ArrayBuffer[] = []): Promise<StorageAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#requests += 1;
    const id = this.#requests;
    const message: Numbered<StorageRequest> = { id, body };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }

  #receive(message: FromWorker): void {
    if (message.kind === "ready") {
      this.#ready.resolve(message.newest);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "answer") pending?.resolve(message.answer);
    else pending?.reject(errorOf(message.code, message.message));
  }

  #end(reason: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const error = new JournalUnavailableError(`the storage worker is gone: ${reason}`, { cause });
    this.#ended = error;
    this.#queue.close(error.message);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(error);
    if (!this.#closing) this.#failed.resolve(error);
  }
}

const SERIES_CODE: SeriesUnavailableError["code"] = "VZ_SERIES_UNAVAILABLE";

const errorOf = (code: string, message: string): Error =>
  code === SERIES_CODE ? new SeriesUnavailableError(message) : new JournalUnavailableError(message);

/** A class of another answer is a bug of ours. */
function expected<K extends StorageAnswer["kind"]>(answer: StorageAnswer, kind: K): AnswerOf<K> {
  assert(isKind(answer, kind), `storage worker answered ${answer.kind} instead of ${kind}`);
  return answer;
}

const isKind = <K extends StorageAnswer["kind"]>(
  answer: StorageAnswer,
  kind: K,
): answer is AnswerOf<K> => answer.kind === kind;

function assertEmbedded(partition: number): void {
  assert(partition === 0, `partition ${partition}: an embedded journal has partition 0 only`);
}
