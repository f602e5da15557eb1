import type { EpochMs } from "#domain/units.ts";
import type { ChangesPage, DeskChange, DeskOutcome } from "#ports/desk.ts";
import { done, later, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import type { RtTransaction } from "./rt-api.ts";
import { PAGE_SIZE, quoted } from "./rt-api.ts";
import { toChange } from "./rt-change.ts";
import type { RtCursor } from "./rt-cursor.ts";
import { advanced, fromText, toText } from "./rt-cursor.ts";
import type { Lookups } from "./rt-lookups.ts";
import { lookUp } from "./rt-lookups.ts";
import type { Rt } from "./rt-write.ts";

const FIELDS = "Type,Field,OldValue,NewValue,Creator,Created,ObjectId";
/** Pages of rows that we may not see, one after the other, before it is given up. */
const MOST_PAGES = 200;

/** Rows are cut into pages before RT takes out those that we may not see: a short page is not the last. */
export async function readChanges(
  rt: Rt,
  lookups: Lookups,
  { cursor: text, now }: { readonly cursor: string; readonly now: EpochMs },
): Promise<DeskOutcome<ChangesPage>> {
  if (text === "") return startNow(rt, now);
  const cursor = fromText(text);
  if (cursor === undefined) {
    return refused("invalid", `${rt.settings.name}: the place in RT's changes is not understood`);
  }
  return thenDone(newest(rt, cursor.after), (target) => {
    const settled = (): string => toText(advanced(cursor, [], now));
    if (target === undefined) return done({ changes: [], cursor: settled(), more: false });
    return thenDone(unseen(rt, cursor, target), async (rows) => {
      const changes = await toChanges(rt, lookups, rows);
      return mapDone(changes, (all) => {
        const ids = rows.map(({ id }) => Number(id));
        const next = toText(advanced(cursor, ids, now));
        return {
          changes: all,
          cursor: next,
          more: Math.max(0, ...ids) < target && rows.length > 0,
        };
      });
    });
  });
}

const startNow = async (rt: Rt, now: EpochMs): Promise<DeskOutcome<ChangesPage>> =>
  mapDone(await newest(rt, 0), (after = 0) => ({
    changes: [],
    cursor: toText(advanced({ after, seen: [] }, [], now)),
    more: false,
  }));

/** Number of the newest transaction that we may see; undefined = none after `after`. */
async function newest(rt: Rt, after: number): Promise<DeskOutcome<number | undefined>> {
  const asked = { query: queryAfter(rt, after), fields: "Type" };
  return mapDone(await rt.api.heads(asked), ([first]) => first);
}

async function unseen(
  rt: Rt,
  cursor: RtCursor,
  target: number,
): Promise<DeskOutcome<readonly RtTransaction[]>> {
  const seen = new Set(cursor.seen.map(([id]) => id));
  const fresh: RtTransaction[] = [];
  const query = queryAfter(rt, cursor.after);
  for (let page = 1; page <= MOST_PAGES; page++) {
    const rows = await rt.api.transactions({ query, fields: FIELDS, page });
    if (rows.kind !== "done") return rows;
    fresh.push(...rows.value.filter(({ id }) => !seen.has(Number(id))));
    const reached = rows.value.some(({ id }) => Number(id) >= target);
    if (reached || fresh.length >= PAGE_SIZE) return done(fresh);
  }
  return later(`${rt.settings.name}: RT shows a change ${target} but no way to it`);
}

/** Ours are the tickets in our queues, and those that we made, wherever an agent moved them. */
function queryAfter({ site }: Rt, after: number): string {
  const ours = [
    ...[...site.queues.values()].map(({ Name }) => `TicketQueue = ${quoted(Name)}`),
    `TicketCreator = ${quoted(site.me)}`,
  ];
  // Without the kind of object RT would check rights row by row, after cutting pages.
  return `ObjectType = 'RT::Ticket' AND id > ${after} AND (${ours.join(" OR ")})`;
}

async function toChanges(
  rt: Rt,
  lookups: Lookups,
  rows: readonly RtTransaction[],
): Promise<DeskOutcome<readonly DeskChange[]>> {
  return thenDone(lookUp(rt, lookups, rows), (known) =>
    done(rows.flatMap((row) => toChange(rt, known, row) ?? [])),
  );
}
