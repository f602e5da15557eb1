import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EpochMs, Offset } from "#domain/units.ts";
import { decodeRecord } from "#pipeline/record-codec.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { JournalSpan } from "./messages.ts";

/** Looks how much journal there is and since when. */
export class JournalLook {
  readonly #folder: string;
  readonly #read: (from: Offset, limit: number) => readonly StoredRecord[];
  #oldestFile = "";
  #oldestAt: EpochMs | null = null;

  constructor(folder: string, read: (from: Offset, limit: number) => readonly StoredRecord[]) {
    this.#folder = folder;
    this.#read = read;
  }

  span(): JournalSpan {
    const names = readdirSync(this.#folder).sort();
    const bytes = names.reduce(
      (sum, name) =>
        sum + (statSync(join(this.#folder, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
    // Named by their first offset: the oldest record changes with the oldest file only.
    const [oldestFile = ""] = names;
    if (oldestFile !== this.#oldestFile || this.#oldestAt === null) {
      const [record] = this.#read(1, 1);
      this.#oldestAt = record === undefined ? null : decodeRecord(record.bytes).appendedAt;
      this.#oldestFile = oldestFile;
    }
    return { bytes, oldestAt: this.#oldestAt };
  }
}
