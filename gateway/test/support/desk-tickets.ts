import assert from "node:assert/strict";
import type { DeskOutcome, GatewayFields, NewTicket } from "../../src/ports/desk.ts";

let count = 0;

/** A ticket as the gateway makes it, with a reference of its own. */
export const newTicket = (more: Partial<NewTicket> = {}): NewTicket => ({
  reference: `case-${++count}-1`,
  dedupKey: `boiler-${count}/pressure`,
  device: `boiler-${count}`,
  product: "boiler",
  subject: "Pressure falls",
  body: [{ kind: "paragraph", text: "Look at the valve." }],
  queue: "proactive",
  attachments: [],
  follows: "",
  parent: "",
  revision: 1,
  severity: "urgent",
  link: "https://gateway.example/cases/1",
  evidence: [{ kind: "facts", rows: [["Now", "0.8 bar"]] }],
  ...more,
});

/** What the gateway writes when the case has gone on. */
export const nextFields = (ticket: NewTicket, bar: string): GatewayFields => ({
  revision: ticket.revision + 1,
  severity: "safety",
  link: ticket.link,
  evidence: [{ kind: "facts", rows: [["Now", bar]] }],
});

/** The value of what was done; anything else fails the test with what the desk said. */
export function doneValue<T>(outcome: DeskOutcome<T>): T {
  assert(outcome.kind === "done", JSON.stringify(outcome));
  return outcome.value;
}
