import { existsSync } from "node:fs";
import type { Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import { reasonOf } from "../sqlite/database.ts";
import type { SegmentSource } from "./segment-source.ts";
import { openSource } from "./segment-source.ts";
import type { SegmentFile } from "./segments.ts";
import { listSegmentFiles, segmentFilePath } from "./segments.ts";

/** A reader stays in one segment or moves to the next: more open files would not help it. */
const OPEN_SEGMENTS = 2;

/**
 * Reads a journal directory beside its writer, from any thread or process, and follows new
 * segments. Every read is one short statement, so it never keeps the write-ahead log from shrinking.
 * Records are views on the block that they lie in: whoever keeps one for long copies it.
 */
export class SqliteJournalReader implements Disposable {
  readonly #directory: string;
  readonly #list: (directory: string) => readonly SegmentFile[];
  #files: readonly SegmentFile[] = [];
  #open: SegmentSource[] = [];

  constructor(directory: string, list = listSegmentFiles) {
    this.#directory = directory;
    this.#list = list;
  }

  /** Records with offset >= from in order and without a gap, at most `limit`; starts later if those were trimmed. */
  readSync(from: Offset, limit: number): readonly StoredRecord[] {
    return this.#guarded(`reading from offset ${from}`, () => {
      const records: StoredRecord[] = [];
      let index = this.#indexOf(from);
      for (;;) {
        const file = this.#files[index];
        if (file === undefined) break;
        const next = (records.at(-1)?.offset ?? from - 1) + 1;
        // Trimmed between the two reads: the next call says where it goes on.
        if (records.length > 0 && file.first > next) break;
        this.#source(file)?.readInto(records, { from: next, limit });
        if (records.length >= limit) break;
        if (index < this.#files.length - 1) {
          index += 1;
          continue;
        }
        this.#refresh();
        if (this.#files.at(-1)?.first === file.first) break;
        // More may have come into this segment before the next one began, so it is read once more.
        index = this.#indexOf(file.first);
      }
      return records;
    });
  }

  /** Offset of the newest durable record, 0 when empty. */
  newest(): Offset {
    return this.#guarded("looking up the newest offset", () => {
      this.#refresh();
      const file = this.#files.at(-1);
      if (file === undefined) return 0;
      return this.#source(file)?.newest() ?? file.first - 1;
    });
  }

  [Symbol.dispose](): void {
    for (const source of this.#open) source[Symbol.dispose]();
    this.#open = [];
    this.#files = [];
  }

  /** Index of the segment that holds `from`, else of the oldest one. */
  #indexOf(from: Offset): number {
    const find = (): number => this.#files.findLastIndex((file) => file.first <= from);
    let index = find();
    if (index < 0) {
      this.#refresh();
      index = find();
    }
    return Math.max(0, index);
  }

  /** Also lets go of files that were sealed or trimmed. */
  #refresh(): void {
    this.#files = this.#list(this.#directory);
    const isListed = ({ file }: SegmentSource): boolean =>
      this.#files.some(({ first, sealed }) => first === file.first && sealed === file.sealed);
    const gone = this.#open.filter((source) => !isListed(source));
    if (gone.length === 0) return;
    this.#open = this.#open.filter(isListed);
    for (const source of gone) source[Symbol.dispose]();
  }

  /** Undefined while the writer has created the file but not yet its tables, and once it was trimmed. */
  #source({ first }: SegmentFile): SegmentSource | undefined {
    const index = this.#open.findIndex((source) => source.file.first === first);
    const known = this.#open[index];
    if (known !== undefined) {
      this.#open.splice(index, 1);
      this.#open.push(known);
      return known;
    }
    const opened = openPresent(this.#directory, first);
    if (opened === undefined) return undefined;
    this.#open.push(opened);
    if (this.#open.length > OPEN_SEGMENTS) this.#open.shift()?.[Symbol.dispose]();
    return opened;
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof JournalUnavailableError) throw error;
      throw new JournalUnavailableError(
        `journal ${this.#directory} failed ${what}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

/** Whatever file of the segment is there now: it may be sealed or trimmed at any moment. */
export function openPresent(directory: string, first: Offset): SegmentSource | undefined {
  const files = [true, false, true].map((sealed): SegmentFile => ({ first, sealed }));
  for (const file of files) {
    const isThere = (): boolean => existsSync(segmentFilePath(directory, file));
    if (!isThere()) continue;
    try {
      return openSource(directory, file);
    } catch (error) {
      if (isThere()) throw error;
    }
  }
  return undefined;
}
