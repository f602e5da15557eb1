import type { Action, CaseRequest } from "#domain/record.ts";
import { stableId } from "#domain/stable-id.ts";
import type { EpochMs } from "#domain/units.ts";
import { ofLastDay } from "#pipeline/desk/budget.ts";
import { isClosed } from "#pipeline/desk/echo.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { AgentMemo, Lane } from "#ports/desk-store.ts";

export interface WantedAction {
  /** The same change gives the same id, however often it is read. */
  readonly id: string;
  readonly by: string;
  readonly action: Action;
}

export interface InboundPlace {
  readonly desk: string;
  readonly now: EpochMs;
  readonly subjectKind: "case" | "problem";
}

export interface Inbound {
  readonly actions: readonly WantedAction[];
  readonly agents: AgentMemo;
  /** Said in the log; "" = nothing. */
  readonly remark: string;
}

const COMMENT_LENGTH = 2_000;
/** Agents' reopenings of one ticket that a day passes on: beyond it two machines answer each other. */
const REOPENS_PER_DAY = 6;

/**
 * What an agent's change of a ticket means for its case or problem. `before`: the lane's memo of the
 * agents without the change, `agents`: with it.
 */
export function inboundOf(
  change: DeskChange,
  { subject, memo, agents: before }: Pick<Lane, "subject" | "memo" | "agents">,
  place: InboundPlace & { readonly agents: AgentMemo },
): Inbound {
  const { agents } = place;
  const asked = caseRequests(change, {
    caseId: subject,
    desk: place.desk,
    url: memo.ticket?.url ?? "",
    was: before.status === "" ? (memo.ticket?.status ?? "") : before.status,
  });
  const reopens = asked.some(({ name }) => name === "reopen");
  const recent = ofLastDay(before.reopenedAt, place.now);
  if (reopens && recent.length >= REOPENS_PER_DAY) {
    const remark = `ticket ${change.ticket} was reopened ${recent.length} times within a day: something answers the bridge, its case stays as it is`;
    return { actions: [], agents, remark };
  }
  const actions = asked
    .map((request) => (place.subjectKind === "case" ? request : onProblem(request, change)))
    .flatMap((action, i) => {
      if (action === undefined) return [];
      const id = stableId("desk", [place.desk, change.id, subject, i]);
      return [{ id, by: byOf(change, action), action }];
    });
  const next = reopens ? { ...agents, reopenedAt: [...recent, place.now] } : agents;
  return { actions, agents: next, remark: "" };
}

/** A ticket that somebody made about a device: the owner got in touch. */
export function ownerCalled(change: DeskChange, desk: string): WantedAction | undefined {
  if (change.kind !== "created" || change.own) return undefined;
  if (change.device === "" || change.reference !== "") return undefined;
  return {
    id: stableId("desk", [desk, change.id, change.device, "owner_called"]),
    by: nameOf(change.by),
    action: {
      name: "owner_called",
      device: change.device,
      calledAt: change.at,
      source: `ticket ${change.ticket} in ${desk}`,
    },
  };
}

interface Known {
  readonly caseId: string;
  readonly desk: string;
  readonly url: string;
  /** Status before the change; "" = not known. */
  readonly was: string;
}

function caseRequests(change: DeskChange, known: Known): readonly CaseRequest[] {
  const { caseId, desk } = known;
  const where = `ticket ${change.ticket} in ${desk}`;
  switch (change.kind) {
    case "comment": {
      const comment = change.text.trim().slice(0, COMMENT_LENGTH);
      return comment === "" ? [] : [{ name: "comment", caseId, comment }];
    }
    case "owner":
      return [change.to === "" ? { name: "give_back", caseId } : { name: "acknowledge", caseId }];
    case "verdict":
      if (change.verdict === null) return [];
      return [{ name: "verdict", caseId, verdict: change.verdict, comment: `Set on ${where}.` }];
    case "queue": {
      const detail = `${nameOf(change.by)} moved ${where} to ${change.to}.`;
      const { ticket } = change;
      return [{ name: "ticket", caseId, desk, ticket, url: known.url, change: "moved", detail }];
    }
    case "status":
      return statusRequests(change, known, where);
    // The lane reads the ticket and says what became of it.
    case "merged":
    case "field":
    case "created":
      return [];
  }
}

function statusRequests(
  { to, raw, by }: Extract<DeskChange, { kind: "status" }>,
  { caseId, was }: Known,
  where: string,
): readonly CaseRequest[] {
  const name = nameOf(by);
  if (to === "rejected") {
    return [
      { name: "resolve", caseId, as: "wont_fix", comment: `${name} set ${where} to ${raw}.` },
    ];
  }
  if (isClosed(to)) {
    if (isClosed(was)) return [];
    return [{ name: "resolve", caseId, as: "done", comment: `${name} set ${where} to ${raw}.` }];
  }
  if (!isClosed(was)) return [];
  return [{ name: "reopen", caseId, comment: `${name} reopened ${where}` }];
}

/** A problem has fewer words than a case. */
function onProblem(request: CaseRequest, change: DeskChange): Action | undefined {
  const problem = request.caseId;
  switch (request.name) {
    case "resolve":
      return { name: "problem_resolve", problem, comment: request.comment };
    case "comment":
      return { name: "problem_comment", problem, comment: request.comment };
    case "verdict":
      return request.verdict === "false_alarm"
        ? { name: "problem_dissolve", problem, comment: request.comment }
        : { name: "problem_comment", problem, comment: `${request.verdict}. ${request.comment}` };
    case "acknowledge": {
      const to = change.kind === "owner" ? change.to : nameOf(change.by);
      return { name: "problem_comment", problem, comment: `${to} took it.` };
    }
    case "give_back":
      return { name: "problem_comment", problem, comment: `${nameOf(change.by)} gave it back.` };
    case "reopen":
      return { name: "problem_comment", problem, comment: `${request.comment}.` };
    case "ticket":
      return {
        name: "problem_ticket",
        problem,
        desk: request.desk,
        ticket: request.ticket,
        url: request.url,
        detail: request.detail,
      };
    case "approve":
    case "decline":
    case "undo":
      return undefined;
  }
}

/** Who takes a case is who has the ticket, not who assigned it. */
const byOf = (change: DeskChange, action: Action): string =>
  action.name === "acknowledge" && change.kind === "owner" ? change.to : nameOf(change.by);

const nameOf = (by: string): string => (by === "" ? "an agent" : by);
