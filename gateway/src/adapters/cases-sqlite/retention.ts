import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs, Offset } from "#domain/units.ts";

/** What may go. `limit` bounds one call: the deciding thread must not wait for a long delete. */
export interface Cut {
  /** Cases that were resolved before. */
  readonly casesBefore: EpochMs;
  readonly quarantineBefore: EpochMs;
  /**
   * Oldest offset of the journal. What it could still replay is never dropped, so that a replay finds
   * everything that it compares with.
   */
  readonly journalFrom: Offset;
  readonly limit: number;
}

/** Newest quarantine entry that was dropped; the comparison of a replay leaves out what is not newer. */
interface Dropped {
  readonly offset: Offset;
  readonly n: number;
}

/**
 * Drops resolved cases and problems with their timelines and figures, delivered effects and old quarantine. A case that the
 * decisions still know stays: they forget one 30 days after it was resolved, and no setting is shorter.
 */
export class Retention {
  readonly #cases: StatementSync;
  readonly #events: StatementSync;
  readonly #view: StatementSync;
  readonly #fact: StatementSync;
  readonly #problems: StatementSync;
  readonly #problem: StatementSync;
  readonly #outbox: StatementSync;
  readonly #quarantineCut: StatementSync;
  readonly #quarantine: StatementSync;
  readonly #setPruned: StatementSync;

  constructor(db: DatabaseSync) {
    // Opened before it was resolved, which the index on status knows.
    this.#cases = db.prepare(
      `SELECT id FROM case_view WHERE status = 'resolved' AND opened_at < :before
         AND json_extract(json, '$.resolvedAt') < :before
         AND NOT EXISTS (SELECT 1 FROM case_event WHERE case_id = case_view.id AND offset >= :from)
       ORDER BY opened_at LIMIT :limit`,
    );
    this.#events = db.prepare("DELETE FROM case_event WHERE case_id = ?");
    this.#view = db.prepare("DELETE FROM case_view WHERE id = ?");
    this.#fact = db.prepare("DELETE FROM case_fact WHERE id = ?");
    this.#problems = db.prepare(
      `SELECT id FROM problem_view WHERE status IN ('resolved', 'dissolved') AND opened_at < :before
         AND json_extract(json, '$.updatedAt') < :before
         AND NOT EXISTS (SELECT 1 FROM case_event WHERE case_id = problem_view.id AND offset >= :from)
       ORDER BY opened_at LIMIT :limit`,
    );
    this.#problem = db.prepare("DELETE FROM problem_view WHERE id = ?");
    this.#outbox = db.prepare(
      `DELETE FROM outbox WHERE seq IN (SELECT seq FROM outbox WHERE offset < :from
         AND state NOT IN ('new', 'retry') AND json_extract(json, '$.createdAt') < :before
       ORDER BY offset LIMIT :limit)`,
    );
    this.#quarantineCut = db.prepare(
      `SELECT offset, n FROM (SELECT offset, n FROM quarantine WHERE offset < :from AND at < :before
         ORDER BY offset, n LIMIT :limit) ORDER BY offset DESC, n DESC LIMIT 1`,
    );
    this.#quarantine = db.prepare("DELETE FROM quarantine WHERE (offset, n) <= (?, ?)");
    this.#setPruned = db.prepare(
      `UPDATE meta SET pruned_offset = :offset, pruned_n = :n
       WHERE (pruned_offset, pruned_n) < (:offset, :n)`,
    );
  }

  /** Within the caller's transaction. True when there may be more. */
  drop(cut: Cut): boolean {
    const cases = this.#dropCases(cut);
    const problems = this.#dropProblems(cut);
    const { casesBefore: before, journalFrom: from, limit } = cut;
    const effects = Number(this.#outbox.run({ before, from, limit }).changes);
    const quarantined = this.#dropQuarantine(cut);
    return Math.max(cases, problems, effects, quarantined) >= limit;
  }

  #dropCases({ casesBefore: before, journalFrom: from, limit }: Cut): number {
    const rows = this.#cases.all({ before, from, limit });
    for (const { id } of rows) {
      this.#events.run(String(id));
      this.#view.run(String(id));
      this.#fact.run(String(id));
    }
    return rows.length;
  }

  #dropProblems({ casesBefore: before, journalFrom: from, limit }: Cut): number {
    const rows = this.#problems.all({ before, from, limit });
    for (const { id } of rows) {
      this.#events.run(String(id));
      this.#problem.run(String(id));
    }
    return rows.length;
  }

  #dropQuarantine({ quarantineBefore: before, journalFrom: from, limit }: Cut): number {
    const row = this.#quarantineCut.get({ before, from, limit });
    if (row === undefined) return 0;
    const dropped: Dropped = { offset: Number(row.offset), n: Number(row.n) };
    this.#setPruned.run({ ...dropped });
    return Number(this.#quarantine.run(dropped.offset, dropped.n).changes);
  }
}
