import type { Ticket, TicketStatus } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import type { StatusWords } from "../desk-http/desk-words.ts";
import { statusOf, statusWords, verdictOf } from "../desk-http/desk-words.ts";
import { evidenceHash } from "./evidence-block.ts";
import type { RedmineIssue } from "./redmine-api.ts";
import type { Site } from "./redmine-site.ts";
import { queueName, statusNamed } from "./redmine-site.ts";

/** Statuses that a new Redmine comes with. */
const STOCK: StatusWords = {
  new: ["New"],
  open: ["In Progress", "Feedback"],
  resolved: ["Resolved", "Closed"],
  rejected: ["Rejected"],
  // A closed issue can be opened again: nothing is final here.
  closed: [],
};

export const wordsOf = (settings: DeskSettings): StatusWords => statusWords(settings, STOCK);

/** A status that the desk's file does not know counts by whether Redmine calls it closed. */
export function statusIn(site: Site, settings: DeskSettings, raw: string): TicketStatus {
  const known = statusOf(raw, wordsOf(settings));
  return known ?? (statusNamed(site, raw)?.is_closed === true ? "resolved" : "open");
}

export function toTicket(site: Site, settings: DeskSettings, issue: RedmineIssue): Ticket {
  const raw = issue.status.name;
  return {
    id: String(issue.id),
    url: `${settings.webUrl}/issues/${issue.id}`,
    reference: fieldValue(site, issue, "reference"),
    revision: Number(fieldValue(site, issue, "revision")) || 0,
    subject: issue.subject,
    status: statusIn(site, settings, raw),
    raw,
    owner: issue.assigned_to?.name ?? "",
    queue: queueName(site, settings, issue.project.id),
    severity: fieldValue(site, issue, "severity"),
    verdict: verdictOf(fieldValue(site, issue, "verdict"), settings),
    version: versionOf(issue),
    evidenceHash: evidenceHash(issue.description ?? ""),
  };
}

/** Redmine shows no version; every change adds a journal, so the last one tells them apart within a second, too. */
export function versionOf(issue: RedmineIssue): string {
  const last = issue.journals.reduce((newest, { id }) => Math.max(newest, id), 0);
  return `${issue.updated_on}/${last}`;
}

/** "" = empty, or the issue does not have this field. */
export function fieldValue(site: Site, issue: RedmineIssue, key: keyof DeskFields): string {
  const id = site.fields.get(key);
  const value = issue.custom_fields.find((field) => field.id === id)?.value;
  return typeof value === "string" ? value : "";
}
