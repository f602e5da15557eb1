import { cleanText } from "#pipeline/document/clean.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import { done } from "../desk-http/outcome.ts";
import { plainText } from "../desk-http/plain-text.ts";
import type { RtTransaction } from "./rt-api.ts";
import { queueWord } from "./rt-site.ts";
import { fieldText } from "./rt-ticket.ts";
import type { Rt } from "./rt-write.ts";

/** Names by their numbers: they hardly ever change, so they are asked for once. */
export interface Lookups {
  readonly users: Map<string, string>;
  readonly queues: Map<string, string>;
}

/** What transactions only hint at. */
export interface Known extends Lookups {
  /** Tickets that were made. */
  readonly tickets: ReadonlyMap<string, { readonly device: string; readonly reference: string }>;
  /** By transaction. */
  readonly texts: ReadonlyMap<string, string>;
}

const MAX_TEXT = 20_000;
/** Each comes with its evidence: all of them must fit into one answer. */
const TICKETS_AT_ONCE = 20;

export async function lookUp(
  rt: Rt,
  lookups: Lookups,
  rows: readonly RtTransaction[],
): Promise<DeskOutcome<Known>> {
  const tickets = await ticketsOf(rt, rows);
  if (tickets.kind !== "done") return tickets;
  const texts = new Map<string, string>();
  for (const { id, Type, Creator } of rows) {
    const comment = Type === "Comment" || Type === "Correspond";
    // What we wrote ourselves we know.
    if (!comment || Creator.id === rt.site.me) continue;
    const text = await textOf(rt, id);
    if (text.kind === "done") texts.set(id, text.value);
    else if (text.kind !== "refused") return text;
  }
  for (const { Type, Field, NewValue } of rows) {
    const unknownUser = Field === "Owner" && Type !== "SetWatcher" && !lookups.users.has(NewValue);
    const name = unknownUser ? await rt.api.userName(NewValue) : undefined;
    if (name?.kind === "done") lookups.users.set(NewValue, name.value);
    else if (name !== undefined && name.kind !== "refused") return name;
    const unknownQueue = Type === "Set" && Field === "Queue" && !lookups.queues.has(NewValue);
    const queue = unknownQueue ? await rt.api.queue(NewValue) : undefined;
    if (queue?.kind === "done") lookups.queues.set(NewValue, queueWord(rt.site, queue.value));
    else if (queue !== undefined && queue.kind !== "refused") return queue;
  }
  return done({ ...lookups, tickets: tickets.value, texts });
}

async function ticketsOf(
  { api, site }: Rt,
  rows: readonly RtTransaction[],
): Promise<DeskOutcome<Known["tickets"]>> {
  const ids = rows.filter(({ Type }) => Type === "Create").map(({ ObjectId }) => ObjectId);
  const tickets: Map<string, { device: string; reference: string }> = new Map();
  for (let at = 0; at < ids.length; at += TICKETS_AT_ONCE) {
    const some = ids.slice(at, at + TICKETS_AT_ONCE).map((id) => `id = ${id}`);
    // Merged tickets are found only where their survivor is asked for.
    const query = `EffectiveId > 0 AND (${some.join(" OR ")})`;
    const found = await api.tickets({ query, fields: "CustomFields" });
    if (found.kind !== "done") return found;
    for (const { id, CustomFields = [] } of found.value) {
      tickets.set(id, {
        device: fieldText(site, { CustomFields }, "device"),
        reference: fieldText(site, { CustomFields }, "reference"),
      });
    }
  }
  return done(tickets);
}

async function textOf({ api }: Rt, transaction: string): Promise<DeskOutcome<string>> {
  const parts = await api.texts(transaction);
  if (parts.kind !== "done") return parts;
  const plain = parts.value.find(({ type }) => type === "text/plain");
  const html = parts.value.find(({ type }) => type === "text/html");
  const text = plain?.text ?? plainText(html?.text ?? "");
  return done(cleanText(text).trim().slice(0, MAX_TEXT).toWellFormed());
}
