export interface Comment {
  readonly html: string;
  /** As a person typed it; otherwise what is left of the HTML. */
  readonly text?: string;
  readonly public: boolean;
  readonly author: number;
}

export interface Ticket {
  readonly id: number;
  external_id: string | null;
  subject: string;
  status: string;
  type: string | null;
  assignee_id: number | null;
  readonly submitter_id: number;
  group_id: number | null;
  problem_id: number | null;
  tags: string[];
  readonly fields: Map<number, string | number | null>;
  readonly comments: Comment[];
  readonly files: Map<string, number>;
  readonly created: number;
  updated: number;
}

export interface TicketEvent {
  readonly id: number;
  readonly ticket_id: number;
  readonly timestamp: number;
  readonly updater_id: number;
  readonly merged_ticket_ids: readonly number[];
  readonly child_events: readonly Record<string, unknown>[];
}

export const BOT = 100;
export const ANNA = 101;

export const USERS: readonly { id: number; name: string; role: string }[] = [
  { id: BOT, name: "Gateway", role: "admin" },
  { id: ANNA, name: "Anna Agent", role: "agent" },
];

export const GROUPS: readonly { id: number; name: string }[] = [
  { id: 31, name: "Proactive Service" },
  { id: 32, name: "Field Service" },
];

const list = (...entries: readonly string[]) =>
  entries.map((name) => ({ name, value: name.toLowerCase().replaceAll(" ", "_") }));

const field = (id: number, title: string, type: string, options?: ReturnType<typeof list>) => ({
  id,
  title,
  type,
  active: true,
  ...(options === undefined ? {} : { custom_field_options: options }),
});

export const FIELDS = [
  field(902, "Dedup Key", "text"),
  field(903, "Device ID", "text"),
  field(904, "Case Rev", "integer"),
  field(905, "Severity", "tagger", list("Warning", "Major", "Critical")),
  field(906, "Case Link", "text"),
  field(907, "Case Evidence", "textarea"),
  field(
    908,
    "Case Verdict",
    "tagger",
    list("Confirmed", "False alarm", "Sensor fault", "Duplicate", "Deferred"),
  ),
];

export const stamp = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");

/** Zendesk's clock is behind ours, and goes on by a second with each change of one ticket. */
const BEHIND_S = 100;

/** Tickets and what happened to them. */
export class ZendeskWorld {
  readonly tickets = new Map<number, Ticket>();
  readonly events: TicketEvent[] = [];
  /** Events up to this one can be exported; the last minute is held back. */
  shown = 0;
  #id = 1_000;
  #latest = 0;

  next = (): number => ++this.#id;

  /** Seconds since 1970. */
  now(): number {
    this.#latest = Math.max(this.#latest, Math.floor(Date.now() / 1_000) - BEHIND_S);
    return this.#latest;
  }

  add(submitter: number, fields: Partial<Ticket>, comment: Comment): Ticket {
    const now = this.now();
    const ticket: Ticket = {
      id: this.next(),
      external_id: null,
      subject: "",
      status: "new",
      type: null,
      assignee_id: null,
      submitter_id: submitter,
      group_id: null,
      problem_id: null,
      tags: [],
      fields: new Map(),
      comments: [comment],
      files: new Map(),
      created: now,
      updated: now,
      ...fields,
    };
    this.tickets.set(ticket.id, ticket);
    const created = { id: this.next(), status: ticket.status, event_type: "Create" };
    this.#tell(ticket, submitter, [created, this.#said(comment)]);
    return ticket;
  }

  /** Answers the parts of the event, as an audit shows them. */
  change(
    ticket: Ticket,
    by: number,
    more: Partial<Ticket> & {
      set?: ReadonlyMap<number, string | number | null>;
      comment?: Comment;
    },
  ): readonly Record<string, unknown>[] {
    const { set, comment, ...plain } = more;
    const parts: Record<string, unknown>[] = [];
    for (const [key, value] of Object.entries(plain)) {
      const before = Reflect.get(ticket, key);
      if (JSON.stringify(before) === JSON.stringify(value)) continue;
      Reflect.set(ticket, key, value);
      const added = key === "tags" && Array.isArray(value) ? { added_tags: value } : {};
      const part = { id: this.next(), event_type: "Change", [key]: value, previous_value: before };
      parts.push({ ...part, ...added });
    }
    for (const [id, value] of set ?? []) {
      if ((ticket.fields.get(id) ?? null) === value) continue;
      ticket.fields.set(id, value);
      parts.push({
        id: this.next(),
        event_type: "Change",
        custom_ticket_fields: { [id]: value === null ? null : String(value) },
      });
    }
    if (comment !== undefined) {
      ticket.comments.push(comment);
      parts.push(this.#said(comment));
    }
    if (parts.length > 0) this.#tell(ticket, by, parts);
    return parts;
  }

  #said(comment: Comment): Record<string, unknown> {
    const body = comment.text ?? comment.html.replace(/<[^>]*>/g, "");
    return {
      id: this.next(),
      event_type: "Comment",
      type: "Comment",
      author_id: comment.author,
      public: comment.public,
      body,
      html_body: comment.html,
    };
  }

  #tell(ticket: Ticket, by: number, parts: readonly Record<string, unknown>[]): void {
    this.#latest = Math.max(this.now(), ticket.updated + 1);
    ticket.updated = this.#latest;
    this.events.push({
      id: this.next(),
      ticket_id: ticket.id,
      timestamp: ticket.updated,
      updater_id: by,
      merged_ticket_ids: [],
      child_events: parts,
    });
  }

  merge(from: Ticket, into: Ticket, by: number): void {
    this.change(from, by, { status: "closed", tags: [...from.tags, "closed_by_merge"] });
    this.change(into, by, {
      comment: { html: `#${from.id} was closed and merged`, public: false, author: by },
    });
    const last = this.events.pop();
    if (last !== undefined) this.events.push({ ...last, merged_ticket_ids: [from.id] });
  }
}
