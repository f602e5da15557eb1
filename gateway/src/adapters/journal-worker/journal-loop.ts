import type { EpochMs, Offset } from "#domain/units.ts";
import { packRecords } from "../journal-sqlite/packed-records.ts";
import { trimPolicy } from "../journal-sqlite/segments.ts";
import { SqliteJournal } from "../journal-sqlite/sqlite-journal.ts";
import { LoopWatch } from "../metrics/loop-watch.ts";
import { reasonOf } from "../sqlite/database.ts";
import { Latency } from "./latency.ts";
import type { JournalAnswer, JournalRequest, JournalStats, JournalWorkerData } from "./messages.ts";

type Request<K extends JournalRequest["kind"]> = Extract<JournalRequest, { kind: K }>;

/** The worker without its thread: owns the journal's writer. Requests are answered as they come. */
export class JournalLoop implements AsyncDisposable {
  readonly #journal: SqliteJournal;
  readonly #committed: (newest: Offset) => void;
  readonly #latency = new Latency();
  /** From the first question on. */
  #watch: LoopWatch | undefined;
  #now: EpochMs;
  #newest: Offset = 0;
  #segment: Offset = 0;
  #sealed = 0;
  #sealError = "";
  #commits = 0;
  #failedCommits = 0;
  #records = 0;
  #bytes = 0;

  constructor(data: JournalWorkerData, committed: (newest: Offset) => void) {
    this.#now = data.startedAt;
    this.#committed = committed;
    this.#journal = new SqliteJournal({
      directory: data.journalFolder,
      now: () => this.#now,
      synchronous: data.synchronous,
      ...(data.segmentBytes === undefined ? {} : { segmentBytes: data.segmentBytes }),
    });
  }

  start(): Offset {
    this.#newest = this.#journal.newestSync();
    this.#sealClosed();
    return this.#newest;
  }

  answer(request: JournalRequest): JournalAnswer | Promise<JournalAnswer> {
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
      case "stats":
        return { kind: "stats", stats: this.#stats() };
      case "load":
        this.#watch ??= new LoopWatch();
        return { kind: "load", load: this.#watch.take() };
      case "close":
        return this[Symbol.asyncDispose]().then(() => ({ kind: "done" }));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#journal[Symbol.asyncDispose]();
  }

  #append(request: Request<"append">): JournalAnswer {
    this.#now = Math.max(this.#now, request.at);
    const { lengths, bytes } = request.records;
    const startedAt = performance.now();
    let offset: Offset;
    try {
      offset = this.#journal.appendPackedSync(request.records, request.batchId);
    } catch (error) {
      this.#failedCommits += 1;
      throw error;
    }
    this.#latency.add((performance.now() - startedAt) / 1_000);
    this.#commits += 1;
    this.#records += lengths.length;
    this.#bytes += bytes.byteLength;
    this.#newest = this.#journal.newestSync();
    this.#committed(this.#newest);
    this.#sealClosed();
    return { kind: "appended", offset, newest: this.#newest };
  }

  /** Starts when a segment has ended: it runs between the requests, and a failure is tried again at the next end. */
  #sealClosed(): void {
    const segment = this.#journal.activeFirst;
    if (segment === this.#segment) return;
    this.#segment = segment;
    void this.#seal();
  }

  async #seal(): Promise<void> {
    try {
      while (await this.#journal.sealNext()) this.#sealed += 1;
      this.#sealError = "";
    } catch (error) {
      this.#sealError = reasonOf(error);
    }
  }

  #read(request: Request<"read">): JournalAnswer {
    const stored = this.#journal.readSync(request.from, request.limit);
    return {
      kind: "records",
      offsets: stored.map((record) => record.offset),
      records: packRecords(stored.map((record) => record.bytes)),
    };
  }

  #enforce(request: Request<"enforce">): JournalAnswer {
    const before = trimPolicy(this.#journal.segmentsSync(), request.at, request.limits);
    this.#journal.trimSync(Math.min(before, request.consumed + 1));
    return { kind: "offset", offset: before };
  }

  #stats(): JournalStats {
    return {
      newest: this.#newest,
      commits: this.#commits,
      records: this.#records,
      bytes: this.#bytes,
      failedCommits: this.#failedCommits,
      commitSeconds: this.#latency.histogram,
      sealed: this.#sealed,
      sealError: this.#sealError,
    };
  }
}
