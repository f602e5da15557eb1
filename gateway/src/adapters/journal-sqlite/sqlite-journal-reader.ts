import { existsSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import { openReadOnly, reasonOf, schemaVersion } from "../sqlite/database.ts";
import { listSegments, segmentPath } from "./segments.ts";

interface OpenSegment {
  readonly first: Offset;
  readonly db: DatabaseSync;
  readonly select: StatementSync;
  readonly newest: StatementSync;
}

/** A reader stays in one segment or moves to the next: more open files would not help it. */
const OPEN_SEGMENTS = 2;

/**
 * Reads a journal directory beside its writer, from any thread or process, and follows new
 * segments. Every read is one short statement, so it never keeps the write-ahead log from shrinking.
 */
export class SqliteJournalReader implements Disposable {
  readonly #directory: string;
  #firsts: readonly Offset[] = [];
  #open: OpenSegment[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Records with offset >= from in order, at most `limit`; starts later if those were trimmed. */
  readSync(from: Offset, limit: number): readonly StoredRecord[] {
    return this.#guarded(`reading from offset ${from}`, () => {
      const records: StoredRecord[] = [];
      let index = this.#indexOf(from);
      while (records.length < limit) {
        const first = this.#firsts[index];
        if (first === undefined) break;
        const segment = this.#segment(first);
        if (segment !== undefined) readInto(records, segment, { from, limit });
        if (records.length < limit && index === this.#firsts.length - 1) {
          const known = this.#firsts.length;
          this.#refresh();
          if (this.#firsts.length === known) break;
          index = this.#firsts.indexOf(first);
        }
        index += 1;
      }
      return records;
    });
  }

  /** Offset of the newest durable record, 0 when empty. */
  newest(): Offset {
    return this.#guarded("looking up the newest offset", () => {
      this.#refresh();
      const first = this.#firsts.at(-1);
      if (first === undefined) return 0;
      const newest = this.#segment(first)?.newest.get()?.newest;
      return typeof newest === "number" ? newest : first - 1;
    });
  }

  [Symbol.dispose](): void {
    for (const segment of this.#open) segment.db.close();
    this.#open = [];
    this.#firsts = [];
  }

  /** Index of the segment that holds `from`, else of the oldest one. */
  #indexOf(from: Offset): number {
    let index = this.#firsts.findLastIndex((first) => first <= from);
    if (index < 0) {
      this.#refresh();
      index = this.#firsts.findLastIndex((first) => first <= from);
    }
    return Math.max(0, index);
  }

  #refresh(): void {
    this.#firsts = listSegments(this.#directory);
    const present = new Set(this.#firsts);
    const gone = this.#open.filter((segment) => !present.has(segment.first));
    if (gone.length === 0) return;
    this.#open = this.#open.filter((segment) => present.has(segment.first));
    for (const segment of gone) segment.db.close();
  }

  /** Undefined while the writer has created the file but not yet its tables, and once it was trimmed. */
  #segment(first: Offset): OpenSegment | undefined {
    const index = this.#open.findIndex((segment) => segment.first === first);
    const known = this.#open[index];
    if (known !== undefined) {
      this.#open.splice(index, 1);
      this.#open.push(known);
      return known;
    }
    const path = segmentPath(this.#directory, first);
    if (!existsSync(path)) return undefined;
    const db = openReadOnly(path);
    if (schemaVersion(db) === 0) {
      db.close();
      return undefined;
    }
    const opened: OpenSegment = {
      first,
      db,
      select: db.prepare(
        "SELECT offset, bytes FROM record WHERE offset >= ? ORDER BY offset LIMIT ?",
      ),
      newest: db.prepare("SELECT max(offset) AS newest FROM record"),
    };
    opened.select.setReturnArrays(true);
    this.#open.push(opened);
    if (this.#open.length > OPEN_SEGMENTS) this.#open.shift()?.db.close();
    return opened;
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new JournalUnavailableError(
        `journal ${this.#directory} failed ${what}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

function readInto(
  records: StoredRecord[],
  segment: OpenSegment,
  range: { readonly from: Offset; readonly limit: number },
): void {
  const rows: unknown[] = segment.select.all(range.from, range.limit - records.length);
  for (const row of rows) {
    if (!Array.isArray(row)) continue;
    const [offset, bytes] = row;
    if (typeof offset === "number" && bytes instanceof Uint8Array) records.push({ offset, bytes });
  }
}
