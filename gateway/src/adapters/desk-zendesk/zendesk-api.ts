import { z } from "zod";
import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskHttp, DeskRequest } from "../desk-http/desk-fetch.ts";
import { mapDone, refused } from "../desk-http/outcome.ts";

const customField = z.object({ id: z.int(), value: z.unknown() });

const ticket = z.object({
  id: z.int(),
  external_id: z.string().nullish(),
  subject: z.string().nullish(),
  status: z.string(),
  type: z.string().nullish(),
  assignee_id: z.int().nullish(),
  submitter_id: z.int().nullish(),
  group_id: z.int().nullish(),
  problem_id: z.int().nullish(),
  tags: z.array(z.string()).default([]),
  custom_fields: z.array(customField).default([]),
  created_at: z.string(),
  updated_at: z.string(),
});
export type ZendeskTicket = z.output<typeof ticket>;

const fieldOption = z.object({ name: z.string(), value: z.string() });
const ticketField = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  active: z.boolean().optional(),
  required: z.boolean().optional(),
  custom_field_options: z.array(fieldOption).nullish(),
});
export type ZendeskField = z.output<typeof ticketField>;

const named = z.object({ id: z.int(), name: z.string() });
export type ZendeskNamed = z.output<typeof named>;

const user = named.extend({ role: z.string().optional() });
export type ZendeskUser = z.output<typeof user>;

/** What one change did; the field that it names differs with each. */
const childEvent = z.looseObject({
  id: z.int(),
  event_type: z.string(),
});
export type ZendeskChild = z.output<typeof childEvent>;

const ticketEvent = z.object({
  id: z.int(),
  ticket_id: z.int(),
  /** Seconds since 1970. */
  timestamp: z.int(),
  updater_id: z.int().nullish(),
  merged_ticket_ids: z.array(z.int()).nullish(),
  child_events: z.array(childEvent).default([]),
});
export type ZendeskEvent = z.output<typeof ticketEvent>;

const eventPage = z.object({
  ticket_events: z.array(ticketEvent),
  end_time: z.int().nullish(),
  end_of_stream: z.boolean(),
});
export type ZendeskEventPage = z.output<typeof eventPage>;

const updated = z.object({
  ticket,
  audit: z.object({ events: z.array(z.looseObject({ id: z.int(), type: z.string() })) }).nullish(),
});
export type ZendeskUpdated = z.output<typeof updated>;

const trigger = z.object({ title: z.string(), active: z.boolean() });

/** As many ids as one request takes. */
export const MANY = 100;

/** The requests that the connector makes, their answers checked. Nothing here repeats anything. */
export class ZendeskApi {
  readonly #http: DeskHttp;

  constructor(http: DeskHttp) {
    this.#http = http;
  }

  ticket(id: string): Promise<DeskOutcome<ZendeskTicket>> {
    return this.#get(pathOf(id), z.object({ ticket }), (body) => body.ticket);
  }

  /** Not a search: that lags by minutes. Closed ones are among them, archived ones are not. */
  ticketsOf(externalId: string): Promise<DeskOutcome<readonly ZendeskTicket[]>> {
    const query = { external_id: externalId };
    const schema = z.object({ tickets: z.array(ticket) });
    return this.#get("/api/v2/tickets.json", schema, (body) => body.tickets, query);
  }

  /** At most MANY; those that are gone are left out. */
  ticketsNumbered(ids: readonly number[]): Promise<DeskOutcome<readonly ZendeskTicket[]>> {
    const query = { ids: ids.join(",") };
    const schema = z.object({ tickets: z.array(ticket) });
    return this.#get("/api/v2/tickets/show_many.json", schema, (body) => body.tickets, query);
  }

  usersNumbered(ids: readonly number[]): Promise<DeskOutcome<readonly ZendeskUser[]>> {
    const query = { ids: ids.join(",") };
    const schema = z.object({ users: z.array(user) });
    return this.#get("/api/v2/users/show_many.json", schema, (body) => body.users, query);
  }

