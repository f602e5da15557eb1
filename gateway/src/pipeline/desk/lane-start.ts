import type { CaseEvent } from "#domain/case/case.ts";
import type { AgentMemo, LaneMemo, LaneNews, TicketMemo } from "#ports/desk-store.ts";

export const NO_NEWS: LaneNews = {
  changes: 0,
  clearedAt: 0,
  againAt: 0,
  againWhy: "",
  reopenedAt: 0,
  reopenedWhy: "",
  resolvedAt: 0,
  resolvedBy: "",
  resolvedWhy: "",
  touchedBy: "",
};

export const NEW_MEMO: LaneMemo = {
  kind: "case",
  number: 1,
  attempt: null,
  ticket: null,
  earlier: [],
  problem: "",
  notKept: 0,
};

export const NO_AGENTS: AgentMemo = {
  touchedBy: "",
  severity: false,
  status: "",
  agentStatus: "",
  ownStatusSeen: 0,
  ownCommentAt: 0,
  mergedInto: "",
  rechecks: 0,
  reopenedAt: [],
};

export const NEW_TICKET: TicketMemo = {
  id: "",
  url: "",
  reference: "",
  shared: false,
  lost: false,
  revision: 0,
  severity: "",
  severityWord: "",
  severityTried: "",
  severityTheirs: false,
  link: "",
  evidence: "",
  evidenceAt: 0,
  status: "",
  statusTried: "",
  statusWrites: 0,
  statusAt: [],
  reopened: 0,
  told: { againAt: 0, resolvedAt: 0, clearedAt: 0, severity: "", changes: 0 },
  untoldSince: 0,
  comments: { sentAt: [], last: "" },
  said: [],
  linkedTo: "",
  verifyAt: 0,
  announced: false,
  rechecked: 0,
};

const MACHINES: ReadonlySet<string> = new Set(["gateway", "device"]);
const TOUCHES: ReadonlySet<CaseEvent["kind"]> = new Set([
  "acknowledged",
  "verdict",
  "comment",
  "approved",
  "declined",
  "undone",
]);

/** Keeps of a timeline's line what tickets need to know. */
export function noteEvent(news: LaneNews, event: CaseEvent): LaneNews {
  const person = MACHINES.has(event.by) ? "" : event.by;
  if (TOUCHES.has(event.kind)) return person === "" ? news : { ...news, touchedBy: person };
  const changed = { ...news, changes: news.changes + 1 };
  const { at, reason } = event;
  if (event.kind === "alert_cleared") return { ...changed, clearedAt: at };
  if (event.kind === "refired") return { ...changed, againAt: at, againWhy: reason };
  if (event.kind === "reopened") {
    return { ...changed, againAt: at, againWhy: reason, reopenedAt: at, reopenedWhy: reason };
  }
  if (event.kind !== "resolved") return news;
  // By telemetry, the clearing was counted.
  const base = person === "" ? news : changed;
  return { ...base, resolvedAt: at, resolvedBy: person, resolvedWhy: reason };
}

/**
 * Whether a line of a timeline can change what a ticket should look like. What became of the ticket
 * itself does not, or each ticket would wake its lane again.
 */
export const wakesLane = (kind: CaseEvent["kind"]): boolean => kind !== "ticket";
