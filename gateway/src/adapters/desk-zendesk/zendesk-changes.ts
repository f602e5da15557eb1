import { z } from "zod";
import { SECOND_MS } from "#domain/units.ts";
import type { ChangesPage, DeskChange, DeskOutcome } from "#ports/desk.ts";
import { decode, parseJson } from "../desk-http/json.ts";
import { done, refused } from "../desk-http/outcome.ts";
import type { ZendeskEvent, ZendeskEventPage, ZendeskTicket } from "./zendesk-api.ts";
import { MANY } from "./zendesk-api.ts";
import type { Zendesk } from "./zendesk-desk.ts";
import { changesOf } from "./zendesk-event.ts";
import { fieldValue } from "./zendesk-ticket.ts";

/** Zendesk refuses to begin within the last minute, which it holds back; clocks differ a little. */
const HELD_BACK_S = 90;

const cursorSchema = z.strictObject({
  /** Seconds since 1970. What is older is of the past and not told. */
  from: z.int(),
  start: z.int(),
  /** Events of the second `start` that were told already: the export begins with them again. */
  seen: z.array(z.int()),
});
type Cursor = z.output<typeof cursorSchema>;

export async function readChanges(
  zendesk: Zendesk,
  cursor: string,
): Promise<DeskOutcome<ChangesPage>> {
  if (cursor === "") return fromNowOn(zendesk);
  const at = decode(cursorSchema, parseJson(cursor));
  if (!at.ok) {
    return refused("invalid", `${zendesk.settings.name}: the cursor is none: ${at.reason}`);
  }
  const { from, start, seen } = at.value;
  const page = await zendesk.api.events(start);
  if (page.kind !== "done") return page;
  const told = new Set(seen);
  const news = page.value.ticket_events.filter(
    ({ id, timestamp }) => timestamp >= from && !told.has(id),
  );
  const changes = await changesOfEvents(zendesk, news);
  if (changes.kind !== "done") return changes;
  return done({
    changes: changes.value,
    cursor: JSON.stringify(after(at.value, page.value)),
    more: !page.value.end_of_stream,
  });
}

/** Everything that can be seen now, and what is held back until now, is of the past. */
async function fromNowOn({ api, now }: Zendesk): Promise<DeskOutcome<ChangesPage>> {
  const from = Math.floor(now() / SECOND_MS);
  let cursor: Cursor = { from, start: from - HELD_BACK_S, seen: [] };
  for (;;) {
    const page = await api.events(cursor.start);
    if (page.kind !== "done") return page;
    cursor = after(cursor, page.value);
    if (page.value.end_of_stream) break;
  }
  return done({ changes: [], cursor: JSON.stringify(cursor), more: false });
}

function after(cursor: Cursor, page: ZendeskEventPage): Cursor {
  const { from, start, seen } = cursor;
  const end = Math.max(start, page.end_time ?? start);
  // More events in one second than a page holds: the export would begin with them for ever.
  const stuck = end === start && !page.end_of_stream;
  const next = stuck ? start + 1 : end;
  const ids = page.ticket_events.filter(({ timestamp }) => timestamp >= next).map(({ id }) => id);
  return { from, start: next, seen: [...new Set(next === start ? [...seen, ...ids] : ids)] };
}

/** Of tickets with a reference of ours or a device; all others are none of our business. */
async function changesOfEvents(
  zendesk: Zendesk,
  events: readonly ZendeskEvent[],
): Promise<DeskOutcome<readonly DeskChange[]>> {
  const tickets = await ticketsOf(zendesk, events);
  if (tickets.kind !== "done") return tickets;
  const ours = events.filter(
    (event) =>
      tickets.value.has(event.ticket_id) ||
      event.merged_ticket_ids?.some((id) => tickets.value.has(id)) === true,
  );
  const names = await zendesk.people.names(zendesk.api, peopleIn(ours));
  if (names.kind !== "done") return names;
  return done(
    ours.flatMap((event) =>
      changesOf(zendesk, { event, ticket: tickets.value.get(event.ticket_id), names: names.value }),
    ),
  );
}

async function ticketsOf(
  { api, site }: Zendesk,
  events: readonly ZendeskEvent[],
): Promise<DeskOutcome<ReadonlyMap<number, ZendeskTicket>>> {
  const ids = [
    ...new Set(events.flatMap((event) => [event.ticket_id, ...(event.merged_ticket_ids ?? [])])),
  ];
  const ours = new Map<number, ZendeskTicket>();
  for (let i = 0; i < ids.length; i += MANY) {
    const some = await api.ticketsNumbered(ids.slice(i, i + MANY));
    if (some.kind !== "done") return some;
    for (const ticket of some.value) {
      const reference = ticket.external_id ?? "";
      if (reference !== "" || fieldValue(site, ticket, "device") !== "")
        ours.set(ticket.id, ticket);
    }
  }
  return done(ours);
}

const peopleIn = (events: readonly ZendeskEvent[]): readonly number[] =>
  events
    .flatMap(({ updater_id, child_events }) => [
      updater_id,
      ...child_events.flatMap((child) => [child.author_id, child.assignee_id]),
    ])
    .map(Number)
    .filter((id) => Number.isSafeInteger(id) && id > 0);
