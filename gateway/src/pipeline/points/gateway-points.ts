import type { DurationMs, EpochMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** What was observed since the start, by upper bounds in seconds; the last bound is infinity. */
export interface Observed {
  readonly bounds: readonly number[];
  /** Observations up to each bound. */
  readonly counts: readonly number[];
}

/** Figures that only rise, at one moment. */
export interface Totals {
  /** Of the machine's clock that is never set. */
  readonly at: DurationMs;
  readonly messages: number;
  readonly refused: number;
  readonly quarantined: number;
  readonly shed: number;
  readonly cpuSeconds: number;
  readonly appends: Observed;
  readonly readingToCase: Observed;
}

/** Figures of now. */
export interface Levels {
  readonly status: string;
  readonly decideLag: number;
  readonly storeLag: number;
  readonly remoteOk: boolean;
  readonly outboxDue: number;
  readonly outboxOldestMs: DurationMs;
  readonly journalBytes: number;
  /** null = it is empty. */
  readonly journalAgeMs: DurationMs | null;
  readonly rssBytes: number;
  readonly connections: number;
  readonly pointsWaiting: number;
  readonly pointsDropped: number;
}

/** How the gateway was between two looks and is now. `at`: wall clock. */
export function gatewayPoint(
  before: Totals,
  after: Totals,
  levels: Levels,
  at: EpochMs,
): ServicePoint {
  const seconds = Math.max(1, after.at - before.at) / SECOND_MS;
  const perSecond = (of: (totals: Totals) => number): number =>
    Math.max(0, of(after) - of(before)) / seconds;
  const append = quantileMs(before.appends, after.appends, 0.99);
  const reaction = quantileMs(before.readingToCase, after.readingToCase, 0.99);
  return {
    measurement: "vz.gateway",
    tags: {},
    fields: {
      messages_per_s: perSecond((totals) => totals.messages),
      refused_per_s: perSecond((totals) => totals.refused),
      quarantined_per_s: perSecond((totals) => totals.quarantined),
      shed_per_s: perSecond((totals) => totals.shed),
      cpu: perSecond((totals) => totals.cpuSeconds),
      ...(append !== undefined && { append_p99_ms: append }),
      ...(reaction !== undefined && { reading_to_case_p99_ms: reaction }),
      ...levelFields(levels),
    },
    at,
  };
}

function levelFields(levels: Levels): ServicePoint["fields"] {
  const { journalAgeMs } = levels;
  return {
    status: levels.status,
    decide_lag: levels.decideLag,
    store_lag: levels.storeLag,
    remote_ok: levels.remoteOk ? 1 : 0,
    outbox_due: levels.outboxDue,
    outbox_oldest_ms: levels.outboxOldestMs,
    journal_bytes: levels.journalBytes,
    ...(journalAgeMs !== null && { journal_age_ms: journalAgeMs }),
    rss_bytes: levels.rssBytes,
    connections: levels.connections,
    points_waiting: levels.pointsWaiting,
    points_dropped: levels.pointsDropped,
  };
}

export function threadPoint(
  thread: "main" | "journal" | "deciding" | "series",
  load: { readonly delayP99Ms: DurationMs; readonly busy: number },
  at: EpochMs,
): ServicePoint {
  const fields = { loop_delay_p99_ms: load.delayP99Ms, busy: load.busy };
  return { measurement: "vz.thread", tags: { thread }, fields, at };
}

/**
 * A quantile of what was observed between two looks, straight within its bucket; undefined if nothing was.
 * Above the last finite bound it is that bound.
 */
export function quantileMs(before: Observed, after: Observed, q: number): DurationMs | undefined {
  const counts = after.counts.map((count, index) => count - (before.counts[index] ?? 0));
  const total = counts.at(-1) ?? 0;
  if (total <= 0) return undefined;
  const rank = q * total;
  const index = counts.findIndex((count) => count >= rank);
  const upper = after.bounds[index] ?? Number.POSITIVE_INFINITY;
  const lower = after.bounds[index - 1] ?? 0;
  if (!Number.isFinite(upper)) return lower * SECOND_MS;
  const below = counts[index - 1] ?? 0;
  const share = (rank - below) / Math.max(1, (counts[index] ?? 0) - below);
  return (lower + share * (upper - lower)) * SECOND_MS;
}
