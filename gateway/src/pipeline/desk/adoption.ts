import { stableId } from "#domain/stable-id.ts";
import type { DurationMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import { ofLastDay } from "#pipeline/desk/budget.ts";
import { NEW_TICKET } from "#pipeline/desk/lane-start.ts";
import type { LaneEnd, LaneWork } from "#pipeline/desk/lane-work.ts";
import { failed, LOST } from "#pipeline/desk/lane-work.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import { numberOf, referenceOf } from "#pipeline/desk/subject.ts";
import type { Ticket } from "#ports/desk.ts";
import type { LaneMemo, TicketMemo } from "#ports/desk-store.ts";

export interface Adopted {
  /** `made`: by the create that was just read back, so it holds what was meant. */
  readonly made: boolean;
  readonly ticket?: Ticket;
  /** Where the desk cannot be read. */
  readonly id?: string;
}

/** A request that was given up may still be carried out within this. */
const LATE_COMMIT_MS: DurationMs = MINUTE_MS;

/** The ticket is the lane's from now on. Undefined = done. */
export async function adopt(
  work: LaneWork,
  subject: Subject,
  adopted: Adopted,
): Promise<LaneEnd | undefined> {
  const { ticket } = adopted;
  const number = numberOf(subject.id, ticket?.reference ?? "") ?? work.memo.number;
  const memo = firstMemo(work, subject, { ...adopted, number });
  // An agent may have begun before a lost file was made anew.
  const unseen = !adopted.made && work.memo.attempt === null ? (ticket?.owner ?? "") : "";
  const next: LaneMemo = {
    ...work.memo,
    ...{ kind: subject.kind, number, attempt: null, ticket: memo, notKept: 0 },
  };
  if (!work.keep(next)) return LOST;
  if (unseen !== "" && subject.touchedBy === "" && subject.kind === "case") {
    const id = stableId("desk", [work.deps.settings.name, memo.id, subject.id, unseen]);
    await work.deps.act(id, unseen, { name: "acknowledge", caseId: subject.id });
  }
  return undefined;
}

export const dossierOf = (
  { deps: { dossiers, settings } }: LaneWork,
  { kind, id }: Subject,
): ReturnType<LaneWork["deps"]["dossiers"]["ofCase"]> =>
  kind === "case"
    ? dossiers.ofCase(id, { charts: false, desk: settings.name })
    : dossiers.ofProblem(id, { desk: settings.name });

function firstMemo(
  work: LaneWork,
  subject: Subject,
  { made, ticket, id = "", number }: Adopted & { readonly number: number },
): TicketMemo {
  const { capabilities } = work.deps;
  const { news, memo } = work.lane;
  const searched = capabilities.fence === "search" || capabilities.fence === "none";
  const doubtful = capabilities.searchLagMs > 0 || (work.memo.attempt?.tries ?? 0) > 1;
  const lags = made && searched && doubtful;
  return {
    ...NEW_TICKET,
    ...written(work, subject, ticket),
    id: ticket?.id ?? id,
    url: ticket?.url ?? "",
    reference: referenceOf(subject.id, number),
    shared: made ? false : foreignTo(subject, ticket),
    evidenceAt: made ? work.now : 0,
    reopened: subject.refires,
    told: {
      againAt: news.againAt,
      resolvedAt: 0,
      clearedAt: news.clearedAt > news.againAt ? news.clearedAt : 0,
      severity: subject.severity,
      changes: news.changes,
    },
    verifyAt: lags ? work.now + Math.max(capabilities.searchLagMs, LATE_COMMIT_MS) : 0,
    statusAt: ofLastDay(memo.ticket?.statusAt ?? [], work.now),
    comments: memo.ticket?.comments ?? NEW_TICKET.comments,
  };
}

type Written = Pick<
  TicketMemo,
  "revision" | "severity" | "severityWord" | "severityTheirs" | "link" | "evidence"
>;

/** The base of the merge: what our create held; of a ticket from before this file, what can be told. */
function written({ memo, deps }: LaneWork, subject: Subject, ticket: Ticket | undefined): Written {
  const { sent } = memo.attempt ?? {};
  const { severities } = deps.settings;
  const severity = sent?.severity ?? subject.severity;
  const word = ticket?.severity ?? "";
  const expected = severities[severity];
  // Another word than ours was chosen by an agent.
  const theirs = expected !== undefined && word !== "" && word !== expected;
  const base = { severity, severityWord: word, severityTheirs: theirs };
  const same = sent !== undefined && (ticket === undefined || ticket.revision === sent.revision);
  if (same) return { ...base, revision: sent.revision, link: sent.link, evidence: sent.evidence };
  return { ...base, revision: ticket?.revision ?? 0, link: "", evidence: "" };
}

/** Another subject's ticket, after a merge. */
export const foreignTo = (subject: Subject, ticket: Ticket | undefined): boolean =>
  ticket !== undefined &&
  ticket.reference !== "" &&
  numberOf(subject.id, ticket.reference) === undefined;

/** Tells the journal about the ticket, so that a lost file is no loss. Undefined = done. */
export async function announce(work: LaneWork, subject: Subject): Promise<LaneEnd | undefined> {
  const { ticket } = work.memo;
  if (ticket === null || ticket.announced) return undefined;
  const { settings } = work.deps;
  const said = await tellJournal(work, subject, {
    ticket,
    change: "created",
    detail: `Ticket ${ticket.id} in ${settings.name} stands for it.`,
  });
  if (said !== undefined) return said;
  work.noteTicket({ announced: true });
  return undefined;
}

/** An entry of the timeline about the ticket. Undefined = done. */
export async function tellJournal(
  work: LaneWork,
  subject: Subject,
  {
    ticket,
    change,
    detail,
  }: {
    readonly ticket: { readonly id: string; readonly url: string };
    readonly change: "created" | "merged" | "lost";
    readonly detail: string;
  },
): Promise<LaneEnd | undefined> {
  const { settings, act } = work.deps;
  const about = { desk: settings.name, ticket: ticket.id, url: ticket.url, detail };
  const id = stableId("desk", [settings.name, ticket.id, subject.id, change]);
  try {
    await act(
      id,
      "gateway",
      subject.kind === "case"
        ? { name: "ticket", caseId: subject.id, change, ...about }
        : { name: "problem_ticket", problem: subject.id, ...about },
    );
    return undefined;
  } catch (error) {
    return failed(`the journal did not take what became of ticket ${ticket.id}: ${String(error)}`);
  }
}
