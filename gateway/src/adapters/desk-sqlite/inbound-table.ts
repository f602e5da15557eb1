import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { LaneLease } from "#ports/desk-store.ts";
import { parsed } from "./schema.ts";

/** Longer than any desk tells a change again. */
const SEEN_KEPT_MS: DurationMs = 30 * DAY_MS;
const PARKED_KEPT_MS: DurationMs = 3 * DAY_MS;

/** What was read from desks; inside the caller's transaction. */
export class InboundTable {
  readonly #cursor: StatementSync;
  readonly #setCursor: StatementSync;
  readonly #know: StatementSync;
  readonly #lease: StatementSync;
  readonly #release: StatementSync;
  readonly #isSeen: StatementSync;
  readonly #see: StatementSync;
  readonly #park: StatementSync;
  readonly #parked: StatementSync;
  readonly #unpark: StatementSync;
  readonly #orphans: StatementSync;
  readonly #orphan: StatementSync;
  readonly #noOrphan: StatementSync;
  readonly #forgetSeen: StatementSync;
  readonly #forgetParked: StatementSync;

  constructor(db: DatabaseSync) {
    this.#cursor = db.prepare("SELECT cursor FROM desk WHERE name = ?");
    this.#know = db.prepare(
      "INSERT OR IGNORE INTO desk (name, cursor, poll_by, poll_until) VALUES (?, NULL, '', 0)",
    );
    this.#setCursor = db.prepare("UPDATE desk SET cursor = ? WHERE name = ?");
    this.#lease = db.prepare(
      `UPDATE desk SET poll_by = :worker, poll_until = :until
       WHERE name = :desk AND (poll_by = :worker OR poll_until <= :now)`,
    );
    this.#release = db.prepare(
      "UPDATE desk SET poll_by = '', poll_until = 0 WHERE name = ? AND poll_by = ?",
    );
    this.#isSeen = db.prepare("SELECT 1 FROM seen WHERE desk = ? AND id = ?");
    this.#see = db.prepare("INSERT OR IGNORE INTO seen (desk, id, at) VALUES (?, ?, ?)");
    this.#park = db.prepare(
      "INSERT OR IGNORE INTO parked (desk, id, ticket, at, json) VALUES (?, ?, ?, ?, ?)",
    );
    this.#parked = db.prepare(
      `SELECT json FROM parked WHERE desk = :desk AND EXISTS (
         SELECT 1 FROM ticket WHERE ticket.desk = :desk AND ticket.id = parked.ticket)
       ORDER BY seq LIMIT :limit`,
    );
    this.#unpark = db.prepare("DELETE FROM parked WHERE desk = ? AND id = ?");
    this.#orphans = db.prepare("SELECT id, since FROM orphan WHERE desk = ?");
    this.#orphan = db.prepare("INSERT OR IGNORE INTO orphan (desk, id, since) VALUES (?, ?, ?)");
    this.#noOrphan = db.prepare("DELETE FROM orphan WHERE desk = ? AND id = ?");
    this.#forgetSeen = db.prepare("DELETE FROM seen WHERE at < ?");
    this.#forgetParked = db.prepare("DELETE FROM parked WHERE at < ?");
  }

  cursor(desk: string): string | null {
    const cursor = this.#cursor.get(desk)?.cursor ?? null;
    return cursor === null ? null : String(cursor);
  }

  setCursor(desk: string, cursor: string): void {
    this.#know.run(desk);
    this.#setCursor.run(cursor, desk);
  }

  lease(desk: string, { worker, now, until }: LaneLease): boolean {
    this.#know.run(desk);
    return this.#lease.run({ desk, worker, now, until }).changes > 0;
  }

  release(desk: string, worker: string): void {
    this.#release.run(desk, worker);
  }

  isSeen(desk: string, change: string): boolean {
    return this.#isSeen.get(desk, change) !== undefined;
  }

  see(desk: string, change: string, now: EpochMs): void {
    this.#see.run(desk, change, now);
  }

  park(desk: string, change: DeskChange, now: EpochMs): void {
    this.#park.run(desk, change.id, change.ticket, now, JSON.stringify(change));
  }

  parked(desk: string, limit: number): readonly DeskChange[] {
    return this.#parked.all({ desk, limit }).map(({ json }) => parsed<DeskChange>(json));
  }

  unpark(desk: string, change: string): void {
    this.#unpark.run(desk, change);
  }

  /** Those that are gone are forgotten. */
  orphans(desk: string, ids: readonly string[], now: EpochMs): ReadonlyMap<string, EpochMs> {
    const there = new Set(ids);
    for (const { id } of this.#orphans.all(desk)) {
      if (!there.has(String(id))) this.#noOrphan.run(desk, String(id));
    }
    for (const id of ids) this.#orphan.run(desk, id, now);
    return new Map(
      this.#orphans.all(desk).map(({ id, since }) => [String(id), Number(since)] as const),
    );
  }

  prune(now: EpochMs): void {
    this.#forgetSeen.run(now - SEEN_KEPT_MS);
    this.#forgetParked.run(now - PARKED_KEPT_MS);
  }
}
