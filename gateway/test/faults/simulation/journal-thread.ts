import type { EpochMs, Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import type { Batch } from "../../../src/adapters/journal-worker/append-queue.ts";
import { AppendQueue } from "../../../src/adapters/journal-worker/append-queue.ts";
import type { JournalStats } from "../../../src/adapters/journal-worker/messages.ts";
import type { Disk } from "./disk.ts";
import { DiskFile } from "./disk.ts";
import type { Life, Scheduler } from "./scheduler.ts";
import { Crash, Wire } from "./scheduler.ts";

export interface Appended extends StoredRecord {
  /** True time. */
  readonly at: EpochMs;
}

/** The journal's files: they outlive the process. The oracle reads all that was ever durable, trimmed or not. */
export class JournalFiles {
  readonly file = new DiskFile<readonly Appended[]>();
  #records: Appended[] = [];
  #batches = 0;
  #trimmedBefore: Offset = 1;
  /** Someone read what was dropped already: said once. */
  readThroughTrim: Offset | undefined;

  /** Committed records, oldest first. */
  get records(): readonly Appended[] {
    const { commits } = this.file;
    for (; this.#batches < commits.length; this.#batches += 1) {
      this.#records.push(...(commits[this.#batches] ?? []));
    }
    return this.#records;
  }

  get newest(): Offset {
    return this.records.length;
  }

  read(from: Offset, limit: number): readonly StoredRecord[] {
    if (from < this.#trimmedBefore && from <= this.newest) this.readThroughTrim ??= from;
    return this.records.slice(from - 1, from - 1 + limit);
  }

  trim(before: Offset): void {
    this.#trimmedBefore = Math.max(this.#trimmedBefore, before);
  }

  /** After a power cut. */
  reload(): void {
    this.#records = [];
    this.#batches = 0;
  }
}

export interface JournalThreadDeps {
  readonly scheduler: Scheduler;
  readonly disk: Disk;
  readonly files: JournalFiles;
  readonly life: Life;
  /** How often a batch is stored although its commit is reported as failed. */
  readonly doubtful: number;
  /** For a mutant: trims without asking anybody. */
  readonly trimsAll: boolean;
}

/** What a process that has ended answers. */
const NEVER = new Promise<Offset>(() => undefined);

/** Stands for the journal worker: the real queue of group commits in front of the simulated files. */
export class JournalThread {
  readonly #deps: JournalThreadDeps;
  readonly #queue: AppendQueue;
  readonly #commits: ((newest: Offset) => void)[] = [];
  readonly #consumers = new Map<string, () => Offset>();
  readonly #answers: Wire;
  newestKnown: Offset;

  constructor(deps: JournalThreadDeps) {
    this.#deps = deps;
    this.#answers = new Wire(deps.scheduler, 3, deps.life);
    this.newestKnown = deps.files.newest;
    this.#queue = new AppendQueue({
      name: `run-${deps.life.number}`,
      now: () => deps.scheduler.now,
      send: (batch) => this.#send(batch),
      batchRecords: 50,
    });
  }

  submit(bytes: Uint8Array): Promise<Offset> {
    return this.#queue.add([Uint8Array.from(bytes)]);
  }

  onCommit(told: (newest: Offset) => void): void {
    this.#commits.push(told);
  }

  registerConsumer(name: string, consumed: () => Offset): void {
    this.#consumers.set(name, consumed);
  }

  async stats(): Promise<JournalStats> {
    const commitSeconds = { bounds: [], counts: [], sum: 0 };
    const none = { commits: 0, records: 0, bytes: 0, failedCommits: 0, sealed: 0, sealError: "" };
    return { ...none, newest: this.newestKnown, commitSeconds };
  }

  /** Drops what every consumer has. */
  trim(): void {
    const consumed = [...this.#consumers.values()].map((ask) => ask());
    const { files, trimsAll } = this.#deps;
    files.trim(trimsAll ? files.newest + 1 : Math.min(...consumed) + 1);
  }

  async #send(batch: Batch): Promise<Offset> {
    const { scheduler, disk, files, life, doubtful } = this.#deps;
    await scheduler.wait(scheduler.dice.between(1, 12), life);
    if (disk.full) throw new JournalUnavailableError("no space left on device");
    const first = files.newest + 1;
    const at = scheduler.now;
    const records = batch.records.map((bytes, i) => ({ offset: first + i, bytes, at }));
    try {
      disk.commit("journal", files.file, records);
    } catch (error) {
      if (error instanceof Crash) return NEVER;
      throw error;
    }
    const { newest } = files;
    for (const told of this.#commits) told(newest);
    if (scheduler.dice.chance(doubtful)) throw new JournalUnavailableError("disk I/O error");
    const { promise, resolve } = Promise.withResolvers<Offset>();
    this.#answers.send(() => {
      this.newestKnown = newest;
      resolve(first);
    });
    return promise;
  }
}
