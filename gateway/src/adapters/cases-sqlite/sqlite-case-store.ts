import type { DatabaseSync } from "node:sqlite";
import type { CaseEvent } from "#domain/case/case.ts";
import type { ChangedViews, Effects, QuarantineEntry } from "#domain/effects.ts";
import type { Offset } from "#domain/units.ts";
import { isEmpty } from "#pipeline/decide-changes.ts";
import type { CaseStore, OutboxItem, OutboxMark } from "#ports/case-store.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import { closeDatabase, guarded, openDatabase, transaction } from "../sqlite/database.ts";
import { ReplayCheck } from "./replay-check.ts";
import type { Cut } from "./retention.ts";
import { Retention } from "./retention.ts";
import type { Row } from "./schema.ts";
import { CASES_MIGRATIONS, clipped, parsed } from "./schema.ts";
import { ViewWriter } from "./view-writer.ts";

export interface SqliteCaseStoreOptions {
  readonly path: string;
  /** Quarantine entries kept, newest first. */
  readonly quarantineLimit?: number;
}

const QUARANTINE_LIMIT = 100_000;
/** Pruned only when this much over: finding the cut walks the index. */
const QUARANTINE_SLACK = 1.02;

/** The writing connection to `cases.db`. Throws StoreUnavailableError when the file fails. */
export class SqliteCaseStore implements CaseStore {
  readonly #path: string;
  readonly #quarantineLimit: number;
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #views: ViewWriter;
  readonly #check: ReplayCheck;
  readonly #retention: Retention;
  #applied: Offset;
  #comparedTo: Offset = 0;
  #quarantined: number;
  /** Points up to this number are told; their rows go with the next commit. */
  #told = 0;

  constructor(options: SqliteCaseStoreOptions) {
    this.#path = options.path;
    this.#quarantineLimit = options.quarantineLimit ?? QUARANTINE_LIMIT;
    this.#db = guarded(`opening ${options.path}`, () =>
      openDatabase(options.path, { migrations: CASES_MIGRATIONS }),
    );
    this.#statements = statementsOf(this.#db);
    this.#views = new ViewWriter(this.#db);
    this.#check = new ReplayCheck(this.#db);
    this.#retention = new Retention(this.#db);
    this.#applied = Number(this.#statements.meta.get()?.applied);
    this.#quarantined = this.#countQuarantined();
  }

  applied(): Offset {
    return this.#applied;
  }

  commit(
    upTo: Offset,
    effects: readonly Effects[],
    views: ChangedViews,
    points: readonly ServicePoint[] = [],
  ): void {
    guarded(`committing up to offset ${upTo} in ${this.#path}`, () => {
      this.#compare(upTo, effects);
      // Views of exactly what is applied are as new as those stored, or held back until now.
      if (upTo < this.#applied || (upTo === this.#applied && isEmpty(views))) return;
      const fresh = effects.filter((one) => one.offset > this.#applied);
      try {
        transaction(this.#db, () => {
          for (const one of fresh) this.#insert(one);
          this.#views.write(
            views,
            fresh.flatMap(({ events }) => events),
          );
          for (const point of points) this.#statements.addPoint.run(JSON.stringify(point));
          this.#prune();
          if (this.#told > 0) this.#statements.dropTold.run(this.#told);
          this.#statements.setApplied.run(upTo);
        });
      } catch (error) {
        this.#quarantined = this.#countQuarantined();
        throw error;
      }
      this.#applied = upTo;
      this.#comparedTo = upTo;
    });
  }

  /** Only what is still owed can be marked: a cancelled entry stays cancelled. */
  markOutbox(id: string, mark: OutboxMark): void {
    guarded(`marking outbox entry ${id} in ${this.#path}`, () => {
      this.#statements.mark.run(mark.state, mark.attempts, mark.nextAt, mark.at, mark.error, id);
    });
  }

  dueOutbox(limit: number): readonly OutboxItem[] {
    return guarded(`reading the outbox of ${this.#path}`, () =>
      this.#statements.owed.all(limit).map(outboxItemOf),
    );
  }

  /** What is still owed to the device, oldest first. */
  outboxOf(device: string): readonly OutboxItem[] {
    return guarded(`reading the outbox of ${device} in ${this.#path}`, () =>
      this.#statements.owedTo.all(device).map(outboxItemOf),
    );
  }

  /** They are where they should be: no commit of their own is spent on that. */
  pointsTold(upTo: number): void {
    this.#told = Math.max(this.#told, upTo);
  }

  /** For a service that tells them nowhere. */
  forgetPoints(): void {
    guarded(`forgetting points in ${this.#path}`, () => this.#db.exec("DELETE FROM point"));
  }

  /** Drops some of what may go; true when there may be more. */
  drop(cut: Cut): boolean {
    return guarded(`dropping old cases in ${this.#path}`, () => {
      const more = transaction(this.#db, () => this.#retention.drop(cut));
      this.#quarantined = this.#countQuarantined();
      return more;
    });
  }

  [Symbol.dispose](): void {
    closeDatabase(this.#db);
  }

  #compare(upTo: Offset, effects: readonly Effects[]): void {
    const to = Math.min(upTo, this.#applied);
    const replayed = effects.filter((one) => one.offset <= this.#applied);
    const first = replayed[0]?.offset ?? Number.POSITIVE_INFINITY;
    const continues = this.#comparedTo > 0 && this.#comparedTo < first;
    const after = continues ? this.#comparedTo : first - 1;
    if (after < to) {
      const meta = this.#statements.meta.get();
      this.#check.compare({ after, upTo: to }, replayed, {
        offset: Number(meta?.pruned_offset),
        n: Number(meta?.pruned_n),
      });
    }
    this.#comparedTo = to;
  }

  #insert(effects: Effects): void {
    for (const event of effects.events) this.#insertEvent(event);
    for (const entry of effects.outbox) {
      this.#statements.addOutbox.run(
        entry.id,
        effects.offset,
        entry.device,
        entry.kind,
        JSON.stringify(entry),
      );
    }
    for (const id of effects.cancelled) this.#statements.cancel.run(id);
    for (const entry of effects.quarantine) this.#insertQuarantine(entry);
  }

  #insertEvent(event: CaseEvent): void {
    const { offset, n, caseId, at, kind, by, reason } = event;
    this.#statements.addEvent.run(offset, n, caseId, at, kind, by, reason);
  }

  #insertQuarantine(entry: QuarantineEntry): void {
    const { offset, n, at, device, topic, code, reason, payload } = entry;
    this.#statements.addQuarantine.run(
      offset,
      n,
      at,
      device,
      topic,
      code,
      reason,
      clipped(payload),
    );
    this.#quarantined += 1;
  }

  #prune(): void {
    if (this.#quarantined <= this.#quarantineLimit * QUARANTINE_SLACK) return;
    const cut = this.#statements.quarantineCut.get(this.#quarantineLimit);
    if (cut === undefined) return;
    const offset = Number(cut.offset);
    const n = Number(cut.n);
    this.#statements.dropQuarantine.run(offset, n);
    this.#statements.setPruned.run(offset, n);
    this.#quarantined = this.#quarantineLimit;
  }

  #countQuarantined(): number {
    return Number(this.#db.prepare("SELECT count(*) AS count FROM quarantine").get()?.count);
  }
}

