import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CaseEvent } from "#domain/case/case.ts";
import type { CaseEventFeed, FeedPosition } from "#ports/desk-store.ts";
import { FEED_START } from "#ports/desk-store.ts";
import { guarded, openReadOnly } from "../sqlite/database.ts";
import { caseEventOf } from "./schema.ts";

/**
 * The timelines of all cases as one feed, read beside their writer in pages that end at once. Opened
 * with the first question, so it may be built before the writer has made the file. Throws
 * StoreUnavailableError.
 */
export class SqliteEventFeed implements CaseEventFeed {
  readonly #path: string;
  #open: { db: DatabaseSync; after: StatementSync; newest: StatementSync } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  after({ offset, n }: FeedPosition, limit: number): readonly CaseEvent[] {
    return guarded(`following ${this.#path}`, () =>
      this.#statements().after.all(offset, n, limit).map(caseEventOf),
    );
  }

  newest(): FeedPosition {
    return guarded(`following ${this.#path}`, () => {
      const row = this.#statements().newest.get();
      return row === undefined ? FEED_START : { offset: Number(row.offset), n: Number(row.n) };
    });
  }

  [Symbol.dispose](): void {
    this.#open?.db.close();
    this.#open = undefined;
  }

  #statements() {
    if (this.#open !== undefined) return this.#open;
    const db = openReadOnly(this.#path);
    const after = db.prepare(
      "SELECT * FROM case_event WHERE (offset, n) > (?, ?) ORDER BY offset, n LIMIT ?",
    );
    const newest = db.prepare(
      "SELECT offset, n FROM case_event ORDER BY offset DESC, n DESC LIMIT 1",
    );
    this.#open = { db, after, newest };
    return this.#open;
  }
}
