import { constants } from "node:fs";
import { chmod, copyFile, link, open } from "node:fs/promises";
import { backup, DatabaseSync } from "node:sqlite";
import { openReadOnly } from "../sqlite/database.ts";

/** 2 MiB between two looks at the progress. */
const PAGES_PER_STEP = 512;

/**
 * Copies a database beside its writer, as it is at one moment: the read transaction keeps what others
 * commit meanwhile out of the copy, which else would begin again with each of their commits. The copy
 * is one file without a write-ahead log, and durable.
 */
export async function copyDatabase(
  from: string,
  to: string,
  mode: number,
  onProgress: (part: number) => void,
): Promise<void> {
  const source = openReadOnly(from);
  try {
    source.exec("BEGIN");
    source.prepare("PRAGMA schema_version").get();
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await backup(source, to, {
      rate: PAGES_PER_STEP,
      progress: ({ totalPages, remainingPages }) =>
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages),
    });
    source.exec("COMMIT");
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    copy.exec("PRAGMA journal_mode = DELETE");
  } finally {
    copy.close();
  }
  await chmod(to, mode);
  await makeDurable(to);
}

/** Shares the blocks where the file system can. */
export async function copyPlain(from: string, to: string, mode: number): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await chmod(to, mode);
  await makeDurable(to);
}

/** Another name for a file that never changes; a copy where there are no hard links. */
export async function linkOrCopy(from: string, to: string, mode: number): Promise<void> {
  try {
    await link(from, to);
  } catch {
    await copyPlain(from, to, mode);
  }
}

async function makeDurable(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
