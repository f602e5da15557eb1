import type { DeskChange } from "#ports/desk.ts";
import { verdictOf } from "../desk-http/desk-words.ts";
import type { RtTransaction } from "./rt-api.ts";
import type { Known } from "./rt-lookups.ts";
import type { FieldKey } from "./rt-site.ts";
import { ownerOf, statusIn } from "./rt-ticket.ts";
import type { Rt } from "./rt-write.ts";

type Doing = DeskChange extends infer C
  ? C extends DeskChange
    ? Omit<C, "id" | "ticket" | "at" | "by" | "own">
    : never
  : never;

/** RT's own book-keeping: mails that it sent, and a second row for each new owner. */
const BOOK_KEEPING: ReadonlySet<string> = new Set([
  "EmailRecord",
  "CommentEmailRecord",
  "SystemError",
  "Told",
]);

const SHOWN: ReadonlySet<string> = new Set([
  "reference",
  "revision",
  "severity",
  "link",
  "evidence",
]);

/** undefined = nothing that anybody did to the ticket. */
export function toChange(rt: Rt, known: Known, row: RtTransaction): DeskChange | undefined {
  const doing = doingOf(rt, known, row);
  if (doing === undefined) return undefined;
  return {
    id: row.id,
    // As it was named then: what came before a merge belongs to the ticket that went.
    ticket: row.ObjectId,
    at: Date.parse(row.Created),
    by: row.Creator.id,
    own: row.Creator.id === rt.site.me,
    ...doing,
  };
}

function doingOf(rt: Rt, known: Known, row: RtTransaction): Doing | undefined {
  const { Type, Field, NewValue } = row;
  if (BOOK_KEEPING.has(Type) || (Type === "SetWatcher" && Field === "Owner")) return undefined;
  if (Type === "Create") {
    const { device = "", reference = "" } = known.tickets.get(row.ObjectId) ?? {};
    return { kind: "created", device, reference };
  }
  if (Type === "Comment" || Type === "Correspond") {
    return { kind: "comment", text: known.texts.get(row.id) ?? "" };
  }
  if (Type === "Status")
    return { kind: "status", to: statusIn(rt.settings, NewValue), raw: NewValue };
  if (Field === "Owner")
    return { kind: "owner", to: ownerOf(known.users.get(NewValue) ?? NewValue) };
  if (Field === "Queue")
    return { kind: "queue", to: known.queues.get(NewValue) ?? `queue ${NewValue}` };
  if (Type === "AddLink" && Field === "MergedInto") return merged(row);
  if (Type === "CustomField") return fieldChange(rt, row);
  return { kind: "field", field: "" };
}

/** A merge is written down at both tickets; only the one that went tells something new. */
function merged({ NewValue, ObjectId }: RtTransaction): Doing | undefined {
  const into = /\/ticket\/(\d+)$/.exec(NewValue)?.[1];
  return into === undefined || into === ObjectId ? undefined : { kind: "merged", into };
}

function fieldChange({ settings, site }: Rt, { Field, NewValue }: RtTransaction): Doing {
  const key = [...site.fields].find(([, id]) => id === Field)?.[0];
  if (key === "verdict") return { kind: "verdict", verdict: verdictOf(NewValue, settings) };
  return { kind: "field", field: isShown(key) ? key : "" };
}

type Shown = Extract<Doing, { kind: "field" }>["field"];
const isShown = (key: FieldKey | undefined): key is Exclude<Shown, ""> & FieldKey =>
  key !== undefined && SHOWN.has(key);
