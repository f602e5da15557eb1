import type { Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { SqliteJournalReader } from "../adapters/journal-sqlite/sqlite-journal-reader.ts";
import type { AdminContext, Finding } from "./context.ts";
import { counted } from "./context.ts";

const PAGE = 2_000;
/** More of the same tell nothing new. */
const MOST_NAMED = 5;
const RESTORE =
  "Keep a copy of the folder, and restore the newest good backup; report it if no disk is to blame.";

export interface JournalWalk {
  readonly oldest: Offset;
  /** oldest - 1 when the journal is empty. */
  readonly newest: Offset;
  readonly findings: readonly Finding[];
}

/** Reads every record from the oldest to what is the newest at the start. */
export async function walkJournal(directory: string, context: AdminContext): Promise<JournalWalk> {
  using reader = new SqliteJournalReader(directory);
  const newest = reader.newest();
  const walk = new Walk();
  for (let from = 1; from <= newest; ) {
    const page = walk.attempt(from, () => reader.readSync(from, PAGE));
    const last = page?.at(-1);
    if (page === undefined || last === undefined) break;
    // A running gateway may trim what is being read: a jump to what is then the oldest is no gap.
    const oldest = page[0]?.offset === from ? from : (reader.readSync(1, 1)[0]?.offset ?? from);
    for (const record of page) {
      if (record.offset <= newest) walk.take(record, oldest);
    }
    from = last.offset + 1;
    context.progress(from / (newest + 1), `journal, offset ${last.offset}`);
  }
  walk.end(newest);
  if (walk.left > 0) {
    await context.out(`… and ${counted(walk.left, "more problem")} of the same kind`);
  }
  return { oldest: walk.oldest ?? newest + 1, newest, findings: walk.findings };
}

class Walk {
  readonly findings: Finding[] = [];
  oldest: Offset | undefined;
  left = 0;
  #expected: Offset | undefined;
  #broken = false;

  take({ offset, bytes }: StoredRecord, journalBegins: Offset): void {
    this.oldest ??= offset;
    const expected = this.#expected ?? offset;
    if (offset !== expected && offset !== journalBegins) this.#gap(expected, offset - 1);
    this.#expected = offset + 1;
    try {
      decodeRecord(bytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#add(`the record at offset ${offset} cannot be read: ${reason}`);
    }
  }

  /** Undefined when the records from there on cannot even be fetched. */
  attempt<T>(from: Offset, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#add(`the journal cannot be read from offset ${from} on: ${reason}`);
      this.#broken = true;
      return undefined;
    }
  }

  end(newest: Offset): void {
    if (this.#broken) return;
    const expected = this.#expected ?? newest + 1;
    if (expected <= newest) this.#gap(expected, newest);
  }

  #gap(first: Offset, last: Offset): void {
    this.#add(`offsets ${first} to ${last} are missing in the journal`);
  }

  #add(what: string): void {
    if (this.findings.length < MOST_NAMED) this.findings.push({ what, todo: RESTORE });
    else this.left += 1;
  }
}
