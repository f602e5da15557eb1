import { createHash } from "node:crypto";
import type { DeskOutcome, Ticket, TicketStatus } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import type { StatusWords } from "../desk-http/desk-words.ts";
import { statusOf, statusWords, verdictOf } from "../desk-http/desk-words.ts";
import { done, refused } from "../desk-http/outcome.ts";
import type { ZendeskTicket } from "./zendesk-api.ts";
import type { Site } from "./zendesk-site.ts";
import { optionWord, queueWord } from "./zendesk-site.ts";

const STOCK: StatusWords = {
  new: ["new"],
  open: ["open", "pending", "hold"],
  resolved: ["solved"],
  // Zendesk has no such status: a solved ticket with a tag stands for it.
  rejected: [],
  closed: ["closed"],
};

export const wordsOf = (settings: DeskSettings): StatusWords => statusWords(settings, STOCK);

/** Only one place holds the reference: a file that names another one means something else. */
export function referencePlace({ fields, name }: DeskSettings): DeskOutcome<null> {
  const word = fields.reference ?? "external_id";
  return word === "external_id"
    ? done(null)
    : refused(
        "invalid",
        `${name}: the reference is kept in external_id, not ${JSON.stringify(word)}`,
      );
}

/** On a solved ticket it says "won't fix". */
export const rejectedTag = ({ options }: DeskSettings): string => options.rejectedTag ?? "wont_fix";

export function statusIn(
  settings: DeskSettings,
  raw: string,
  tags: readonly string[],
): TicketStatus {
  const status = statusOf(raw, wordsOf(settings)) ?? "open";
  return status === "resolved" && tags.includes(rejectedTag(settings)) ? "rejected" : status;
}

/** `owner`: name of the assignee. */
export function toTicket(
  site: Site,
  settings: DeskSettings,
  from: { readonly ticket: ZendeskTicket; readonly owner: string },
): Ticket {
  const { ticket, owner } = from;
  const evidence = fieldValue(site, ticket, "evidence");
  return {
    id: String(ticket.id),
    url: `${settings.webUrl}/agent/tickets/${ticket.id}`,
    reference: ticket.external_id ?? "",
    revision: Number(fieldValue(site, ticket, "revision")) || 0,
    subject: ticket.subject ?? "",
    status: statusIn(settings, ticket.status, ticket.tags),
    raw: ticket.status,
    owner,
    queue: queueWord(site, settings, ticket.group_id ?? null),
    severity: wordIn(site, ticket, "severity", Object.values(settings.severities)),
    verdict: verdictOf(wordIn(site, ticket, "verdict", Object.values(settings.verdicts)), settings),
    version: ticket.updated_at,
    evidenceHash: evidence === "" ? "" : hashOf(evidence),
  };
}

function wordIn(
  site: Site,
  ticket: ZendeskTicket,
  key: keyof DeskFields,
  words: readonly string[],
): string {
  const field = site.fields.get(key);
  return field === undefined ? "" : optionWord(field, fieldValue(site, ticket, key), words);
}

/** "" = empty, or the ticket has no such field. */
export function fieldValue(site: Site, ticket: ZendeskTicket, key: keyof DeskFields): string {
  const id = site.fields.get(key)?.id;
  const value = ticket.custom_fields.find((field) => field.id === id)?.value;
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

const hashOf = (text: string): string =>
  createHash("sha256").update(text.replace(/\r\n?/g, "\n").trim()).digest("hex").slice(0, 16);
