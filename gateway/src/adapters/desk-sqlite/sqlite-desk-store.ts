import type { DatabaseSync } from "node:sqlite";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { DeskChange } from "#ports/desk.ts";
import type {
  AgentNote,
  DeskFigures,
  DeskStore,
  FeedPosition,
  Lane,
  LaneKey,
  LaneLease,
  LaneMemo,
  LaneResult,
  LaneWish,
} from "#ports/desk-store.ts";
import { closeDatabase, guarded, openDatabase, transaction } from "../sqlite/database.ts";
import { InboundTable } from "./inbound-table.ts";
import { LaneTable } from "./lane-table.ts";
import { DESK_MIGRATIONS, laneOf } from "./schema.ts";

/** A case can be changed for a month after its end: its lane is kept well beyond. */
const IDLE_KEPT_MS: DurationMs = 180 * DAY_MS;
const PRUNED_AT_ONCE = 1_000;

/** `desk.db`: one file, every call a synchronous commit, because the desks cannot be rolled back. */
export class SqliteDeskStore implements DeskStore {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #lanes: LaneTable;
  readonly #inbound: InboundTable;
  readonly #sql: ReturnType<typeof statementsOf>;

  constructor(path: string) {
    this.#path = path;
    this.#db = guarded(`opening ${path}`, () =>
      openDatabase(path, { migrations: DESK_MIGRATIONS }),
    );
    this.#lanes = new LaneTable(this.#db);
    this.#inbound = new InboundTable(this.#db);
    this.#sql = statementsOf(this.#db);
  }

  position(): FeedPosition {
    return this.#read(() => {
      const row = this.#sql.position.get();
      return { offset: Number(row?.offset ?? 0), n: Number(row?.n ?? -1) };
    });
  }

  follow({ offset, n }: FeedPosition, wishes: readonly LaneWish[], now: EpochMs): void {
    this.#write(() => {
      for (const wish of wishes) this.#lanes.wish(wish, now);
      this.#sql.moveTo.run(offset, n);
    });
  }

  wake(keys: readonly LaneKey[], now: EpochMs): void {
    if (keys.length === 0) return;
    this.#write(() => {
      for (const key of keys) this.#lanes.wake(key, now);
    });
  }

  take(desk: string, lease: LaneLease, limit: number): readonly Lane[] {
    return this.#write(() => this.#lanes.take(desk, lease, limit));
  }

  nextDueAt(desk: string): EpochMs | null {
    return this.#read(() => {
      const at = this.#sql.nextDue.get(desk)?.at ?? null;
      return at === null ? null : Number(at);
    });
  }

  save(key: LaneKey, lease: LaneLease, memo: LaneMemo): boolean {
    return this.#write(() => this.#lanes.save(key, lease, memo));
  }

  settle(key: LaneKey, lease: LaneLease, result: LaneResult): boolean {
    return this.#write(() => this.#lanes.settle(key, lease, result));
  }

  lane(key: LaneKey): Lane | undefined {
    return this.#read(() => this.#lanes.get(key));
  }

  lanesOfTicket(desk: string, ticket: string): readonly Lane[] {
    return this.#read(() => this.#lanes.ofTicket(desk, ticket));
  }

  hasAttempts(desk: string): boolean {
    return this.#read(() => this.#sql.creating.get(desk) !== undefined);
  }

  dead(desk: string, limit: number): readonly Lane[] {
    return this.#read(() => this.#sql.dead.all(desk, limit).map(laneOf));
  }

  retry({ desk, subject }: LaneKey, now: EpochMs): boolean {
    return this.#write(() => this.#sql.retry.run({ desk, subject, now }).changes > 0);
  }

  cursor(desk: string): string | null {
    return this.#read(() => this.#inbound.cursor(desk));
  }

  setCursor(desk: string, cursor: string): void {
    this.#write(() => this.#inbound.setCursor(desk, cursor));
  }

  leasePoll(desk: string, lease: LaneLease): boolean {
    return this.#write(() => this.#inbound.lease(desk, lease));
  }

  endPoll(desk: string, worker: string): void {
    this.#write(() => this.#inbound.release(desk, worker));
  }

  seen(desk: string, change: string): boolean {
    return this.#read(() => this.#inbound.isSeen(desk, change));
  }

  noteChange(desk: string, change: string, notes: readonly AgentNote[], now: EpochMs): void {
    this.#write(() => {
      this.#inbound.see(desk, change, now);
      for (const { subject, agents, wakes } of notes) {
        this.#lanes.setAgents(desk, subject, agents);
        if (wakes) this.#lanes.wake({ desk, subject }, now);
      }
    });
  }

  park(desk: string, change: DeskChange, now: EpochMs): void {
    this.#write(() => this.#inbound.park(desk, change, now));
  }

  parkedKnown(desk: string, limit: number): readonly DeskChange[] {
    return this.#read(() => this.#inbound.parked(desk, limit));
  }

  unpark(desk: string, change: string): void {
    this.#write(() => this.#inbound.unpark(desk, change));
  }

  orphans(desk: string, ids: readonly string[], now: EpochMs): ReadonlyMap<string, EpochMs> {
    return this.#write(() => this.#inbound.orphans(desk, ids, now));
  }

  figures(desk: string): DeskFigures {
    return this.#read(() => {
      const row = this.#sql.figures.get({ desk });
      const oldest = row?.oldest ?? null;
      return {
        owed: Number(row?.owed),
        oldestOwedAt: oldest === null ? null : Number(oldest),
        tickets: Number(row?.tickets),
        dead: Number(row?.dead),
      };
    });
  }

  prune(now: EpochMs): void {
    this.#write(() => {
      this.#inbound.prune(now);
      for (const { desk, subject } of this.#sql.idle.all(now - IDLE_KEPT_MS, PRUNED_AT_ONCE)) {
        const key = [String(desk), String(subject)] as const;
        this.#sql.dropTickets.run(...key);
        this.#sql.drop.run(...key);
      }
    });
  }

  [Symbol.dispose](): void {
    closeDatabase(this.#db);
  }

  #read<T>(work: () => T): T {
    return guarded(`reading ${this.#path}`, work);
  }

  #write<T>(work: () => T): T {
    return guarded(`writing ${this.#path}`, () => transaction(this.#db, work));
  }
}