function statementsOf(db: DatabaseSync) {
  const owed = "SELECT json, attempts, next_at FROM outbox WHERE state IN ('new', 'retry')";
  return {
    meta: db.prepare("SELECT applied, pruned_offset, pruned_n FROM meta"),
    setApplied: db.prepare("UPDATE meta SET applied = ?"),
    setPruned: db.prepare("UPDATE meta SET pruned_offset = ?, pruned_n = ?"),
    addEvent: db.prepare(
      "INSERT INTO case_event (offset, n, case_id, at, kind, by, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    addOutbox: db.prepare(
      `INSERT INTO outbox (id, offset, device, kind, state, attempts, next_at, error, json)
       VALUES (?, ?, ?, ?, 'new', 0, 0, '', ?) ON CONFLICT (id) DO NOTHING`,
    ),
    cancel: db.prepare(
      "UPDATE outbox SET state = 'cancelled' WHERE id = ? AND state IN ('new', 'retry')",
    ),
    mark: db.prepare(
      `UPDATE outbox SET state = ?, attempts = ?, next_at = ?, marked_at = ?, error = ?
       WHERE id = ? AND state IN ('new', 'retry')`,
    ),
    owed: db.prepare(`${owed} ORDER BY seq LIMIT ?`),
    owedTo: db.prepare(`${owed} AND device = ? ORDER BY seq`),
    addQuarantine: db.prepare(
      `INSERT INTO quarantine (offset, n, at, device, topic, code, reason, payload)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    quarantineCut: db.prepare(
      "SELECT offset, n FROM quarantine ORDER BY offset DESC, n DESC LIMIT 1 OFFSET ?",
    ),
    addPoint: db.prepare("INSERT INTO point (json) VALUES (?)"),
    // After an outage there are many: a few thousand with each commit.
    dropTold: db.prepare(
      "DELETE FROM point WHERE seq <= min(?, (SELECT min(seq) FROM point) + 4000)",
    ),
    dropQuarantine: db.prepare("DELETE FROM quarantine WHERE (offset, n) <= (?, ?)"),
  };
}

function outboxItemOf(row: Row): OutboxItem {
  return {
    entry: parsed<OutboxItem["entry"]>(row),
    attempts: Number(row.attempts),
    nextAt: Number(row.next_at),
  };
}
