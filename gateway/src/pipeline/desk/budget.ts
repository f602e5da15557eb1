import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { CommentBudget } from "#ports/desk-store.ts";

export interface CommentLimits {
  readonly everyMs: DurationMs;
  readonly perDay: number;
}

export type Allowed =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly at: EpochMs };

/** Times within the last day; what a clock that was set back put into the future counts as now. */
export const ofLastDay = (times: readonly EpochMs[], now: EpochMs): readonly EpochMs[] =>
  times.filter((at) => at > now - DAY_MS).map((at) => Math.min(at, now));

/** Whether one more comment may be added now, and if not, when. */
export function mayComment(
  budget: CommentBudget,
  { everyMs, perDay }: CommentLimits,
  now: EpochMs,
): Allowed {
  const sent = ofLastDay(budget.sentAt, now);
  const last = sent.at(-1);
  const rest = last === undefined ? 0 : last + everyMs;
  const nth = sent.at(-perDay);
  if (sent.length >= perDay && nth !== undefined) {
    const at = Math.max(rest, nth + DAY_MS);
    return { ok: false, reason: `${perDay} comments within a day`, at };
  }
  return rest > now
    ? { ok: false, reason: "the last comment is too recent", at: rest }
    : { ok: true };
}

/** A comment is counted before it is sent: whether it arrived is not always known. */
export const spend = (budget: CommentBudget, hash: string, now: EpochMs): CommentBudget => ({
  sentAt: [...ofLastDay(budget.sentAt, now), now],
  last: hash,
});

/**
 * Whether the bridge may resolve the ticket once more. One of the day's changes is kept for
 * reopening, so that a ticket is never left resolved while its case is open.
 */
export function mayResolve(
  statusAt: readonly EpochMs[],
  { everyMs, perDay }: CommentLimits,
  now: EpochMs,
): Allowed {
  const writes = ofLastDay(statusAt, now);
  const last = writes.at(-1);
  const rest = last === undefined ? 0 : last + everyMs;
  const keep = Math.max(2, perDay) - 1;
  const nth = writes.at(-keep);
  if (writes.length >= keep && nth !== undefined) {
    const at = Math.max(rest, nth + DAY_MS);
    return { ok: false, reason: "its status changed too often today", at };
  }
  return rest > now ? { ok: false, reason: "its status changed just now", at: rest } : { ok: true };
}

/** Whether the bridge may reopen the ticket once more; two sources never reopen each other for ever. */
export function mayReopen(
  statusAt: readonly EpochMs[],
  { perDay }: CommentLimits,
  now: EpochMs,
): Allowed {
  const most = Math.max(2, perDay);
  const writes = ofLastDay(statusAt, now);
  const nth = writes.at(-most);
  if (writes.length < most || nth === undefined) return { ok: true };
  return { ok: false, reason: "its status changed too often today", at: nth + DAY_MS };
}
