import type { Severity } from "#domain/case/case.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import type { LaneNews, TicketMemo } from "#ports/desk-store.ts";
import type { Document } from "#ports/document.ts";

const RANK: Readonly<Record<Severity, number>> = { normal: 0, urgent: 1, safety: 2 };
/** So many changes of state between two comments are told as a number. */
const ROLLED_UP_FROM = 3;

export interface TellingPlace {
  readonly desk: string;
  readonly timeZone: string;
  readonly now: EpochMs;
  /** What the bridge does to the ticket's status at the same time. */
  readonly status: "open" | "resolved" | null;
  /** An agent closed the ticket: there is nobody to be told of a recovery. */
  readonly closed: boolean;
}

export interface Telling {
  /** "" = nothing that an agent must hear. */
  readonly text: string;
  /** What the agents know once it was said. */
  readonly told: TicketMemo["told"];
}

/** What a comment would have to say now. */
export function tellingOf(
  subject: Subject,
  news: LaneNews,
  ticket: TicketMemo,
  place: TellingPlace,
): Telling {
  const { told } = ticket;
  const worse = told.severity !== "" && RANK[subject.severity] > RANK[told.severity];
  const state =
    subject.resolvedAt === null
      ? whileOpen(subject, news, ticket, place)
      : backToNormal({ ...subject, resolvedAt: subject.resolvedAt }, news, ticket, place);
  const said = [state, worse ? `Severity is now ${subject.severity}.` : ""].filter((s) => s !== "");
  const changes = news.changes - told.changes;
  const rolled =
    said.length > 0 && changes >= ROLLED_UP_FROM
      ? [`Changed state ${changes} times since ${clockText(sinceOf(ticket, place), place)}.`]
      : [];
  return {
    text: [...rolled, ...said].join(" "),
    // What was not said goes on counting.
    told: {
      againAt: news.againAt,
      resolvedAt: subject.resolvedAt ?? told.resolvedAt,
      clearedAt: news.clearedAt > news.againAt ? news.clearedAt : 0,
      severity: subject.severity,
      changes: said.length > 0 ? news.changes : told.changes,
    },
  };
}

const sinceOf = (ticket: TicketMemo, { now }: TellingPlace): EpochMs =>
  ticket.untoldSince === 0 ? now : ticket.untoldSince;

function whileOpen(
  { needsPerson }: Subject,
  { clearedAt, againAt, againWhy, reopenedAt, reopenedWhy }: LaneNews,
  { id, told }: TicketMemo,
  { desk, status, ...place }: TellingPlace,
): string {
  if (clearedAt > againAt) {
    if (!needsPerson || clearedAt === told.clearedAt) return "";
    return `Signal back to normal since ${clockText(clearedAt, place)}. The ticket is left as it is.`;
  }
  if (againAt <= told.againAt) return "";
  if (reopenedAt > told.againAt) {
    if (fromHere(reopenedWhy, id, desk)) return "";
    return status === "open" ? `Reopened: ${reopenedWhy}` : `It is back: ${reopenedWhy}`;
  }
  return told.clearedAt === 0 ? "" : `It is back: ${againWhy}`;
}

function backToNormal(
  { resolvedAt, byPerson }: Subject & { readonly resolvedAt: EpochMs },
  { resolvedBy, resolvedWhy }: LaneNews,
  { id, told }: TicketMemo,
  place: TellingPlace,
): string {
  if (resolvedAt === told.resolvedAt || place.closed) return "";
  if (fromHere(resolvedWhy, id, place.desk)) return "";
  const since = clockText(resolvedAt, place);
  if (place.status === "resolved") return `Solved since ${since}: ${sentence(resolvedWhy)}`;
  if (byPerson) {
    const who = resolvedBy === "" ? "The case was closed" : `${resolvedBy} closed the case`;
    return `${who} at ${since}: ${sentence(resolvedWhy)} The ticket is left as it is.`;
  }
  return `Signal back to normal since ${since}. ${sentence(resolvedWhy)} The ticket is left as it is.`;
}

const sentence = (why: string): string => (why === "" ? "no reason was given." : why);

/** The agents of this ticket did it themselves. */
const fromHere = (why: string, ticket: string, desk: string): boolean =>
  why.includes(`ticket ${ticket} in ${desk}`);

/** Time of day, with the date unless it is within a day. */
function clockText(
  at: EpochMs,
  { timeZone, now }: { readonly timeZone: string; readonly now: EpochMs },
): string {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  if (Math.abs(now - at) < DAY_MS) return time.format(at);
  const day = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  return `${day.format(at)} ${time.format(at)}`;
}

export const asDocument = (text: string): Document => [{ kind: "paragraph", text }];

/** Tells one content from another; the same everywhere. */
export const contentHash = (content: unknown): string => stableId("h", [JSON.stringify(content)]);