function statementsOf(db: DatabaseSync) {
  return {
    position: db.prepare("SELECT offset, n FROM feed"),
    moveTo: db.prepare("UPDATE feed SET offset = ?, n = ?"),
    nextDue: db.prepare(
      // More rows than there are leases: one of them is free, or all of them are leased.
      `SELECT min(max(due_at, lease_until)) AS at FROM (
         SELECT due_at, lease_until FROM lane WHERE desk = ? AND state IN ('owed', 'later')
         ORDER BY due_at LIMIT 64)`,
    ),
    creating: db.prepare("SELECT 1 FROM lane WHERE desk = ? AND creating = 1 LIMIT 1"),
    dead: db.prepare(
      "SELECT * FROM lane WHERE desk = ? AND state = 'dead' ORDER BY owed_since DESC, id DESC LIMIT ?",
    ),
    retry: db.prepare(
      `UPDATE lane SET state = 'owed', attempts = 0, due_at = :now, owed_since = :now, changed_at = :now
       WHERE desk = :desk AND subject = :subject AND state = 'dead'`,
    ),
    figures: db.prepare(
      `SELECT (SELECT count(*) FROM lane WHERE desk = :desk AND state = 'owed') AS owed,
         (SELECT min(owed_since) FROM lane WHERE desk = :desk AND state = 'owed') AS oldest,
         (SELECT count(*) FROM ticket WHERE desk = :desk) AS tickets,
         (SELECT count(*) FROM lane WHERE desk = :desk AND state = 'dead') AS dead`,
    ),
    idle: db.prepare(
      "SELECT desk, subject FROM lane WHERE state = 'idle' AND changed_at < ? LIMIT ?",
    ),
    drop: db.prepare("DELETE FROM lane WHERE desk = ? AND subject = ?"),
    dropTickets: db.prepare("DELETE FROM ticket WHERE desk = ? AND subject = ?"),
  };
}
