import type { Severity } from "#domain/case/case.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { CommentLimits } from "#pipeline/desk/budget.ts";
import { mayComment, mayReopen, mayResolve } from "#pipeline/desk/budget.ts";
import { isClosed } from "#pipeline/desk/echo.ts";
import type { Subject } from "#pipeline/desk/subject.ts";
import type { Telling } from "#pipeline/desk/telling.ts";
import { contentHash, tellingOf } from "#pipeline/desk/telling.ts";
import type { Ticket } from "#ports/desk.ts";
import type { AgentMemo, LaneNews, TicketMemo } from "#ports/desk-store.ts";

/** The evidence block is rewritten at most this often, unless status or severity change as well. */
const EVIDENCE_EVERY_MS: DurationMs = 5 * MINUTE_MS;
/** A resolved ticket of which nobody is known to have resolved it yet is not reopened before this. */
const UNEXPLAINED_MS: DurationMs = 3 * MINUTE_MS;

export interface Situation {
  readonly subject: Subject;
  readonly news: LaneNews;
  readonly agents: AgentMemo;
  /** What was last written: the base of the merge. */
  readonly memo: TicketMemo;
  /** As it was just read. */
  readonly ticket: Ticket;
  /** What the block and the link should hold. */
  readonly evidence: string;
  readonly link: string;
  readonly now: EpochMs;
  readonly settings: {
    readonly name: string;
    readonly timeZone: string;
    readonly severities: Readonly<Record<string, string>>;
    readonly comments: CommentLimits;
  };
}

/** What to do to a ticket now, with the reason for what is not done. */
export interface Plan {
  readonly fields: boolean;
  /** Within `fields`: an agent's choice is never overwritten. */
  readonly severity: boolean;
  /** What of ours stands there, as far as is known. */
  readonly written: { readonly severity: Severity | ""; readonly word: string };
  readonly severityTheirs: boolean;
  readonly reference: boolean;
  readonly status: "open" | "resolved" | null;
  /** The ticket is closed for good: another one follows it. */
  readonly followUp: boolean;
  /** "" = none. */
  readonly comment: string;
  /** The memo once all of this was done; without what the answers say. */
  readonly told: TicketMemo["told"];
  readonly reopened: number;
  /** Look again then; null = only when something changes. */
  readonly at: EpochMs | null;
  readonly why: string;
}

/** Three-way merge of what was written, what is wanted and what stands there now. */
export function planOf(situation: Situation): Plan {
  const { subject, memo, agents, ticket, now } = situation;
  const status = planStatus(situation);
  const written = severityWritten(situation);
  const theirs =
    memo.severityTheirs ||
    agents.severity ||
    (written.word !== "" && ticket.severity !== written.word);
  const ours = !memo.shared && ticket.status !== "closed" && ticket.status !== "rejected";
  const severity = ours && !theirs && subject.severity !== written.severity;
  const reference = ours && ticket.reference === "" && memo.reference !== "";
  const stale = ticket.revision > subject.revision;
  const differs = situation.evidence !== memo.evidence || situation.link !== memo.link;
  const paced = memo.evidenceAt + EVIDENCE_EVERY_MS;
  const rewrite = differs && (severity || status.write !== null || now >= paced);
  const fields = ours && !stale && (severity || rewrite || reference);
  const comment = planComment(situation, status);
  const waits = [status.at, comment.at, ours && differs && !fields && !stale ? paced : null];
  return {
    ...{ fields, severity: severity && fields, written, severityTheirs: theirs, reference },
    status: status.write,
    followUp: status.followUp,
    comment: comment.text,
    told: comment.told,
    reopened: status.reopened,
    at: earliest(waits),
    why: [status.why, comment.why].filter((why) => why !== "").join("; "),
  };
}

/** A write whose answer was lost may have been done: then that is the base of the merge. */
function severityWritten({ memo, ticket, settings }: Situation): Plan["written"] {
  const { severity, severityWord: word, severityTried: tried } = memo;
  const triedWord = settings.severities[tried] ?? "";
  if (triedWord !== "" && ticket.severity === triedWord)
    return { severity: tried, word: triedWord };
  return { severity, word };
}

export const isIdle = (plan: Plan): boolean =>
  !plan.fields && !plan.reference && plan.status === null && !plan.followUp && plan.comment === "";

interface StatusPlan {
  readonly write: "open" | "resolved" | null;
  readonly followUp: boolean;
  readonly reopened: number;
  readonly at: EpochMs | null;
  readonly why: string;
}

