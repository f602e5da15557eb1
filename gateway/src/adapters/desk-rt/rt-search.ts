import type { DeskOutcome, Ticket } from "#ports/desk.ts";
import { done, thenDone, unknown } from "../desk-http/outcome.ts";
import type { RtTicket } from "./rt-api.ts";
import { quoted } from "./rt-api.ts";
import { fieldText, toTicket, wordsOf } from "./rt-ticket.ts";
import type { Rt } from "./rt-write.ts";
import { noReference } from "./rt-write.ts";

/** More tickets with one reference than this are not looked at one by one. */
const MOST = 50;

export async function readTicket(
  { api, settings, site }: Rt,
  id: string,
): Promise<DeskOutcome<Ticket>> {
  return thenDone(api.ticket(id), (read) => done(toTicket(site, settings, read)));
}

/**
 * RT's search leaves deleted tickets out and would leave merged ones out: a merged one stands for the
 * ticket that survived, a deleted one is only found when it is known.
 */
export async function findTickets(
  rt: Rt,
  reference: string,
  known: readonly string[],
): Promise<DeskOutcome<readonly Ticket[]>> {
  const field = rt.site.fields.get("reference");
  if (field === undefined) return noReference(rt.settings);
  const query = `'CF.{${field}}' = ${quoted(reference)} AND EffectiveId > 0`;
  return thenDone(rt.api.tickets({ query, fields: "EffectiveId" }), async (rows) => {
    const survivors = new Map(rows.map((row) => [row.id, row.EffectiveId ?? row.id]));
    const found = new Map<string, Ticket>();
    for (const [asked, survivor] of [...survivors].slice(0, MOST)) {
      const read = await rt.api.ticket(survivor);
      if (read.kind !== "done") return read;
      const ticket = toTicket(rt.site, rt.settings, read.value);
      // The survivor may have a reference of its own or none: it is this case's ticket now.
      if (ticket.id !== asked && !found.has(ticket.id))
        found.set(ticket.id, { ...ticket, reference });
      if (ticket.reference === reference) found.set(ticket.id, ticket);
      else if (ticket.id === asked && !isShown(read.value.ticket, field)) {
        return unknown(missing(rt.settings.name, asked, reference));
      }
    }
    for (const id of known.filter((one) => !found.has(survivors.get(one) ?? one))) {
      const read = await readTicket(rt, id);
      if (read.kind === "later") return read;
      if (read.kind !== "done" || read.value.reference !== reference) {
        return unknown(missing(rt.settings.name, id, reference));
      }
      found.set(read.value.id, read.value);
    }
    return done([...found.values()].sort((a, b) => Number(a.id) - Number(b.id)));
  });
}

const isShown = ({ CustomFields }: RtTicket, field: string): boolean =>
  CustomFields.some(({ id }) => id === field);

const missing = (desk: string, id: string, reference: string): string =>
  `${desk}: ticket ${id} should be found by ${reference} and is not; it was moved, deleted for good, its reference was changed, or its queue lost the field`;

/** A row counts only when the field is shown and empty: where it is not shown nothing is known. */
export async function findOrphans(rt: Rt): Promise<DeskOutcome<readonly Ticket[]>> {
  const { api, settings, site } = rt;
  const field = site.fields.get("reference");
  if (field === undefined) return noReference(settings);
  const queues = [...site.queues.values()].map(({ id }) => `Queue = ${id}`).join(" OR ");
  const rejected = wordsOf(settings).rejected.map((word) => ` AND Status != ${quoted(word)}`);
  const query = `Creator = ${quoted(site.me)} AND (${queues}) AND 'CF.{${field}}' IS NULL${rejected.join("")}`;
  return thenDone(api.tickets({ query, fields: "Status" }), async (rows) => {
    const orphans: Ticket[] = [];
    for (const { id } of rows.slice(0, MOST)) {
      const read = await api.ticket(id);
      if (read.kind === "later") return read;
      if (read.kind !== "done") continue;
      const { ticket } = read.value;
      const ours =
        fieldText(site, ticket, "device") !== "" || fieldText(site, ticket, "dedupKey") !== "";
      const value = toTicket(site, settings, read.value);
      if (isShown(ticket, field) && ours && value.reference === "" && value.status !== "rejected")
        orphans.push(value);
    }
    return done(orphans);
  });
}
