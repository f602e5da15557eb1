import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { GatewayError } from "#domain/errors.ts";
import { makeFolder, reasonOf } from "./database.ts";

/** Another process works with the data directory. */
export class DataDirLockedError extends GatewayError {
  readonly code = "VZ_DATA_DIR_LOCKED";
}

/**
 * One process per data directory: two journals in one folder would hand out the same offsets. The
 * lock is an open exclusive transaction, so the operating system releases it with the process, however it dies.
 */
export function lockDataDir(directory: string): Disposable {
  makeFolder(directory);
  const db = new DatabaseSync(join(directory, "gateway.lock"), { timeout: 0 });
  try {
    db.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    throw new DataDirLockedError(
      `the data directory ${directory} is in use by another gateway (${reasonOf(error)}): stop it, or give this one its own VOORZORG_DATA_DIR`,
      { cause: error },
    );
  }
  return { [Symbol.dispose]: () => db.close() };
}
