import { z } from "zod";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { parseJson } from "../desk-http/json.ts";

/**
 * Up to where RT's transactions are known. A database may show a transaction after one with a higher
 * number; so the numbers seen lately are asked for again, and left out by this list.
 */
export interface RtCursor {
  /** Nothing up to here is asked for again. */
  readonly after: number;
  /** Numbers above `after` that were seen, and when, by the gateway's clock; ascending numbers. */
  readonly seen: readonly (readonly [id: number, at: EpochMs])[];
}

/** A transaction that is still not to be seen so long after a later one will not come. */
const SETTLE_MS: DurationMs = 2 * MINUTE_MS;
const MOST_SEEN = 100;

const shape = z.object({
  after: z.int().min(0),
  seen: z.array(z.tuple([z.int().min(1), z.number()])).max(MOST_SEEN),
});

/** undefined = not written by `toText`. */
export function fromText(text: string): RtCursor | undefined {
  const parsed = shape.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

export const toText = (cursor: RtCursor): string => JSON.stringify(cursor);

/** The cursor after these were seen, too. */
export function advanced(cursor: RtCursor, ids: readonly number[], now: EpochMs): RtCursor {
  const known = new Map(cursor.seen);
  for (const id of ids) if (!known.has(id)) known.set(id, now);
  const seen = [...known].sort(([a], [b]) => a - b);
  const unsettled = seen.findIndex(([, at]) => Math.abs(now - at) < SETTLE_MS);
  const settled = Math.max(unsettled === -1 ? seen.length : unsettled, seen.length - MOST_SEEN);
  const after = seen[settled - 1]?.[0] ?? cursor.after;
  return { after: Math.max(cursor.after, after), seen: seen.slice(settled) };
}
