import { expect } from "vitest";
import type { DeskChange, DeskOutcome, NewTicket, Ticket } from "#ports/desk.ts";
import type { DeskUnderTest } from "./desk.ts";

let count = 0;

/** No other test has it. */
export const newReference = (): string => `case-${Date.now().toString(36)}-${++count}`;

export function newTicket(under: DeskUnderTest, fields: Partial<NewTicket> = {}): NewTicket {
  const reference = fields.reference ?? newReference();
  return {
    reference,
    dedupKey: `espresso/espresso-7/boiler-hot/${reference}`,
    device: "espresso-7",
    product: "espresso",
    subject: `Boiler too hot: espresso-7 (${reference})`,
    body: [{ kind: "paragraph", text: "The boiler of espresso-7 is 6 K above its limit." }],
    queue: under.settings.queues.default,
    attachments: [],
    follows: "",
    parent: "",
    revision: 1,
    severity: "normal",
    link: "https://gateway.invalid/cases/1",
    evidence: [{ kind: "facts", rows: [["Boiler", "141.2 °C, at most 135 °C"]] }],
    ...fields,
  };
}

/** The value of what was done; fails with the desk's words. */
export function got<T>(outcome: DeskOutcome<T>): T {
  if (outcome.kind === "done") return outcome.value;
  throw new Error(`${outcome.kind}: ${outcome.reason}`);
}

/** A new ticket that is to be found. */
export async function made(
  under: DeskUnderTest,
  fields: Partial<NewTicket> = {},
): Promise<{ readonly id: string; readonly ticket: NewTicket }> {
  const ticket = newTicket(under, fields);
  const { id } = got(await under.desk.create(ticket, `${ticket.reference}/1`));
  await under.settle();
  return { id, ticket };
}

export const readBack = async ({ desk }: DeskUnderTest, id: string): Promise<Ticket> =>
  got(await desk.read(id));

/** All changes after a cursor, page by page. */
export async function changesAfter(
  { desk, settle }: DeskUnderTest,
  cursor: string,
): Promise<{ readonly changes: readonly DeskChange[]; readonly cursor: string }> {
  await settle();
  const changes: DeskChange[] = [];
  let at = cursor;
  for (let page = 0; page < 200; page++) {
    const read = got(await desk.changes(at));
    changes.push(...read.changes);
    at = read.cursor;
    if (!read.more) return { changes, cursor: at };
  }
  return expect.unreachable("the desk's changes do not end");
}

export const startHere = async ({ desk, settle }: DeskUnderTest): Promise<string> => {
  await settle();
  return got(await desk.changes("")).cursor;
};
