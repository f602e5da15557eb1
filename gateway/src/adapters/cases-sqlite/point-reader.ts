import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ServicePoint } from "#ports/point-store.ts";
import { guarded, openReadOnly } from "../sqlite/database.ts";
import { parsed } from "./schema.ts";

export interface WaitingPoint {
  /** Rises from point to point; larger than any that was given before. */
  readonly seq: number;
  readonly point: ServicePoint;
}

/** What the deciding thread left to tell, read beside it in short pages. */
export class PointReader implements Disposable {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #page: StatementSync;
  readonly #newest: StatementSync;

  constructor(path: string) {
    this.#path = path;
    this.#db = guarded(`opening ${path}`, () => openReadOnly(path));
    this.#page = this.#db.prepare("SELECT seq, json FROM point WHERE seq > ? ORDER BY seq LIMIT ?");
    this.#newest = this.#db.prepare("SELECT max(seq) AS newest FROM point");
  }

  after(seq: number, limit: number): readonly WaitingPoint[] {
    return guarded(`reading points of ${this.#path}`, () =>
      this.#page
        .all(seq, limit)
        .map((row) => ({ seq: Number(row.seq), point: parsed<ServicePoint>(row) })),
    );
  }

  /** 0 when nothing waits. */
  newest(): number {
    return guarded(`reading points of ${this.#path}`, () =>
      Number(this.#newest.get()?.newest ?? 0),
    );
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
