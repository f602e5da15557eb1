import { createHash } from "node:crypto";
import type { EpochMs } from "#domain/units.ts";
import type { Ticket, TicketStatus } from "#ports/desk.ts";
import type { DeskFields, DeskSettings } from "#ports/desk-settings.ts";
import type { StatusWords } from "../desk-http/desk-words.ts";
import { statusOf, statusWords, verdictOf } from "../desk-http/desk-words.ts";
import { adfText } from "./jira-adf.ts";
import type { JiraIssue } from "./jira-api.ts";
import type { Site } from "./jira-site.ts";
import { queueWord } from "./jira-site.ts";

/** Statuses, and for `rejected` also resolutions, of the workflows that a service project comes with. */
const STOCK: StatusWords = {
  new: ["Open", "Waiting for support", "To Do"],
  open: ["In Progress", "Work in progress", "Waiting for customer", "Pending", "Reopened"],
  resolved: ["Resolved", "Done", "Closed"],
  rejected: ["Canceled", "Declined", "Won't Do", "Won't Fix"],
  closed: [],
};

export const wordsOf = (settings: DeskSettings): StatusWords => statusWords(settings, STOCK);

interface Standing {
  readonly status: string;
  /** "" = none. */
  readonly resolution: string;
  /** Jira's own three: `new`, `indeterminate`, `done`. */
  readonly category: string;
}

export function statusIn(settings: DeskSettings, is: Standing): TicketStatus {
  const words = wordsOf(settings);
  const status = statusOf(is.status, words) ?? BY_CATEGORY[is.category] ?? "open";
  const wontDo = words.rejected.some((word) => word.toLowerCase() === is.resolution.toLowerCase());
  return status === "resolved" && wontDo ? "rejected" : status;
}

const BY_CATEGORY: Readonly<Record<string, TicketStatus>> = {
  new: "new",
  indeterminate: "open",
  done: "resolved",
};

export const standing = ({ fields }: JiraIssue): Standing => ({
  status: fields.status.name,
  resolution: fields.resolution?.name ?? "",
  category: fields.status.statusCategory?.key ?? "",
});

export function toTicket(site: Site, settings: DeskSettings, issue: JiraIssue): Ticket {
  const { fields } = issue;
  const evidence = textOf(site, issue, "evidence");
  return {
    id: issue.id,
    url: `${settings.webUrl}/browse/${issue.key}`,
    reference: referenceOf(site, issue),
    revision: Number(textOf(site, issue, "revision")) || 0,
    subject: fields.summary ?? "",
    status: statusIn(settings, standing(issue)),
    raw: fields.status.name,
    owner: fields.assignee?.displayName ?? "",
    queue: queueWord(site, fields.project),
    severity: textOf(site, issue, "severity"),
    verdict: verdictOf(textOf(site, issue, "verdict"), settings),
    version: fields.updated,
    evidenceHash: evidence === "" ? "" : hashOf(evidence),
  };
}

/** On every issue of the gateway, and with the reference behind it once more. */
export const LABEL = "voorzorg";
const labelPrefix = `${LABEL}-`;
export const labelFor = (reference: string): string => labelPrefix + reference;

/** The field; where somebody emptied it, the label. */
export function referenceOf(site: Site, issue: JiraIssue): string {
  const label = issue.fields.labels.find((one) => one.startsWith(labelPrefix));
  return textOf(site, issue, "reference") || (label?.slice(labelPrefix.length) ?? "");
}

/** What stands in a field, of whatever kind it is; "" = nothing. */
export function textOf(site: Site, issue: JiraIssue, key: keyof DeskFields): string {
  const id = site.fields.get(key)?.id;
  const value: unknown = id === undefined ? undefined : issue.fields[id];
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (typeof value !== "object" || value === null) return "";
  if ("value" in value) return String(value.value);
  return adfText(value);
}

const hashOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 16);

/** "2026-03-02T08:00:00.123+0000": without a colon in the zone, Date reads it all the same. */
export const epoch = (text: string): EpochMs =>
  Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