  /** Lags by minutes; only for what is not urgent. */
  search(query: string): Promise<DeskOutcome<readonly ZendeskTicket[]>> {
    const schema = z.object({ results: z.array(ticket) });
    const asked = { query, sort_by: "created_at", sort_order: "asc" };
    return this.#get("/api/v2/search.json", schema, (body) => body.results, asked);
  }

  async create(
    fields: Readonly<Record<string, unknown>>,
    idempotencyKey: string,
  ): Promise<DeskOutcome<ZendeskTicket>> {
    const created = await this.#ask(
      {
        method: "POST",
        path: "/api/v2/tickets.json",
        json: { ticket: fields },
        headers: { "idempotency-key": idempotencyKey },
      },
      z.object({ ticket }),
      (body) => body.ticket,
    );
    // The key was used with another text of the same ticket: that one was made.
    return created.kind === "refused" && /idempoten/i.test(created.reason)
      ? { kind: "unknown", reason: created.reason }
      : created;
  }

  async change(
    id: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<DeskOutcome<ZendeskUpdated>> {
    const request = { method: "PUT", path: pathOf(id), json: { ticket: fields } } as const;
    const changed = await this.#ask(request, updated, (body) => body);
    return changed.kind === "refused" && /closed prevents|status: closed/i.test(changed.reason)
      ? refused("closed", changed.reason)
      : changed;
  }

  /** Answers a token; nothing is seen of an upload until a comment uses it. */
  upload(name: string, type: string, bytes: Uint8Array): Promise<DeskOutcome<string>> {
    const schema = z.object({ upload: z.object({ token: z.string() }) });
    return this.#ask(
      {
        method: "POST",
        path: "/api/v2/uploads.json",
        query: { filename: name },
        bytes,
        headers: { "content-type": type },
      },
      schema,
      (body) => body.upload.token,
    );
  }

  /** Without the last minute, which Zendesk holds back. For administrators only. */
  events(startTime: number): Promise<DeskOutcome<ZendeskEventPage>> {
    const query = { start_time: startTime, include: "comment_events" };
    return this.#get("/api/v2/incremental/ticket_events.json", eventPage, (body) => body, query);
  }

  me(): Promise<DeskOutcome<ZendeskUser>> {
    return this.#get("/api/v2/users/me.json", z.object({ user }), (body) => body.user);
  }

  fields(): Promise<DeskOutcome<readonly ZendeskField[]>> {
    const schema = z.object({ ticket_fields: z.array(ticketField) });
    return this.#get("/api/v2/ticket_fields.json", schema, (body) => body.ticket_fields);
  }

  groups(): Promise<DeskOutcome<readonly ZendeskNamed[]>> {
    const schema = z.object({ groups: z.array(named) });
    const query = { per_page: MANY };
    return this.#get("/api/v2/groups.json", schema, (body) => body.groups, query);
  }

  activeTriggers(): Promise<DeskOutcome<readonly string[]>> {
    const schema = z.object({ triggers: z.array(trigger) });
    return this.#get("/api/v2/triggers/active.json", schema, (body) =>
      body.triggers.filter(({ active }) => active).map(({ title }) => title),
    );
  }

  #get<T, R>(
    path: string,
    schema: z.ZodType<T>,
    pick: (body: T) => R,
    query: Readonly<Record<string, string | number>> = {},
  ): Promise<DeskOutcome<R>> {
    return this.#ask({ method: "GET", path, query }, schema, pick);
  }

  async #ask<T, R>(
    request: DeskRequest,
    schema: z.ZodType<T>,
    pick: (body: T) => R,
  ): Promise<DeskOutcome<R>> {
    return mapDone(await this.#http.ask(request, schema), ({ body }) => pick(body));
  }
}

const pathOf = (id: string): string => `/api/v2/tickets/${encodeURIComponent(id)}.json`;
