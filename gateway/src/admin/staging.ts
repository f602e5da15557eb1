import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { DataDirLockedError, lockDataDir } from "../adapters/sqlite/data-lock.ts";
import { makeFolder, syncFolder } from "../adapters/sqlite/database.ts";

const LOCK = "gateway.lock";

/**
 * A folder beside the place where its content will appear at once, by a rename. Empty and ours alone,
 * however an earlier run ended.
 */
export class Staging {
  readonly path: string;
  #lock: Disposable | undefined;

  private constructor(path: string, lock: Disposable) {
    this.path = path;
    this.#lock = lock;
  }

  /** Undefined while another process works in it. */
  static take(path: string): Staging | undefined {
    makeFolder(dirname(path));
    mkdirSync(path, { recursive: true, mode: 0o700 });
    try {
      const lock = lockDataDir(path);
      for (const name of readdirSync(path)) {
        if (!name.startsWith(LOCK)) rmSync(join(path, name), { recursive: true });
      }
      return new Staging(path, lock);
    } catch (error) {
      if (error instanceof DataDirLockedError) return undefined;
      throw error;
    }
  }

  /** Durable, and without the lock's own files: ready to be renamed. */
  seal(): void {
    for (const folder of ["journal", "series", ""]) {
      if (existsSync(join(this.path, folder))) syncFolder(join(this.path, folder));
    }
    this.#release();
    for (const name of [LOCK, `${LOCK}-journal`]) rmSync(join(this.path, name), { force: true });
  }

  /** Nothing of it stays; after a rename there is nothing. */
  remove(): void {
    this.#release();
    rmSync(this.path, { recursive: true, force: true });
  }

  #release(): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = undefined;
  }
}

/** A folder cannot be put in its place by a rename. */
export const isMountPoint = (path: string): boolean =>
  existsSync(path) && statSync(path).dev !== statSync(dirname(path)).dev;
