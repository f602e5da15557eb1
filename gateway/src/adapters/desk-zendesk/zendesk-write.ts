import { cleanLine, shortened } from "#pipeline/document/clean.ts";
import { toHtml } from "#pipeline/document/html.ts";
import { toText } from "#pipeline/document/text.ts";
import type { Attachment, DeskOutcome, NewTicket, TicketChange } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import type { Document } from "#ports/document.ts";
import { severityWord } from "../desk-http/desk-words.ts";
import { done, mapDone, refused, thenDone } from "../desk-http/outcome.ts";
import type { ZendeskTicket } from "./zendesk-api.ts";
import type { Zendesk } from "./zendesk-desk.ts";
import { groupOf, optionTag } from "./zendesk-site.ts";
import { referencePlace, rejectedTag, statusIn, wordsOf } from "./zendesk-ticket.ts";

/** Characters of a subject, a field of one line, a field of many, and a comment. */
const MAX_SUBJECT = 150;
const MAX_LINE = 255;
const MAX_TEXT = 60_000;

/** On every ticket of the gateway: for views, and for rules that leave them alone. */
const TAG = "voorzorg";

/** Comments of agents may hold placeholders, which Zendesk fills in: nobody's text may. */
export function internal(document: Document): string {
  const html = toHtml(document).replace(/\{(?=[{%])/g, "&#123;");
  // Not in the middle of a tag or an entity.
  return html.length <= MAX_TEXT ? html : html.slice(0, MAX_TEXT).replace(/(<[^>]*|&[^;]*)$/, "…");
}

export async function createTicket(
  zendesk: Zendesk,
  ticket: NewTicket,
  idempotencyKey: string,
): Promise<DeskOutcome<{ readonly id: string }>> {
  const { api, settings, site } = zendesk;
  const place = referencePlace(settings);
  if (place.kind !== "done") return place;
  const group = ticket.queue === "" ? undefined : groupOf(site, ticket.queue);
  if (ticket.queue !== "" && group === undefined) {
    const name = JSON.stringify(ticket.queue);
    return refused("invalid", `${settings.name}: there is no group ${name}`);
  }
  const fields = customFields(zendesk, newValues(zendesk, ticket));
  if (fields.kind !== "done") return fields;
  const files = await uploadAll(zendesk, ticket.attachments);
  if (files.kind !== "done") return files;
  const { uploads, lost } = files.value;
  const parent = ticket.parent !== "" && (await madeProblem(zendesk, ticket.parent));
  const follows = /^\d+$/.test(ticket.follows);
  const created = await api.create(
    {
      external_id: ticket.reference,
      subject: shortened(cleanLine(ticket.subject), MAX_SUBJECT),
      comment: {
        html_body: internal([...ticket.body, ...notes(ticket, lost)]),
        public: false,
        ...(uploads.length === 0 ? {} : { uploads }),
      },
      custom_fields: fields.value,
      tags: [TAG],
      ...(group === undefined ? {} : { group_id: group.id }),
      ...(parent ? { type: "incident", problem_id: Number(ticket.parent) } : {}),
      // Without effect unless that ticket is closed for good.
      ...(follows ? { via_followup_source_id: Number(ticket.follows) } : {}),
    },
    idempotencyKey,
  );
  return mapDone(created, ({ id }) => ({ id: String(id) }));
}

const notes = (ticket: NewTicket, lost: readonly string[]): Document =>
  [
    ...(ticket.parent === "" ? [] : [`Belongs to #${ticket.parent}`]),
    ...(ticket.follows === "" ? [] : [`Follows #${ticket.follows}`]),
    ...lost.map((file) => `Not attached: ${file}`),
  ].map((text) => ({ kind: "paragraph", text }));

type Values = Readonly<Partial<Record<keyof DeskFields, string>>>;

const newValues = ({ settings }: Zendesk, ticket: NewTicket): Values => ({
  dedupKey: ticket.dedupKey,
  device: ticket.device,
  revision: String(ticket.revision),
  severity: severityWord(settings, ticket.severity),
  link: ticket.link,
  evidence: toText(ticket.evidence),
});

interface CustomValue {
  readonly id: number;
  readonly value: string | number;
}

/** Zendesk takes an entry that is in no list for an empty one: that is refused here. */
function customFields(
  { settings, site }: Zendesk,
  values: Values,
): DeskOutcome<readonly CustomValue[]> {
  const fields: CustomValue[] = [];
  for (const [key, text] of Object.entries(values) as [keyof DeskFields, string][]) {
    const field = site.fields.get(key);
    if (field === undefined || (key === "severity" && text === "")) continue;
    const value = optionTag(field, text);
    if (value === undefined) {
      const [name, word] = [field.title, text].map((one) => JSON.stringify(one));
      return refused("invalid", `${settings.name}: the field ${name} has no value ${word}`);
    }
    const max = field.type === "textarea" ? MAX_TEXT : MAX_LINE;
    const number = field.type === "integer" || field.type === "decimal";
    fields.push({ id: field.id, value: number ? Number(value) : shortened(value, max) });
  }
  return done(fields);
}

export function updateTicket(
  zendesk: Zendesk,
  { id, change, expected }: { id: string; change: TicketChange; expected: string },
): Promise<DeskOutcome<null>> {
  const { api, settings } = zendesk;
  return thenDone(api.ticket(id), async (ticket) => {
    if (statusIn(settings, ticket.status, ticket.tags) === "closed") {
      return refused("closed", `${settings.name}: ticket ${id} is closed for good`);
    }
    const fields = customFields(zendesk, changedValues(zendesk, change));
    if (fields.kind !== "done") return fields;
    const status = statusToWrite(zendesk, ticket, change.status);
    if (status.kind !== "done") return status;
    const body = {
      ...(change.reference === undefined ? {} : { external_id: change.reference }),
      ...(fields.value.length === 0 ? {} : { custom_fields: fields.value }),
      ...status.value,
    };
    if (Object.keys(body).length === 0) return done(null);
    const lock = expected === "" ? {} : { safe_update: true, updated_stamp: expected };
    return mapDone(await api.change(id, { ...body, ...lock }), () => null);
  });
}

const changedValues = ({ settings }: Zendesk, { fields }: TicketChange): Values =>
  fields === undefined
    ? {}
    : {
        revision: String(fields.revision),
        severity: severityWord(settings, fields.severity),
        link: fields.link,
        evidence: toText(fields.evidence),
      };

/** Nothing when it stands there already, under this word or another. */
function statusToWrite(
  { settings, site }: Zendesk,
  ticket: ZendeskTicket,
  status: "open" | "resolved" | undefined,
): DeskOutcome<Readonly<Record<string, unknown>>> {
  if (status === undefined) return done({});
  if (statusIn(settings, ticket.status, ticket.tags) === status) return done({});
  const word = wordsOf(settings)[status][0] ?? "";
  const known = ["open", "pending", "hold", "solved"];
  if (!known.includes(word)) {
    const text = JSON.stringify(word);
    return refused("invalid", `${settings.name}: there is no status ${text} that can be set`);
  }
  // Zendesk solves no ticket that nobody has.
  const nobody = word === "solved" && (ticket.assignee_id ?? null) === null;
  // Opened again, the tag would make the next "solved" a "won't fix".
  const tags = ticket.tags.filter((tag) => tag !== rejectedTag(settings));
  return done({
    status: word,
    ...(nobody ? { assignee_id: site.me.id } : {}),
    ...(tags.length === ticket.tags.length ? {} : { tags }),
  });
}

export async function commentTicket(
  { api, settings }: Zendesk,
  id: string,
  comment: Document,
): Promise<DeskOutcome<{ readonly change: string }>> {
  return thenDone(api.ticket(id), async (ticket) => {
    if (statusIn(settings, ticket.status, ticket.tags) === "closed") {
      return refused("closed", `${settings.name}: ticket ${id} is closed for good`);
    }
    const body = { comment: { html_body: internal(comment), public: false } };
    return mapDone(await api.change(id, body), ({ audit }) => {
      const said = audit?.events.find(({ type }) => type === "Comment");
      return { change: said === undefined ? "" : `c${said.id}` };
    });
  });
}

export async function attachFile(
  zendesk: Zendesk,
  id: string,
  file: Attachment,
): Promise<DeskOutcome<null>> {
  const { api } = zendesk;
  return thenDone(api.upload(file.name, file.type, file.bytes), async (token) => {
    const body = internal([{ kind: "paragraph", text: `Attached: ${file.name}` }]);
    const comment = { html_body: body, public: false, uploads: [token] };
    return mapDone(await api.change(id, { comment }), () => null);
  });
}

async function uploadAll({ api }: Zendesk, files: readonly Attachment[]) {
  const uploads: string[] = [];
  const lost: string[] = [];
  for (const file of files) {
    const upload = await api.upload(file.name, file.type, file.bytes);
    if (upload.kind === "done") uploads.push(upload.value);
    // A file that is never taken is worth no missing ticket.
    else if (upload.kind === "refused") lost.push(`${file.name}: ${upload.reason}`);
    // An upload leaves nothing that anybody sees, so it can be made again.
    else return { ...upload, kind: "later" as const };
  }
  return done({ uploads, lost });
}

/** Zendesk's own kind of parent: an incident belongs to a problem. False = it cannot be one. */
async function madeProblem({ api }: Zendesk, id: string): Promise<boolean> {
  const parent = await api.ticket(id);
  if (parent.kind !== "done") return false;
  if (parent.value.type === "problem") return true;
  return (await api.change(id, { type: "problem" })).kind === "done";
}

export const linkTickets = (
  { api }: Zendesk,
  child: string,
  parent: string,
): Promise<DeskOutcome<null>> =>
  thenDone(api.ticket(child), (ticket) =>
    thenDone(api.ticket(parent), async (problem) => {
      if (ticket.problem_id === problem.id) return done(null);
      const made =
        problem.type === "problem" ? done(null) : await api.change(parent, { type: "problem" });
      if (made.kind !== "done") return made;
      const fields = { type: "incident", problem_id: problem.id };
      return mapDone(await api.change(child, fields), () => null);
    }),
  );

/** Zendesk has no such status: solved, with the tag that says so. */
export const rejectTicket = (
  { api, settings, site }: Zendesk,
  id: string,
  reason: string,
): Promise<DeskOutcome<null>> =>
  thenDone(api.ticket(id), async (ticket) =>
    mapDone(
      await api.change(id, {
        status: "solved",
        tags: [...new Set([...ticket.tags, rejectedTag(settings)])],
        comment: { html_body: internal([{ kind: "paragraph", text: reason }]), public: false },
        ...((ticket.assignee_id ?? null) === null ? { assignee_id: site.me.id } : {}),
      }),
      () => null,
    ),
  );
