import type { DurationMs } from "#domain/units.ts";
import { SECOND_MS } from "#domain/units.ts";
import type { DeskChange, TicketStatus } from "#ports/desk.ts";
import type { AgentMemo, TicketMemo } from "#ports/desk-store.ts";

/** What a desk does by itself because of a comment of ours follows it within this, on the desk's clock. */
const SIDE_EFFECT_MS: DurationMs = 2 * SECOND_MS;
/** Signs what a desk's own rules do, e.g. `RT_System`. */
const MACHINE = /system|automation|workflow/i;

const CLOSED: ReadonlySet<string> = new Set<TicketStatus>(["resolved", "rejected", "closed"]);
export const isClosed = (status: string): boolean => CLOSED.has(status);

export type Judged =
  /** Ours, or it results in what stands there already: nothing for the case. */
  | { readonly kind: "echo"; readonly reason: string; readonly agents: AgentMemo }
  | { readonly kind: "agent"; readonly agents: AgentMemo };

/**
 * Tells our own doing from an agent's. What counts is what a change results in, not only who signed
 * it: a desk's own rules act in their own name because of what we wrote.
 */
export function judgeChange(
  change: DeskChange,
  ticket: TicketMemo | null,
  agents: AgentMemo,
): Judged {
  const echo = (reason: string, next: AgentMemo): Judged => ({
    kind: "echo",
    reason,
    agents: next,
  });
  if (change.kind === "status") return judgeStatus(change, ticket, agents);
  if (change.own) {
    const commented = change.kind === "comment";
    return echo("ours", commented ? { ...agents, ownCommentAt: change.at } : agents);
  }
  if (change.kind === "comment" && ticket?.said.includes(change.id)) {
    return echo("our comment under another name", { ...agents, ownCommentAt: change.at });
  }
  if (change.kind === "field" && change.field === "") {
    return echo("a field that is none of ours", agents);
  }
  return { kind: "agent", agents: touched(change, agents) };
}

function judgeStatus(
  change: Extract<DeskChange, { kind: "status" }>,
  ticket: TicketMemo | null,
  agents: AgentMemo,
): Judged {
  const next: AgentMemo = { ...agents, status: change.to };
  const seen: AgentMemo = { ...next, ownStatusSeen: agents.ownStatusSeen + 1 };
  if (change.own) return { kind: "echo", reason: "ours", agents: seen };
  if (change.to === agents.status) {
    return { kind: "echo", reason: "it is so already", agents: next };
  }
  if (change.to === unseenOf(ticket, agents) && MACHINE.test(change.by)) {
    return { kind: "echo", reason: "it results in what we wrote", agents: next };
  }
  const followsOurs =
    agents.ownCommentAt > 0 &&
    change.at >= agents.ownCommentAt &&
    change.at - agents.ownCommentAt <= SIDE_EFFECT_MS;
  if (followsOurs && MACHINE.test(change.by)) {
    return { kind: "echo", reason: "the desk did it because of our comment", agents: next };
  }
  return { kind: "agent", agents: touched(change, { ...next, agentStatus: change.to }) };
}

/** What we wrote to the status and did not see among the changes yet; "" = nothing. */
function unseenOf(ticket: TicketMemo | null, { ownStatusSeen }: AgentMemo): string {
  if (ticket === null) return "";
  if (ticket.statusTried !== "") return ticket.statusTried;
  return ticket.statusWrites > ownStatusSeen ? ticket.status : "";
}

/** A verdict that is only taken away, or a ticket that is only made, is no work on it. */
function touched(change: DeskChange, agents: AgentMemo): AgentMemo {
  switch (change.kind) {
    case "created":
      return agents;
    case "merged":
      return {
        ...agents,
        touchedBy: change.by,
        mergedInto: change.into,
        rechecks: agents.rechecks + 1,
      };
    case "field":
      return {
        ...agents,
        severity: agents.severity || change.field === "severity",
        rechecks: agents.rechecks + 1,
      };
    case "queue":
      return { ...agents, touchedBy: change.by };
    case "comment":
    case "owner":
    case "status":
    case "verdict":
      return { ...agents, touchedBy: change.by };
  }
}
