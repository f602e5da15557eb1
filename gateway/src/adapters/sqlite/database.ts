import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { GatewayError } from "#domain/errors.ts";

/** A file of the data directory cannot be opened, read or written. */
export class StoreUnavailableError extends GatewayError {
  readonly code = "VZ_STORE_UNAVAILABLE";
}

/** The file was written by a newer build. */
export class StoreTooNewError extends GatewayError {
  readonly code = "VZ_STORE_TOO_NEW";
}

/** `OFF` exists for the test that shows what is lost without a synchronous commit. */
export type Synchronous = "FULL" | "OFF";

export interface OpenOptions {
  /** SQL per schema version; the file's `user_version` counts those that ran. Only ever appended to. */
  readonly migrations: readonly string[];
  readonly synchronous?: Synchronous;
  /** Pages in the write-ahead log before a commit also copies them back. */
  readonly checkpointPages?: number;
  /** Of a file that is created; others keep what they have. */
  readonly pageBytes?: number;
}

const BUSY_TIMEOUT_MS = 5_000;
const CHECKPOINT_PAGES = 2_000;

/**
 * Opens or creates a database in WAL mode with a synchronous commit. A file that is created is made
 * durable together with its directory entry, so that a power cut cannot take it away again.
 */
export function openDatabase(path: string, options: OpenOptions): DatabaseSync {
  const folder = dirname(path);
  const isNew = !existsSync(path);
  makeFolder(folder);
  const db = new DatabaseSync(path, {
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: false,
  });
  try {
    if (options.pageBytes !== undefined) db.exec(`PRAGMA page_size = ${options.pageBytes}`);
    // The compiled-in default differs between SQLite builds, so it is always said.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous ?? "FULL"};
      PRAGMA wal_autocheckpoint = ${options.checkpointPages ?? CHECKPOINT_PAGES};`);
    migrate(db, path, options.migrations);
    if (isNew) syncFolder(folder);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** A second connection beside the writer's; never creates or changes the file. */
export function openReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, {
    readOnly: true,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: false,
  });
}

const READONLY_ROLLBACK = 776;

/**
 * A crash cut the creation of the file short, before it had its write-ahead log: there is nothing in
 * it yet, its writer rolls it back at the next start, and a reader may not.
 */
export const isUnfinished = (error: unknown): boolean =>
  error instanceof Error && "errcode" in error && error.errcode === READONLY_ROLLBACK;

/**
 * Creates a file that nobody else opens until it is whole: no side files and no syncs, so a crash
 * leaves rubbish. The caller syncs it and gives it its name.
 */
export function createUnshared(
  path: string,
  options: Pick<OpenOptions, "migrations" | "pageBytes">,
): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    if (options.pageBytes !== undefined) db.exec(`PRAGMA page_size = ${options.pageBytes}`);
    // Node's defensive mode ignores OFF.
    db.exec(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;",
    );
    migrate(db, path, options.migrations);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** For a file that never changes again: no locks, no side files, also from a read-only disk. */
export function openImmutable(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true, enableForeignKeyConstraints: false });
}

export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}

function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  const version = schemaVersion(db);
  refuseNewer(path, version, migrations.length);
  if (version === migrations.length) return;
  // One transaction: after a failure the file is as the older build left it, not half-way.
  transaction(db, () => {
    for (const migration of migrations.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

export function refuseNewer(path: string, version: number, known: number): void {
  if (version <= known) return;
  throw new StoreTooNewError(
    `${path} has schema version ${version}, this build knows ${known}: start the newer build or restore an older copy`,
  );
}

/** All or nothing; the error of `work` or of the commit is thrown on after the roll-back. */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors (disk full, I/O).
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Copies the write-ahead log back and empties it; readers in the way only make it shorter. They are
 * waited for unless `wait` is false.
 */
export function closeDatabase(db: DatabaseSync, wait = true): void {
  if (!db.isOpen) return;
  try {
    if (!wait) db.exec("PRAGMA busy_timeout = 0");
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // On a full disk the log stays beside the file; nothing of it is lost, the next start reads it.
  } finally {
    db.close();
  }
}

/** Runs `work`; whatever SQLite throws becomes a StoreUnavailableError that says what was tried. */
export function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new StoreUnavailableError(`${what}: ${reasonOf(error)}`, { cause: error });
  }
}

const IO_ERROR = 10;
const FULL = 13;

/** True for a disk that is full or does not answer now: the same may succeed later, unlike with a damaged file. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof StoreUnavailableError)) return false;
  const { cause } = error;
  if (!(cause instanceof Error && "errcode" in cause)) return false;
  // Extended codes hold the primary one in their low byte.
  const primary = Number(cause.errcode) & 0xff;
  return primary === FULL || primary === IO_ERROR;
}

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Creates the folder with its parents, durably: a power cut takes none of them away again. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  const above = dirname(resolve(first));
  let created = resolve(folder);
  do {
    created = dirname(created);
    syncFolder(created);
  } while (created !== above);
}

/** Makes names that were created or removed in the folder durable. Windows has no such call. */
export function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EISDIR") return;
    throw error;
  }
  try {
    fsyncSync(handle);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  } finally {
    closeSync(handle);
  }
}

/** As `syncFolder`, without holding up the thread. */
export async function syncFolderAsync(folder: string): Promise<void> {
  let handle: FileHandle;
  try {
    handle = await open(folder, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EISDIR") return;
    throw error;
  }
  try {
    await handle.sync();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) throw error;
  } finally {
    await handle.close();
  }
}
