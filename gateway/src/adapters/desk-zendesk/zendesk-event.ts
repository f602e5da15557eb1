import { SECOND_MS } from "#domain/units.ts";
import type { DeskChange } from "#ports/desk.ts";
import type { DeskFields } from "#ports/desk-settings.ts";
import type { ChangeMeaning } from "../desk-http/change-meaning.ts";
import { verdictOf } from "../desk-http/desk-words.ts";
import type { ZendeskChild, ZendeskEvent, ZendeskTicket } from "./zendesk-api.ts";
import type { Zendesk } from "./zendesk-desk.ts";
import { optionWord, queueWord } from "./zendesk-site.ts";
import { fieldValue, statusIn } from "./zendesk-ticket.ts";

export interface EventOfTicket {
  readonly event: ZendeskEvent;
  /** As it is now; undefined = none of ours. */
  readonly ticket: ZendeskTicket | undefined;
  readonly names: ReadonlyMap<number, string>;
}

/**
 * What one event of the export says. A comment or a changed field is `c` and the number of the part; what
 * is said by the event as a whole is `e` and the number of the event.
 */
export function changesOf(zendesk: Zendesk, of: EventOfTicket): readonly DeskChange[] {
  const { event, names, ticket } = of;
  const updater = event.updater_id ?? 0;
  const common = {
    at: event.timestamp * SECOND_MS,
    // Rules of Zendesk's own have no number, or a negative one.
    by: names.get(updater) ?? (updater > 0 ? `user ${updater}` : "Zendesk automation"),
    own: updater === zendesk.site.me.id,
  };
  const into = String(event.ticket_id);
  const merged = (event.merged_ticket_ids ?? []).map(
    (id): DeskChange => ({
      ...common,
      kind: "merged",
      id: `e${event.id}-${id}`,
      ticket: String(id),
      into,
    }),
  );
  if (ticket === undefined) return merged;
  if (event.child_events.some(({ event_type }) => event_type === "Create")) {
    const device = fieldValue(zendesk.site, ticket, "device");
    const reference = ticket.external_id ?? "";
    const id = `e${event.id}`;
    return [{ ...common, kind: "created", id, ticket: into, device, reference }, ...merged];
  }
  const parts = event.child_events.flatMap((child) => {
    const means = meaning(zendesk, child, of);
    return means === undefined ? [] : [{ ...common, ...means, id: `c${child.id}`, ticket: into }];
  });
  return [...parts, ...merged];
}

/** undefined = nothing that agents do, such as a mail that was sent. */
function meaning(
  zendesk: Zendesk,
  child: ZendeskChild,
  of: EventOfTicket,
): ChangeMeaning | undefined {
  const { site, settings } = zendesk;
  if (child.event_type === "Comment") {
    const { plain_body, body } = child;
    const text = typeof plain_body === "string" ? plain_body : body;
    return typeof text === "string" ? { kind: "comment", text } : undefined;
  }
  if (child.event_type !== "Change") return undefined;
  if (typeof child.status === "string") {
    const raw = child.status;
    const tags = [...tagsAddedWith(of.event), ...(of.ticket?.tags ?? [])];
    return { kind: "status", to: statusIn(settings, raw, tags), raw };
  }
  if ("assignee_id" in child) {
    const id = Number(child.assignee_id ?? 0);
    return { kind: "owner", to: id === 0 ? "" : (of.names.get(id) ?? `user ${id}`) };
  }
  if ("group_id" in child) {
    const id = Number(child.group_id ?? 0);
    return { kind: "queue", to: queueWord(site, settings, id === 0 ? null : id) };
  }
  // Said together with the status where it matters.
  if ("tags" in child) return undefined;
  if ("external_id" in child) return { kind: "field", field: "reference" };
  const fields = child.custom_ticket_fields;
  if (typeof fields === "object" && fields !== null) return fieldMeaning(zendesk, fields);
  return { kind: "field", field: "" };
}

const tagsAddedWith = (event: ZendeskEvent): readonly string[] =>
  event.child_events.flatMap(({ added_tags }) =>
    Array.isArray(added_tags) ? added_tags.filter((tag) => typeof tag === "string") : [],
  );

const OURS: readonly (keyof DeskFields & ("revision" | "severity" | "link" | "evidence"))[] = [
  "revision",
  "severity",
  "link",
  "evidence",
];

/** One field each, by its number. */
function fieldMeaning({ settings, site }: Zendesk, fields: object): ChangeMeaning {
  const [number, value] = Object.entries(fields)[0] ?? [];
  const is = (key: keyof DeskFields) => String(site.fields.get(key)?.id) === number;
  const verdict = site.fields.get("verdict");
  if (verdict !== undefined && is("verdict")) {
    const tag = typeof value === "string" ? value : "";
    const word = optionWord(verdict, tag, Object.values(settings.verdicts));
    return { kind: "verdict", verdict: verdictOf(word, settings) };
  }
  return { kind: "field", field: OURS.find(is) ?? "" };
}
