import { existsSync, renameSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, rm } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { setImmediate, setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { constants, zstdCompress } from "node:zlib";
import type { Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import { JournalUnavailableError } from "#ports/journal.ts";
import { createUnshared, reasonOf, syncFolderAsync } from "../sqlite/database.ts";
import { finishClosing } from "./active-segment.ts";
import { checksum, compressible, ZSTD } from "./block.ts";
import { LENGTH_BYTES, packRecords } from "./packed-records.ts";
import { PAGE_BYTES, SEGMENT_MIGRATIONS } from "./schema.ts";
import type { SegmentSource } from "./segment-source.ts";
import { openSource } from "./segment-source.ts";
import {
  listSegmentFiles,
  segmentFilePath,
  segmentPath,
  unfinishedPath,
  unsealedPaths,
} from "./segments.ts";

/** In order; each is over when it is told. */
export type SealStep = "created" | "block" | "written" | "synced" | "renamed" | "named" | "removed";

export interface SealingOptions {
  readonly directory: string;
  readonly rememberedBatches: number;
  readonly isClosed: () => boolean;
  readonly onStep: (step: SealStep) => void;
}

const BLOCK_BYTES = 1024 * 1024;
/** Measured on a simulated fleet: 15 times smaller in 2 ms per MiB; level 9 reaches 20 in 8 ms. */
const LEVEL = 3;
/** Read at a time, at most: about a millisecond. */
const PAGE_RECORDS = 1_000;
const PAGE_READ_BYTES = 512 * 1024;
/** Synced as it grows: one sync of all would hold up the syncs of the appends. */
const SYNC_EVERY_BLOCKS = 8;

const READER_ATTEMPTS = 10;
const READER_WAIT_MS = 20;

const compress = promisify(zstdCompress);

/** Repacks closed segments, one at a time, beside the appends of the same thread. */
export class Sealing {
  readonly #options: SealingOptions;
  #running: Promise<boolean> | undefined;

  constructor(options: SealingOptions) {
    this.#options = options;
  }

  /** Seals the oldest segment before `active`; a call while one is running answers with it. */
  next(active: Offset): Promise<boolean> {
    this.#running ??= this.#seal(active).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is running, however it ended. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #seal(active: Offset): Promise<boolean> {
    const { directory } = this.#options;
    let first: Offset | undefined;
    try {
      const files = listSegmentFiles(directory);
      first = files.find((file) => !file.sealed && file.first < active)?.first;
      if (first === undefined) return false;
      // Readers that have the file open must find everything in it once its log is gone.
      if (!(await this.#finished(segmentPath(directory, first)))) return false;
      return await this.#repack(first);
    } catch (error) {
      if (first !== undefined) {
        await rm(unfinishedPath(directory, first), { force: true });
        const wasTrimmed = !listSegmentFiles(directory).some((file) => file.first === first);
        if (wasTrimmed) return false;
      }
      throw new JournalUnavailableError(
        `journal ${directory} failed sealing segment ${first ?? "?"}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }

  /** A reader is in the way for the moment of one read only, unless it hangs. */
  async #finished(path: string): Promise<boolean> {
    for (let attempt = 1; !finishClosing(path); attempt += 1) {
      if (attempt === READER_ATTEMPTS) return false;
      await setTimeout(READER_WAIT_MS);
      if (this.#options.isClosed()) return false;
    }
    return true;
  }

  async #repack(first: Offset): Promise<boolean> {
    const { directory, isClosed, onStep } = this.#options;
    const unfinished = unfinishedPath(directory, first);
    await rm(unfinished, { force: true });
    if (!(await this.#write(first, unfinished))) return false;
    onStep("synced");
    // No wait between the look and the renaming, so no trim can come in. What is left is swept at a start.
    if (isClosed()) return false;
    if (!existsSync(segmentPath(directory, first))) {
      await rm(unfinished, { force: true });
      return false;
    }
    renameSync(unfinished, segmentFilePath(directory, { first, sealed: true }));
    onStep("renamed");
    await syncFolderAsync(directory);
    onStep("named");
    for (const path of unsealedPaths(directory, first)) await rm(path, { force: true });
    onStep("removed");
    return true;
  }

  /** False when the journal was closed meanwhile. */
  async #write(first: Offset, unfinished: string): Promise<boolean> {
    const { directory, isClosed, onStep, rememberedBatches } = this.#options;
    using source = openSource(directory, { first, sealed: false });
    if (source === undefined) return false;
    const db = createUnshared(unfinished, {
      migrations: SEGMENT_MIGRATIONS,
      pageBytes: PAGE_BYTES,
    });
    const handle = await open(unfinished, "r+");
    try {
      onStep("created");
      if (!(await this.#copyBlocks(source, db, handle))) return false;
      db.prepare("INSERT INTO segment (created_at) VALUES (?)").run(source.createdAt);
      db.exec("BEGIN");
      const insert = db.prepare("INSERT INTO batch (offset, batch_id) VALUES (?, ?)");
      for (const batch of source.batches(rememberedBatches)) insert.run(batch.first, batch.batchId);
      db.exec("COMMIT");
      db.close();
      onStep("written");
      await handle.sync();
      return !isClosed();
    } finally {
      if (db.isOpen) db.close();
      await handle.close();
    }
  }

  async #copyBlocks(source: SegmentSource, db: DatabaseSync, handle: FileHandle): Promise<boolean> {
    const { isClosed, onStep } = this.#options;
    const insert = db.prepare(
      `INSERT INTO block (first, count, codec, crc, batch_id, lengths, bytes)
       VALUES (?, ?, ${ZSTD}, ?, NULL, ?, ?)`,
    );
    const none = new Uint8Array(0);
    let next: Offset = source.file.first;
    for (let blocks = 1; ; blocks += 1) {
      const records = await nextRecords(source, next);
      if (isClosed()) return false;
      if (records.length === 0) return true;
      const bytes = await compress(
        Buffer.concat(compressible(packRecords(records.map((record) => record.bytes)))),
        {
          params: { [constants.ZSTD_c_compressionLevel]: LEVEL },
        },
      );
      if (isClosed()) return false;
      insert.run(next, records.length, checksum(none, bytes), none, bytes);
      next += records.length;
      onStep("block");
      if (blocks % SYNC_EVERY_BLOCKS === 0) await handle.datasync();
    }
  }
}

/** One block; none at the end. Gathered in pages, so that appends come in between. */
async function nextRecords(source: SegmentSource, from: Offset): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  let bytes = 0;
  for (;;) {
    const before = records.length;
    source.readInto(records, {
      from: from + before,
      limit: before + PAGE_RECORDS,
      bytes: PAGE_READ_BYTES,
    });
    if (records.length === before) return records;
    for (let index = before; index < records.length; index += 1) {
      bytes += LENGTH_BYTES + (records[index]?.bytes.byteLength ?? 0);
      if (bytes >= BLOCK_BYTES) return records.slice(0, index + 1);
    }
    await setImmediate();
  }
}
