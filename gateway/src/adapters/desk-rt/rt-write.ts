import type { Attachment, DeskOutcome, NewTicket, TicketChange } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import type { RtApi } from "./rt-api.ts";
import type { Site } from "./rt-site.ts";
import { byId, gatewayFields, htmlOf, subjectLine, wordsOf } from "./rt-ticket.ts";

/** What the parts of the connector share. */
export interface Rt {
  readonly api: RtApi;
  readonly settings: DeskSettings;
  readonly site: Site;
}

/**
 * Nobody is made requestor and nothing is sent as a reply: RT would mail it to the customer. RT drops
 * the reference without a word when another ticket has it; reading back shows it.
 */
export async function createTicket(
  { api, settings, site }: Rt,
  ticket: NewTicket,
): Promise<DeskOutcome<{ readonly id: string }>> {
  const queue = site.queues.get(ticket.queue);
  if (queue === undefined) {
    return refused(
      "invalid",
      `${settings.name}: RT has no queue ${JSON.stringify(ticket.queue)}, or ${site.me} may not see it`,
    );
  }
  const reference = site.fields.get("reference");
  if (!queue.TicketCustomFields.some(({ id }) => id === reference)) return noReference(settings);
  const body = site.fields.has("evidence") ? ticket.body : [...ticket.body, ...ticket.evidence];
  const created = await api.create({
    Queue: queue.id,
    Subject: subjectLine(ticket.subject),
    Content: htmlOf(body),
    ContentType: "text/html",
    CustomFields: {
      ...gatewayFields(site, settings, ticket),
      ...byId(site, {
        reference: ticket.reference,
        dedupKey: ticket.dedupKey,
        device: ticket.device,
      }),
    },
    ...(ticket.attachments.length === 0 ? {} : { Attachments: ticket.attachments.map(encoded) }),
    ...(ticket.parent === "" ? {} : { MemberOf: ticket.parent }),
    ...(ticket.follows === "" ? {} : { RefersTo: ticket.follows }),
  });
  return mapDone(created, (id) => ({ id }));
}

export async function updateTicket(
  { api, settings, site }: Rt,
  {
    id,
    change,
    expected,
  }: { readonly id: string; readonly change: TicketChange; readonly expected: string },
): Promise<DeskOutcome<null>> {
  const { fields, reference, status } = change;
  const changed = await api.change(
    id,
    {
      ...(status === undefined ? {} : { Status: wordsOf(settings)[status][0] }),
      CustomFields: {
        ...(fields === undefined ? {} : gatewayFields(site, settings, fields)),
        ...(reference === undefined ? {} : byId(site, { reference })),
      },
    },
    expected,
  );
  return mapDone(changed, () => null);
}

export async function commentTicket(
  { api }: Rt,
  id: string,
  comment: Document,
): Promise<DeskOutcome<{ readonly change: string }>> {
  const made = await api.comment(id, { Content: htmlOf(comment), ContentType: "text/html" });
  return mapDone(made, (change) => ({ change }));
}

export async function attachFile(
  { api }: Rt,
  id: string,
  file: Attachment,
): Promise<DeskOutcome<null>> {
  return mapDone(await api.comment(id, { Attachments: [encoded(file)] }), () => null);
}

/** RT answers 200 also when it does not link, so the ticket is looked at afterwards. */
export async function linkTickets(
  { api }: Rt,
  child: string,
  parent: string,
): Promise<DeskOutcome<null>> {
  return thenDone(api.change(child, { AddMemberOf: parent }), (said) =>
    thenDone(api.ticket(child), ({ ticket }) => {
      const linked = ticket._hyperlinks.some(({ ref, id }) => ref === "parent" && id === parent);
      if (linked) return done(null);
      return refused("invalid", `RT did not link ticket ${child} to ${parent}: ${said.join("; ")}`);
    }),
  );
}

/** Reason and status in one request, so that no ticket lies about rejected without a word. */
export async function rejectTicket(
  { api, settings }: Rt,
  id: string,
  reason: string,
): Promise<DeskOutcome<null>> {
  const Status = wordsOf(settings).rejected[0];
  const Content = htmlOf([{ kind: "paragraph", text: reason }]);
  return mapDone(await api.comment(id, { Content, ContentType: "text/html", Status }), () => null);
}

export const noReference = ({ name, fields }: DeskSettings): DeskOutcome<never> =>
  refused(
    "invalid",
    `${name}: the queue does not have the field ${JSON.stringify(fields.reference ?? "")} for the case's reference; without it one case could get many tickets`,
  );

const encoded = ({ name, type, bytes }: Attachment): Readonly<Record<string, string>> => ({
  FileName: name,
  FileType: type,
  FileContent: Buffer.from(bytes).toString("base64"),
});