/** An agent's touch makes the status theirs, apart from a reopening that telemetry asks for. */
function isTouched({
  subject,
  news,
  agents,
  memo,
  ticket,
}: Omit<Situation, "settings" | "evidence" | "link" | "now">): boolean {
  const said = [agents.touchedBy, news.touchedBy, subject.touchedBy, ticket.owner];
  const begun = ticket.status === "open" && memo.status !== "open";
  return said.some((who) => who !== "") || ticket.verdict !== null || begun;
}

function planStatus(situation: Situation): StatusPlan {
  const { subject, memo, ticket } = situation;
  const nothing = { write: null, followUp: false, at: null, why: "" } as const;
  if (memo.shared) return { ...nothing, reopened: subject.refires };
  if (subject.resolvedAt !== null) return planResolve(situation);
  if (!isClosed(ticket.status) || subject.refires <= memo.reopened) {
    return { ...nothing, reopened: subject.refires };
  }
  if (ticket.status === "rejected") {
    const why = "an agent rejected the ticket: it is not reopened";
    return { ...nothing, reopened: subject.refires, why };
  }
  if (ticket.status === "closed") {
    return { ...nothing, followUp: true, reopened: subject.refires };
  }
  return planReopen(situation);
}

function planResolve(situation: Situation): StatusPlan {
  const { subject, memo, agents, news, ticket, settings, now } = situation;
  const reopened = subject.refires;
  const nothing = { write: null, followUp: false, reopened, at: null, why: "" } as const;
  if (isClosed(ticket.status)) return nothing;
  if (isAhead(subject, news)) return { ...nothing, why: "its timeline is not read yet" };
  // Our reopening crossed an agent's resolving: theirs stands.
  const crossed =
    memo.status === "open" && isClosed(agents.agentStatus) && ticket.status === "open";
  if (!crossed && isTouched(situation)) {
    return { ...nothing, why: "an agent has touched the ticket: its status is theirs" };
  }
  const may = mayResolve(memo.statusAt, settings.comments, now);
  if (may.ok || crossed) return { ...nothing, write: "resolved" };
  return { ...nothing, at: may.at, why: `not resolved yet: ${may.reason}` };
}

function planReopen({ subject, memo, agents, news, settings, now }: Situation): StatusPlan {
  const wait = { write: null, followUp: false, reopened: memo.reopened } as const;
  const may = mayReopen(memo.statusAt, settings.comments, now);
  if (!may.ok) return { ...wait, at: may.at, why: `not reopened yet: ${may.reason}` };
  const explained = memo.status === "resolved" || isClosed(agents.agentStatus);
  const patience = news.reopenedAt + UNEXPLAINED_MS;
  if (!explained && now < patience && now >= news.reopenedAt) {
    const why = "not reopened yet: it is not known who resolved the ticket";
    return { ...wait, at: Math.min(patience, now + MINUTE_MS / 2), why };
  }
  return { ...wait, write: "open", reopened: subject.refires, at: null, why: "" };
}

/** The case is read beside its timeline; the line that says why comes a moment later and wakes the lane. */
const isAhead = ({ kind, resolvedAt }: Subject, news: LaneNews): boolean =>
  kind === "case" && resolvedAt !== null && news.resolvedAt < resolvedAt;

interface CommentPlan {
  readonly text: string;
  readonly told: TicketMemo["told"];
  readonly at: EpochMs | null;
  readonly why: string;
}

function planComment(situation: Situation, status: StatusPlan): CommentPlan {
  const { subject, news, memo, ticket, settings, now } = situation;
  const { name: desk, timeZone } = settings;
  if (isAhead(subject, news)) return { text: "", told: memo.told, at: null, why: "" };
  const closed = isClosed(ticket.status) && status.write === null && subject.resolvedAt !== null;
  const place = { desk, timeZone, now, status: status.write, closed };
  const { text, told }: Telling = tellingOf(subject, news, memo, place);
  const silent = { text: "", told, at: null, why: "" };
  // The follow-up ticket tells it; a ticket that is closed for good takes no comment.
  if (text === "" || status.followUp || ticket.status === "closed") return silent;
  if (contentHash(text) === memo.comments.last) return silent;
  // Before the status has followed there would be two comments about one thing.
  if (status.at !== null) return { ...silent, told: memo.told };
  const may = mayComment(memo.comments, settings.comments, now);
  if (may.ok) return { ...silent, text };
  return { text: "", told: memo.told, at: may.at, why: `no comment yet: ${may.reason}` };
}

const earliest = (times: readonly (EpochMs | null)[]): EpochMs | null =>
  times.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
