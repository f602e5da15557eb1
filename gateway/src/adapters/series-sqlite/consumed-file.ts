import type { DatabaseSync } from "node:sqlite";
import type { Offset } from "#domain/units.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { closeDatabase, openDatabase, reasonOf, transaction } from "../sqlite/database.ts";

export const CONSUMED_MIGRATIONS = [
  `CREATE TABLE consumed (id INTEGER PRIMARY KEY CHECK (id = 1), offset INTEGER NOT NULL,
     context TEXT NOT NULL);
   INSERT INTO consumed (id, offset, context) VALUES (1, 0, '');`,
];

/** How far a consumer of the journal got. */
export interface Consumed {
  readonly consumed: Offset;
  /** What the consumer needs to go on from there; "" before the first. */
  readonly context: string;
}

/**
 * One consumer's place in the journal, in a file of its own: what the store was given is durable
 * before this is saved, so a crash between the two only offers rows again. The file is opened at the
 * first use. Throws SeriesUnavailableError with the cause.
 */
export class ConsumedFile implements Disposable {
  readonly #path: string;
  #db: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Offset 0 with an empty context from a new file. */
  load(): Consumed {
    return this.#guarded("reading", () => {
      const row = this.#open().prepare("SELECT offset, context FROM consumed").get();
      return { consumed: Number(row?.offset ?? 0), context: String(row?.context ?? "") };
    });
  }

  /** Durable when it returns. Without `context` the one before stays. */
  save(consumed: Offset, context?: string): void {
    this.#guarded("saving", () => {
      const db = this.#open();
      transaction(db, () => {
        db.prepare("UPDATE consumed SET offset = ?, context = coalesce(?, context)").run(
          consumed,
          context ?? null,
        );
      });
    });
  }

  [Symbol.dispose](): void {
    if (this.#db !== undefined) closeDatabase(this.#db);
    this.#db = undefined;
  }

  #open(): DatabaseSync {
    this.#db ??= openDatabase(this.#path, { migrations: CONSUMED_MIGRATIONS });
    return this.#db;
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new SeriesUnavailableError(
        `${this.#path} failed ${what} the consumed offset: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}
