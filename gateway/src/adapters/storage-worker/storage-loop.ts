import type { EpochMs, Offset } from "#domain/units.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { trimPolicy } from "../journal-sqlite/segments.ts";
import { SqliteJournal } from "../journal-sqlite/sqlite-journal.ts";
import { SqliteSeries } from "../series-sqlite/sqlite-series.ts";
import { Latency } from "./latency.ts";
import type { StorageAnswer, StorageRequest, StorageStats, StorageWorkerData } from "./messages.ts";
import { packRecords, unpackRecords } from "./messages.ts";
import { PAGE_RECORDS, SeriesConsumer } from "./series-consumer.ts";

/** A few records wait this long for others: each page costs two disk syncs that appends must wait for. */
const GATHER_MS = 100;
const RETRY_FIRST_MS = 1_000;
const RETRY_LONGEST_MS = 30_000;
/** What is not stored by then at a stop comes from the journal at the next start. */
const LAST_PAGES_MS = 2_000;

type Request<K extends StorageRequest["kind"]> = Extract<StorageRequest, { kind: K }>;

/**
 * The worker without its thread: owns the journal's writer and the series store. Requests are
 * answered as they come; the pages of the series run between them, one per turn of the event loop.
 */
export class StorageLoop implements Disposable {
  readonly #journal: SqliteJournal;
  readonly #series: SqliteSeries | undefined;
  readonly #consumer: SeriesConsumer | undefined;
  readonly #committed: (newest: Offset) => void;
  readonly #latency = new Latency();
  #now: EpochMs;
  #newest: Offset = 0;
  #next: NodeJS.Timeout | NodeJS.Immediate | undefined;
  #retryMs = RETRY_FIRST_MS;
  #commits = 0;
  #failedCommits = 0;
  #records = 0;
  #bytes = 0;

  constructor(data: StorageWorkerData, committed: (newest: Offset) => void) {
    this.#now = data.startedAt;
    this.#committed = committed;
    this.#journal = new SqliteJournal({
      directory: data.journalFolder,
      now: () => this.#now,
      synchronous: data.synchronous,
    });
    if (data.seriesFolder === null) return;
    this.#series = new SqliteSeries(data.seriesFolder);
    const consumer = new SeriesConsumer(
      (from, limit) => this.#journal.readSync(from, limit),
      this.#series,
    );
    this.#consumer = consumer;
    this.#journal.registerConsumer("series", () => consumer.consumed);
  }

  /** Opens the journal and goes on with the samples that are not stored yet. */
  start(): Offset {
    this.#newest = this.#journal.newestSync();
    this.#schedule();
    return this.#newest;
  }

  answer(request: StorageRequest): StorageAnswer {
    switch (request.kind) {
      case "append":
        return this.#append(request);
      case "read":
        return this.#read(request);
      case "newest":
        return { kind: "offset", offset: this.#journal.newestSync() };
      case "trim":
        this.#journal.trimSync(request.before);
        return { kind: "done" };
      case "enforce":
        return this.#enforce(request);
      case "series":
        return { kind: "points", points: this.#seriesStore().readSync(request.query) };
      case "retain":
        this.#seriesStore().retainSync(request.before);
        return { kind: "done" };
      case "catch_up":
        return this.#catchUp();
      case "stats":
        return { kind: "stats", stats: this.#stats() };
      case "close":
        this[Symbol.dispose]();
        return { kind: "done" };
    }
  }

  [Symbol.dispose](): void {
    this.#unschedule();
    const deadline = performance.now() + LAST_PAGES_MS;
    while (this.#consumer?.step() === "more" && performance.now() < deadline);
    this.#journal[Symbol.dispose]();
    this.#series?.[Symbol.dispose]();
  }

  #append(request: Request<"append">): StorageAnswer {
    this.#now = Math.max(this.#now, request.at);
    const records = unpackRecords(request.records);
    const startedAt = performance.now();
    let offset: Offset;
    try {
      offset = this.#journal.appendSync(records, request.batchId);
    } catch (error) {
      this.#failedCommits += 1;
      throw error;
    }
    this.#latency.add((performance.now() - startedAt) / 1_000);
    this.#commits += 1;
    this.#records += records.length;
    this.#bytes += request.records.bytes.byteLength;
    this.#newest = this.#journal.newestSync();
    this.#committed(this.#newest);
    this.#schedule();
    return { kind: "appended", offset, newest: this.#newest };
  }

  #read(request: Request<"read">): StorageAnswer {
    const stored = this.#journal.readSync(request.from, request.limit);
    return {
      kind: "records",
      offsets: stored.map((record) => record.offset),
      records: packRecords(stored.map((record) => record.bytes)),
    };
  }

  #enforce(request: Request<"enforce">): StorageAnswer {
    const before = trimPolicy(this.#journal.segmentsSync(), request.at, request.limits);
    this.#journal.trimSync(Math.min(before, request.consumed + 1));
    return { kind: "offset", offset: before };
  }

  /** One page only, so that appends need not wait for a long backlog. */
  #catchUp(): StorageAnswer {
    const outcome = this.#consumer?.step() ?? "idle";
    if (outcome === "failed") {
      throw new SeriesUnavailableError(this.#consumer?.stats.error ?? "no series store");
    }
    return { kind: "offset", offset: this.#consumer?.consumed ?? this.#newest };
  }

  #stats(): StorageStats {
    const none = { consumed: 0, written: 0, overwritten: 0, skipped: 0, error: "" };
    return {
      newest: this.#newest,
      commits: this.#commits,
      records: this.#records,
      bytes: this.#bytes,
      failedCommits: this.#failedCommits,
      commitSeconds: this.#latency.histogram,
      series: this.#consumer?.stats ?? none,
    };
  }

  #seriesStore(): SqliteSeries {
    if (this.#series !== undefined) return this.#series;
    throw new SeriesUnavailableError("the storage worker was started without a series store");
  }

  #schedule(): void {
    if (this.#consumer === undefined || this.#next !== undefined) return;
    const run = (): void => this.#runPage();
    const isFull = this.#newest - this.#consumer.consumed >= PAGE_RECORDS;
    this.#next = isFull ? setImmediate(run) : setTimeout(run, GATHER_MS);
  }

  #runPage(): void {
    this.#next = undefined;
    const outcome = this.#consumer?.step();
    if (outcome === "failed") {
      this.#next = setTimeout(() => this.#runPage(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LONGEST_MS);
      return;
    }
    this.#retryMs = RETRY_FIRST_MS;
    if (outcome === "more") this.#schedule();
  }

  #unschedule(): void {
    if (this.#next === undefined) return;
    clearTimeout(this.#next as NodeJS.Timeout);
    clearImmediate(this.#next as NodeJS.Immediate);
    this.#next = undefined;
  }
}
