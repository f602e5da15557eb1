import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EpochMs } from "#domain/units.ts";
import { NEW_MEMO, NO_AGENTS, NO_NEWS } from "#pipeline/desk/lane-start.ts";
import type {
  AgentMemo,
  Lane,
  LaneKey,
  LaneLease,
  LaneMemo,
  LaneResult,
  LaneWish,
} from "#ports/desk-store.ts";
import { laneOf, newsOf } from "./schema.ts";

/**
 * A wake makes an idle or waiting lane due; one that failed keeps its time, or a case that changes all
 * the time would be tried all the time.
 */
const WOKEN = `wanted = wanted + 1,
  due_at = CASE WHEN state = 'owed' THEN due_at ELSE :now END,
  owed_since = CASE WHEN state = 'owed' THEN owed_since ELSE :now END,
  state = 'owed', changed_at = :now`;

/** Rows of lanes and of the tickets behind them; inside the caller's transaction. */
export class LaneTable {
  readonly #insert: StatementSync;
  readonly #news: StatementSync;
  readonly #note: StatementSync;
  readonly #wake: StatementSync;
  readonly #take: StatementSync;
  readonly #save: StatementSync;
  readonly #settle: StatementSync;
  readonly #ticket: StatementSync;
  readonly #agents: StatementSync;
  readonly #get: StatementSync;
  readonly #ofTicket: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO lane (desk, subject, state, wanted, done, owed_since, due_at, attempts, reason,
         lease_by, lease_until, changed_at, creating, news, memo, agents)
       VALUES (:desk, :subject, :state, :wanted, 0, :now, :now, 0, '', '', 0, :now, 0, :news, :memo, :agents)
       ON CONFLICT (desk, subject) DO NOTHING`,
    );
    this.#news = db.prepare("SELECT news FROM lane WHERE desk = ? AND subject = ?");
    this.#note = db.prepare("UPDATE lane SET news = ? WHERE desk = ? AND subject = ?");
    this.#wake = db.prepare(`UPDATE lane SET ${WOKEN} WHERE desk = :desk AND subject = :subject`);
    this.#take = db.prepare(
      `UPDATE lane SET lease_by = :worker, lease_until = :until WHERE id IN (
         SELECT id FROM lane WHERE desk = :desk AND state IN ('owed', 'later') AND due_at <= :now
           AND lease_until <= :now
         ORDER BY due_at, id LIMIT :limit)
       RETURNING *`,
    );
    this.#save = db.prepare(
      `UPDATE lane SET memo = :memo, creating = :creating, lease_until = :until, changed_at = :now
       WHERE desk = :desk AND subject = :subject AND lease_by = :worker`,
    );
    this.#settle = db.prepare(
      `UPDATE lane SET memo = :memo, creating = :creating, lease_by = '', lease_until = 0,
         changed_at = :now, attempts = :attempts, reason = :reason,
         done = CASE WHEN :state = 'idle' THEN :worked ELSE done END,
         state = CASE WHEN wanted > :worked THEN 'owed' ELSE :state END,
         due_at = CASE WHEN wanted > :worked AND :attempts = 0 THEN :now ELSE :dueAt END
       WHERE desk = :desk AND subject = :subject AND lease_by = :worker`,
    );
    this.#ticket = db.prepare("INSERT OR IGNORE INTO ticket (desk, id, subject) VALUES (?, ?, ?)");
    this.#agents = db.prepare("UPDATE lane SET agents = ? WHERE desk = ? AND subject = ?");
    this.#get = db.prepare("SELECT * FROM lane WHERE desk = ? AND subject = ?");
    this.#ofTicket = db.prepare(
      `SELECT lane.* FROM ticket JOIN lane USING (desk, subject)
       WHERE ticket.desk = ? AND ticket.id = ? ORDER BY lane.id`,
    );
  }

  wish({ desk, subject, note, wakes }: LaneWish, now: EpochMs): void {
    const known = this.#news.get(desk, subject);
    const news = JSON.stringify(note(known === undefined ? NO_NEWS : newsOf(known.news)));
    if (known === undefined) {
      const memo = JSON.stringify(NEW_MEMO);
      const agents = JSON.stringify(NO_AGENTS);
      const [state, wanted] = wakes ? (["owed", 1] as const) : (["idle", 0] as const);
      this.#insert.run({ desk, subject, state, wanted, now, news, memo, agents });
      return;
    }
    this.#note.run(news, desk, subject);
    if (wakes) this.wake({ desk, subject }, now);
  }

  wake({ desk, subject }: LaneKey, now: EpochMs): void {
    this.#wake.run({ desk, subject, now });
  }

  take(desk: string, { worker, now, until }: LaneLease, limit: number): readonly Lane[] {
    const lanes = this.#take.all({ desk, worker, now, until, limit });
    return lanes
      .toSorted((a, b) => Number(a.due_at) - Number(b.due_at) || Number(a.id) - Number(b.id))
      .map(laneOf);
  }

  save({ desk, subject }: LaneKey, { worker, now, until }: LaneLease, memo: LaneMemo): boolean {
    const row = { ...columns(memo), desk, subject, worker, now, until };
    if (this.#save.run(row).changes === 0) return false;
    this.#keepTickets(desk, subject, memo);
    return true;
  }

  settle({ desk, subject }: LaneKey, { worker, now }: LaneLease, result: LaneResult): boolean {
    const { memo, state, worked, dueAt, attempts, reason } = result;
    const row = { ...columns(memo), state, worked, dueAt, attempts, reason };
    if (this.#settle.run({ ...row, desk, subject, worker, now }).changes === 0) return false;
    this.#keepTickets(desk, subject, memo);
    return true;
  }

  setAgents(desk: string, subject: string, agents: AgentMemo): void {
    this.#agents.run(JSON.stringify(agents), desk, subject);
  }

  get({ desk, subject }: LaneKey): Lane | undefined {
    const row = this.#get.get(desk, subject);
    return row && laneOf(row);
  }

  ofTicket(desk: string, ticket: string): readonly Lane[] {
    return this.#ofTicket.all(desk, ticket).map(laneOf);
  }

  /** Also those of before a merge: what is written to them reaches the one that is left. */
  #keepTickets(desk: string, subject: string, { ticket, attempt, earlier }: LaneMemo): void {
    for (const id of [ticket?.id, attempt?.ticket, ...earlier]) {
      if (id !== undefined && id !== "") this.#ticket.run(desk, id, subject);
    }
  }
}

const columns = (memo: LaneMemo) => ({
  memo: JSON.stringify(memo),
  creating: memo.attempt === null ? 0 : 1,
});
