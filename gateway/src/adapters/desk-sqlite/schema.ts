import { NEW_MEMO, NO_AGENTS, NO_NEWS } from "#pipeline/desk/lane-start.ts";
import type { AgentMemo, Lane, LaneMemo, LaneNews, LaneState } from "#ports/desk-store.ts";

/** `news`, `memo` and `agents` have three different writers: feed, worker of the lane, poller. */
export const DESK_MIGRATIONS = [
  `CREATE TABLE feed (id INTEGER PRIMARY KEY CHECK (id = 1), offset INTEGER NOT NULL, n INTEGER NOT NULL);
   INSERT INTO feed (id, offset, n) VALUES (1, 0, -1);

   CREATE TABLE lane (id INTEGER PRIMARY KEY, desk TEXT NOT NULL, subject TEXT NOT NULL,
     state TEXT NOT NULL, wanted INTEGER NOT NULL, done INTEGER NOT NULL, owed_since INTEGER NOT NULL,
     due_at INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, lease_by TEXT NOT NULL,
     lease_until INTEGER NOT NULL, changed_at INTEGER NOT NULL, creating INTEGER NOT NULL,
     news TEXT NOT NULL, memo TEXT NOT NULL, agents TEXT NOT NULL);
   CREATE UNIQUE INDEX lane_key ON lane (desk, subject);
   CREATE INDEX lane_due ON lane (desk, due_at) WHERE state IN ('owed', 'later');
   CREATE INDEX lane_owed ON lane (desk, owed_since) WHERE state = 'owed';
   CREATE INDEX lane_dead ON lane (desk, owed_since) WHERE state = 'dead';
   CREATE INDEX lane_creating ON lane (desk) WHERE creating = 1;
   CREATE INDEX lane_idle ON lane (changed_at) WHERE state = 'idle';

   CREATE TABLE ticket (desk TEXT NOT NULL, id TEXT NOT NULL, subject TEXT NOT NULL,
     PRIMARY KEY (desk, id, subject)) WITHOUT ROWID;
   CREATE INDEX ticket_subject ON ticket (desk, subject);

   CREATE TABLE desk (name TEXT PRIMARY KEY, cursor TEXT, poll_by TEXT NOT NULL,
     poll_until INTEGER NOT NULL) WITHOUT ROWID;

   CREATE TABLE seen (desk TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
     PRIMARY KEY (desk, id)) WITHOUT ROWID;
   CREATE INDEX seen_at ON seen (at);

   CREATE TABLE parked (seq INTEGER PRIMARY KEY, desk TEXT NOT NULL, id TEXT NOT NULL,
     ticket TEXT NOT NULL, at INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE UNIQUE INDEX parked_key ON parked (desk, id);
   CREATE INDEX parked_at ON parked (at);

   CREATE TABLE orphan (desk TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL,
     PRIMARY KEY (desk, id)) WITHOUT ROWID;`,
];

/** A row as `node:sqlite` answers it. */
export type Row = Readonly<Record<string, unknown>>;

const STATES: readonly LaneState[] = ["idle", "owed", "later", "dead"];

export function laneOf(row: Row): Lane {
  const state = STATES.find((known) => known === row.state);
  if (state === undefined) throw new TypeError(`a lane has the unknown state ${row.state}`);
  return {
    desk: String(row.desk),
    subject: String(row.subject),
    state,
    wanted: Number(row.wanted),
    done: Number(row.done),
    owedSince: Number(row.owed_since),
    dueAt: Number(row.due_at),
    attempts: Number(row.attempts),
    reason: String(row.reason),
    leaseBy: String(row.lease_by),
    leaseUntil: Number(row.lease_until),
    news: newsOf(row.news),
    memo: memoOf(row.memo),
    agents: agentsOf(row.agents),
  };
}

/** What an older build did not know has its first value. */
export const newsOf = (json: unknown): LaneNews => ({ ...NO_NEWS, ...parsed<LaneNews>(json) });
const memoOf = (json: unknown): LaneMemo => ({ ...NEW_MEMO, ...parsed<LaneMemo>(json) });
const agentsOf = (json: unknown): AgentMemo => ({ ...NO_AGENTS, ...parsed<AgentMemo>(json) });

/** Reads back what this adapter wrote with JSON.stringify; the schema version vouches for the shape. */
export function parsed<T>(json: unknown): T {
  const value: T = JSON.parse(String(json));
  return value;
}
