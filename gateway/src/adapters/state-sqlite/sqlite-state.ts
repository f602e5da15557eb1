import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Offset } from "#domain/units.ts";
import type { StateEntry, StateStore } from "#ports/state-store.ts";
import {
  closeDatabase,
  guarded,
  openDatabase,
  openReadOnly,
  transaction,
} from "../sqlite/database.ts";

export const STATE_MIGRATIONS = [
  `CREATE TABLE entry (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), offset INTEGER NOT NULL, build TEXT NOT NULL);`,
];

type Snapshot = ReturnType<StateStore["load"]>;

/** One file; the commit is synchronous because the journal is trimmed up to the snapshot's offset. */
export class SqliteState implements StateStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #stamp: StatementSync;

  constructor(path: string) {
    this.#path = path;
    this.#db = guarded(`opening ${path}`, () =>
      openDatabase(path, { migrations: STATE_MIGRATIONS }),
    );
    this.#put = this.#db.prepare(
      "INSERT INTO entry (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#remove = this.#db.prepare("DELETE FROM entry WHERE key = ?");
    this.#stamp = this.#db.prepare(
      `INSERT INTO snapshot (id, offset, build) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET offset = excluded.offset, build = excluded.build`,
    );
  }

  save(offset: Offset, build: string, dirty: readonly StateEntry[]): void {
    guarded(`saving the snapshot of offset ${offset} in ${this.#path}`, () =>
      transaction(this.#db, () => {
        for (const { key, value } of dirty) {
          if (value === undefined) this.#remove.run(key);
          else this.#put.run(key, value);
        }
        this.#stamp.run(offset, build);
      }),
    );
  }

  load(): Snapshot {
    return guarded(`loading the snapshot in ${this.#path}`, () => snapshotIn(this.#db));
  }

  [Symbol.dispose](): void {
    closeDatabase(this.#db);
  }
}

/** Beside the writer or without one; changes nothing. The snapshot of one moment. */
export function readSnapshot(path: string): Snapshot {
  return guarded(`loading the snapshot in ${path}`, () => {
    const db = openReadOnly(path);
    try {
      db.exec("BEGIN");
      return snapshotIn(db);
    } finally {
      db.close();
    }
  });
}

function snapshotIn(db: DatabaseSync): Snapshot {
  const stamp = db.prepare("SELECT offset, build FROM snapshot").get();
  const entries = db.prepare("SELECT key, value FROM entry ORDER BY key").all();
  return {
    offset: Number(stamp?.offset ?? 0),
    build: String(stamp?.build ?? ""),
    entries: entries.map((row) => ({ key: String(row.key), value: String(row.value) })),
  };
}
