import type { DeskOutcome, Ticket } from "#ports/desk.ts";
import { mapDone, thenDone, unknown } from "../desk-http/outcome.ts";
import type { ZendeskTicket } from "./zendesk-api.ts";
import type { Zendesk } from "./zendesk-desk.ts";
import { referencePlace, toTicket } from "./zendesk-ticket.ts";

export const readTicket = (
  { api, settings, site, people }: Zendesk,
  id: string,
): Promise<DeskOutcome<Ticket>> =>
  thenDone(api.ticket(id), async (ticket) =>
    mapDone(await people.name(api, ticket.assignee_id), (owner) =>
      toTicket(site, settings, { ticket, owner }),
    ),
  );

/** `external_id` is not unique, so there may be several. */
export async function findTickets(
  zendesk: Zendesk,
  reference: string,
  known: readonly string[],
): Promise<DeskOutcome<readonly Ticket[]>> {
  const { api, settings } = zendesk;
  const place = referencePlace(settings);
  if (place.kind !== "done") return place;
  return thenDone(api.ticketsOf(reference), (rows) => {
    const found = rows.filter((row) => row.external_id === reference);
    const missing = known.filter((id) => !found.some((row) => String(row.id) === id));
    return missing.length === 0
      ? withOwners(zendesk, found)
      : unknown(
          `${settings.name}: ${missing.map((id) => `#${id}`).join(", ")} should hold the reference ${reference} and is not found`,
        );
  });
}

/** Tickets that we made and that have no reference: the tag says that they are ours. */
export async function findOrphans(zendesk: Zendesk): Promise<DeskOutcome<readonly Ticket[]>> {
  const { api, settings, site } = zendesk;
  const place = referencePlace(settings);
  if (place.kind !== "done") return place;
  const query = `type:ticket submitter:${site.me.id} tags:voorzorg status<solved`;
  return thenDone(api.search(query), (rows) =>
    withOwners(
      zendesk,
      // A search may find more than was asked for.
      rows.filter((row) => !row.external_id && row.submitter_id === site.me.id),
    ),
  );
}

async function withOwners(
  { api, settings, site, people }: Zendesk,
  rows: readonly ZendeskTicket[],
): Promise<DeskOutcome<readonly Ticket[]>> {
  const owners = rows.flatMap(({ assignee_id }) => assignee_id ?? []);
  return mapDone(await people.names(api, owners), (names) =>
    rows
      .toSorted((a, b) => a.id - b.id)
      .map((ticket) => {
        const { assignee_id: id } = ticket;
        const owner = id === null || id === undefined ? "" : (names.get(id) ?? `user ${id}`);
        return toTicket(site, settings, { ticket, owner });
      }),
  );
}
