import type { TicketLink } from "#domain/case/case.ts";
import { patchCase } from "#domain/case/transitions.ts";
import type { CaseState } from "#domain/engine/state.ts";
import type { World } from "#domain/engine/world.ts";
import type { CaseRequest } from "#domain/record.ts";

type TicketChange = Extract<CaseRequest, { name: "ticket" }>;

const SAID: Readonly<Record<TicketChange["change"], string>> = {
  created: "was created",
  merged: "stands for the case now: an agent merged its ticket",
  moved: "was moved",
  lost: "is gone",
  refused: "takes nothing",
};

/** What became of the case's ticket in a desk: the case keeps the latest one per desk. */
export function ticketChanged(
  world: World,
  state: CaseState,
  action: TicketChange,
  by: string,
): void {
  const { desk, ticket, url, change, detail } = action;
  const { tickets: before = [] } = state.view;
  if (change !== "refused") {
    const tickets =
      change === "lost"
        ? before.filter((one) => one.desk !== desk)
        : withTicket(before, { desk, id: ticket, url });
    patchCase(world, state, { tickets });
  }
  const reason = detail === "" ? `Ticket ${ticket} in ${desk} ${SAID[change]}.` : detail;
  world.say(state.view, "ticket", reason, by);
}

/** The latest per desk, in the order in which the desks came. */
export const withTicket = (
  tickets: readonly TicketLink[],
  ticket: TicketLink,
): readonly TicketLink[] =>
  tickets.some(({ desk }) => desk === ticket.desk)
    ? tickets.map((one) => (one.desk === ticket.desk ? ticket : one))
    : [...tickets, ticket];
