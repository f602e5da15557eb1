import { createHash } from "node:crypto";
import { cleanLine } from "#pipeline/document/clean.ts";
import { toHtml } from "#pipeline/document/html.ts";
import type { GatewayFields, Ticket, TicketStatus } from "#ports/desk.ts";
import type { DeskSettings } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import type { StatusWords } from "../desk-http/desk-words.ts";
import { severityWord, statusOf, statusWords, verdictOf } from "../desk-http/desk-words.ts";
import type { RtTicket } from "./rt-api.ts";
import type { FieldKey, Site } from "./rt-site.ts";
import { queueWord } from "./rt-site.ts";

/** Statuses of RT's default lifecycle. */
const STOCK: StatusWords = {
  new: ["new"],
  open: ["open", "stalled"],
  resolved: ["resolved"],
  rejected: ["rejected", "deleted"],
  // RT opens everything again.
  closed: [],
};

export const wordsOf = (settings: Pick<DeskSettings, "statuses">): StatusWords =>
  statusWords(settings, STOCK);

/** A status that the desk's file does not know counts as work under way: nothing is done against it. */
export const statusIn = (settings: DeskSettings, raw: string): TicketStatus =>
  statusOf(raw, wordsOf(settings)) ?? "open";

const MAX_SUBJECT = 200;

export const subjectLine = (text: string): string =>
  [...cleanLine(text)].slice(0, MAX_SUBJECT).join("");

/**
 * RT shows a line end within a field as an empty line; our HTML needs none. It folds quotations away,
 * and a draft is there to be read: lines mark where it begins and ends.
 */
export const htmlOf = (document: Document): string =>
  toHtml(document)
    .replaceAll("\n", "")
    .replaceAll("<blockquote>", "<hr><p>")
    .replaceAll("</blockquote>", "</p><hr>");

export function toTicket(
  site: Site,
  settings: DeskSettings,
  { ticket, etag }: { readonly ticket: RtTicket; readonly etag: string },
): Ticket {
  const value = (key: FieldKey): string => fieldText(site, ticket, key);
  return {
    id: ticket.id,
    url: `${settings.webUrl}/Ticket/Display.html?id=${ticket.id}`,
    reference: value("reference"),
    revision: Number(value("revision")) || 0,
    subject: ticket.Subject,
    status: statusIn(settings, ticket.Status),
    raw: ticket.Status,
    owner: ownerOf(ticket.Owner.id),
    queue: queueWord(site, ticket.Queue),
    severity: value("severity"),
    verdict: verdictOf(value("verdict"), settings),
    version: etag,
    evidenceHash: evidenceHash(value("evidence")),
  };
}

/** RT's name for nobody is always this one. */
export const ownerOf = (name: string): string => (name === "Nobody" ? "" : name);

/** "" = empty, or the ticket's queue does not have this field. */
export const fieldText = (
  site: Site,
  ticket: Pick<RtTicket, "CustomFields">,
  key: FieldKey,
): string => {
  const id = site.fields.get(key);
  return ticket.CustomFields.find((field) => field.id === id)?.values[0] ?? "";
};

function evidenceHash(html: string): string {
  const same = html.replace(/\r\n?/g, "\n").trim();
  return same === "" ? "" : createHash("sha256").update(same).digest("hex").slice(0, 16);
}

type FieldValues = Readonly<Record<string, string>>;

/** The gateway's own fields by RT's ids; those that RT does not have are left out. */
export function gatewayFields(
  site: Site,
  settings: DeskSettings,
  fields: GatewayFields,
): FieldValues {
  return byId(site, {
    revision: String(fields.revision),
    severity: severityWord(settings, fields.severity),
    link: fields.link,
    evidence: htmlOf(fields.evidence),
  });
}

export const byId = (
  site: Site,
  values: Readonly<Partial<Record<FieldKey, string>>>,
): FieldValues =>
  Object.fromEntries(
    (Object.entries(values) as [FieldKey, string][]).flatMap(([key, value]) => {
      const id = site.fields.get(key);
      return id === undefined || value === "" ? [] : [[id, value]];
    }),
  );
