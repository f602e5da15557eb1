import type { CaseEvent, CaseEventKind } from "#domain/case/case.ts";
import { CASE_EVENT_KINDS } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { QuarantineEntry } from "#domain/effects.ts";
import { FACTS_SCHEMA } from "./facts-schema.ts";

/** A row as `node:sqlite` answers it. */
export type Row = Readonly<Record<string, unknown>>;

/** Views keep their JSON whole; the columns beside it are what the lists filter and order by. */
export const CASES_MIGRATIONS = [
  `CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), applied INTEGER NOT NULL,
     pruned_offset INTEGER NOT NULL, pruned_n INTEGER NOT NULL);
   INSERT INTO meta (id, applied, pruned_offset, pruned_n) VALUES (1, 0, 0, 0);

   CREATE TABLE case_event (offset INTEGER NOT NULL, n INTEGER NOT NULL, case_id TEXT NOT NULL,
     at INTEGER NOT NULL, kind TEXT NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL,
     PRIMARY KEY (offset, n)) WITHOUT ROWID;
   CREATE INDEX case_event_case ON case_event (case_id, offset, n);

   CREATE TABLE case_view (id TEXT PRIMARY KEY, device TEXT NOT NULL, rule TEXT NOT NULL,
     kind TEXT NOT NULL, status TEXT NOT NULL, stage TEXT NOT NULL, opened_at INTEGER NOT NULL,
     json TEXT NOT NULL);
   CREATE INDEX case_view_newest ON case_view (opened_at, id);
   CREATE INDEX case_view_device ON case_view (device, opened_at, id);
   CREATE INDEX case_view_rule ON case_view (rule, opened_at, id);
   CREATE INDEX case_view_status ON case_view (status, opened_at, id);
   CREATE INDEX case_view_stage ON case_view (stage, opened_at, id);
   CREATE INDEX case_view_kind ON case_view (kind, opened_at, id);
   CREATE INDEX case_view_open ON case_view (kind, stage) WHERE status != 'resolved';

   CREATE TABLE alert_view (key TEXT PRIMARY KEY, device TEXT NOT NULL, level TEXT NOT NULL,
     since INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE INDEX alert_view_newest ON alert_view (since, key);
   CREATE INDEX alert_view_device ON alert_view (device, since, key);

   CREATE TABLE device_view (id TEXT PRIMARY KEY, product TEXT NOT NULL, presence TEXT NOT NULL,
     worst_rank INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE INDEX device_view_worst ON device_view (worst_rank, id);
   CREATE INDEX device_view_product ON device_view (product, worst_rank, id);
   CREATE INDEX device_view_presence ON device_view (presence);

   CREATE TABLE outbox (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
     offset INTEGER NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
     attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, marked_at INTEGER, error TEXT NOT NULL,
     json TEXT NOT NULL);
   CREATE INDEX outbox_owed ON outbox (seq) WHERE state IN ('new', 'retry');
   CREATE INDEX outbox_owed_device ON outbox (device, seq) WHERE state IN ('new', 'retry');
   CREATE INDEX outbox_offset ON outbox (offset);

   CREATE TABLE quarantine (offset INTEGER NOT NULL, n INTEGER NOT NULL, at INTEGER NOT NULL,
     device TEXT NOT NULL, topic TEXT NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
     payload BLOB NOT NULL);
   CREATE UNIQUE INDEX quarantine_key ON quarantine (offset, n);
   CREATE INDEX quarantine_device ON quarantine (device, offset, n);
   CREATE INDEX quarantine_code ON quarantine (code, offset, n);`,
  // A number is never given twice, so that whoever reads knows what is new. The index holds all that
  // the fleet is counted by every minute: reading every device's page for that would take seconds.
  `CREATE TABLE point (seq INTEGER PRIMARY KEY AUTOINCREMENT, json TEXT NOT NULL);
   DROP INDEX device_view_presence;
   CREATE INDEX device_view_presence ON device_view (presence, product, worst_rank);`,
  FACTS_SCHEMA,
];

/** Longest payload kept with a quarantine entry; the whole one is in the journal while that is kept. */
const QUARANTINE_PAYLOAD_BYTES = 128 * 1024;

const RANKS = { safety: 0, urgent: 1, normal: 2 } as const;
const SILENT_RANK = 3;
const HEALTHY_RANK = 4;

/** Order of the fleet list: most severe open case first, then devices that should speak and do not. */
export function worstRank(view: DeviceView): number {
  if (view.worst !== null) return RANKS[view.worst];
  return view.presence === "lost" || view.presence === "never_seen" ? SILENT_RANK : HEALTHY_RANK;
}

const EVENT_KINDS: ReadonlySet<string> = new Set(CASE_EVENT_KINDS);

export const clipped = (payload: Uint8Array): Uint8Array =>
  payload.byteLength <= QUARANTINE_PAYLOAD_BYTES
    ? payload
    : payload.subarray(0, QUARANTINE_PAYLOAD_BYTES);

export function caseEventOf(row: Row): CaseEvent {
  const kind = String(row.kind);
  if (!isEventKind(kind)) throw new TypeError(`case event has unknown kind ${kind}`);
  return {
    offset: Number(row.offset),
    n: Number(row.n),
    caseId: String(row.case_id),
    at: Number(row.at),
    kind,
    by: String(row.by),
    reason: String(row.reason),
  };
}

const isEventKind = (text: string): text is CaseEventKind => EVENT_KINDS.has(text);

export function quarantineEntryOf(row: Row): QuarantineEntry {
  const payload = row.payload;
  return {
    offset: Number(row.offset),
    n: Number(row.n),
    at: Number(row.at),
    device: String(row.device),
    topic: String(row.topic),
    code: String(row.code),
    reason: String(row.reason),
    payload: payload instanceof Uint8Array ? payload : new Uint8Array(0),
  };
}

/** Reads back what this adapter wrote with JSON.stringify; the schema version vouches for the shape. */
export function parsed<T>(row: Row): T {
  const value: T = JSON.parse(String(row.json));
  return value;
}
