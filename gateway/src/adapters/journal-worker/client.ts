import assert from "node:assert";
import { randomUUID } from "node:crypto";
import type { MessagePort } from "node:worker_threads";
import { Worker } from "node:worker_threads";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { Journal, StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import { packRecords } from "../journal-sqlite/packed-records.ts";
import type { RetentionLimits } from "../journal-sqlite/segments.ts";
import type { LoopLoad } from "../metrics/loop-watch.ts";
import type { Synchronous } from "../sqlite/database.ts";
import { reasonOf } from "../sqlite/database.ts";
import type { Batch } from "./append-queue.ts";
import { AppendQueue } from "./append-queue.ts";
import type {
  FromWorker,
  JournalAnswer,
  JournalRequest,
  JournalStats,
  JournalWorkerData,
  Numbered,
} from "./messages.ts";
import { transfersOf, unpackRecords } from "./messages.ts";

export interface JournalClientOptions {
  readonly journalFolder: string;
  /** Wall clock; it dates the journal's segments. */
  readonly now: () => EpochMs;
  /** Each gets `{kind: "committed", newest}` after every commit. Handed over to the worker. */
  readonly committedPorts?: readonly MessagePort[];
  /** Told of every commit. */
  readonly onCommit?: (commit: Commit) => void;
  /** `OFF` only for the test that shows the loss. */
  readonly synchronous?: Synchronous;
  /** Smaller than in service only for tests that want to see a segment end. */
  readonly segmentBytes?: number | undefined;
}

export interface Commit {
  readonly bytes: number;
  /** From the arrival of the oldest record in it until it was durable. */
  readonly oldestSeconds: number;
}

interface Pending {
  readonly resolve: (answer: JournalAnswer) => void;
  readonly reject: (error: Error) => void;
}

type AnswerOf<K extends JournalAnswer["kind"]> = Extract<JournalAnswer, { kind: K }>;

/**
 * The main thread's side of the journal worker: nothing here
 * waits for a disk. A worker that dies rejects everything with JournalUnavailableError, then and
 * later; `failed` tells it to whoever must end the process.
 */
export class JournalClient implements Journal {
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

  private constructor(options: JournalClientOptions) {
    this.#now = options.now;
    const committedPorts = options.committedPorts ?? [];
    const workerData: JournalWorkerData = {
      journalFolder: options.journalFolder,
      startedAt: options.now(),
      synchronous: options.synchronous ?? "FULL",
      segmentBytes: options.segmentBytes,
      committedPorts,
    };
    this.#worker = new Worker(new URL("./worker.ts", import.meta.url), {
      name: "journal",
      workerData,
      transferList: [...committedPorts],
    });
    this.#exited = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.#end(reasonOf(error), error));
    this.#worker.on("exit", (code) => this.#end(`it ended with code ${code}`));
    this.#queue = new AppendQueue({
      name: randomUUID(),
      now: options.now,
      send: (batch) => this.#commit(batch, options.onCommit),
    });
  }

  /** Resolves when the journal is open; rejects with JournalUnavailableError when it cannot be. */
  static async start(options: JournalClientOptions): Promise<JournalClient> {
    const client = new JournalClient(options);
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
    return this.#queue.add([record], undefined);
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

  async stats(): Promise<JournalStats> {
    return expected(await this.#ask({ kind: "stats" }), "stats").stats;
  }

  /** How busy the worker was since the last question. */
  async load(): Promise<LoopLoad> {
    return expected(await this.#ask({ kind: "load" }), "load").load;
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

  async #commit(batch: Batch, onCommit: JournalClientOptions["onCommit"]): Promise<Offset> {
    const packed = packRecords(batch.records);
    const bytes = packed.bytes.byteLength;
    const answer = await this.#ask(
      { kind: "append", batchId: batch.batchId, records: packed, at: this.#now() },
      transfersOf(packed),
    );
    const { offset, newest } = expected(answer, "appended");
    this.#newest = Math.max(this.#newest, newest);
    onCommit?.({ bytes, oldestSeconds: (this.#now() - batch.oldestAt) / 1_000 });
    return offset;
  }

  #consumed(): Offset {
    let consumed: Offset = Number.MAX_SAFE_INTEGER - 1;
    for (const of of this.#consumers.values()) consumed = Math.min(consumed, of());
    return consumed;
  }

  #ask(body: JournalRequest, transfer: readonly ArrayBuffer[] = []): Promise<JournalAnswer> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    this.#requests += 1;
    const id = this.#requests;
    const message: Numbered<JournalRequest> = { id, body };
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
    else pending?.reject(new JournalUnavailableError(message.message));
  }

  #end(reason: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const error = new JournalUnavailableError(`the journal worker is gone: ${reason}`, { cause });
    this.#ended = error;
    this.#queue.close(error.message);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
    this.#ready.promise.catch(() => undefined);
    this.#ready.reject(error);
    if (!this.#closing) this.#failed.resolve(error);
  }
}

/** A class of another answer is a bug of ours. */
function expected<K extends JournalAnswer["kind"]>(answer: JournalAnswer, kind: K): AnswerOf<K> {
  assert(isKind(answer, kind), `journal worker answered ${answer.kind} instead of ${kind}`);
  return answer;
}

const isKind = <K extends JournalAnswer["kind"]>(
  answer: JournalAnswer,
  kind: K,
): answer is AnswerOf<K> => answer.kind === kind;

function assertEmbedded(partition: number): void {
  assert(partition === 0, `partition ${partition}: an embedded journal has partition 0 only`);
}
