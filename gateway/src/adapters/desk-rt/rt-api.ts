import { z } from "zod";
import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskHttp, DeskRequest } from "../desk-http/desk-fetch.ts";
import { mapDone, refused } from "../desk-http/outcome.ts";

/** RT writes numbers sometimes as such, sometimes as text. */
const id = z.union([z.string(), z.int()]).transform(String);
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? ""));
const named = z.object({ id });

const fieldValues = z.array(
  z.object({
    id,
    name: z.string(),
    // Files in a field are objects; none of ours holds one.
    values: z.array(z.unknown()).transform((all) => all.filter((one) => typeof one === "string")),
  }),
);

const hyperlinks = z
  .array(
    z.object({
      ref: z.string(),
      id: id.optional(),
      to: z.string().optional(),
      type: z.string().optional(),
    }),
  )
  .default([]);

const ticket = z.object({
  id,
  Subject: text,
  Status: z.string(),
  Queue: z.object({ id, Name: z.string().optional() }),
  Owner: named,
  Creator: named,
  CustomFields: fieldValues.default([]),
  _hyperlinks: hyperlinks,
});
export type RtTicket = z.output<typeof ticket>;

const row = z.object({
  id,
  EffectiveId: id.optional(),
  Status: z.string().optional(),
  Creator: named.optional(),
  // RT leaves an empty text where there is nothing.
  CustomFields: z.union([fieldValues, z.literal("").transform(() => [])]).optional(),
  _hyperlinks: hyperlinks,
});
export type RtRow = z.output<typeof row>;

const transaction = z.object({
  id,
  ObjectId: id,
  Type: z.string(),
  Field: text,
  OldValue: text,
  NewValue: text,
  Creator: z.union([named, z.string().transform((name) => ({ id: name }))]),
  Created: z.string(),
});
export type RtTransaction = z.output<typeof transaction>;

const queue = z.object({
  id,
  Name: z.string(),
  Lifecycle: z.string().optional(),
  TicketCustomFields: z.array(z.object({ id, name: z.string() })).default([]),
  _hyperlinks: hyperlinks,
});
export type RtQueue = z.output<typeof queue>;

const field = z.object({
  id,
  Name: z.string(),
  Type: z.string(),
  UniqueValues: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
  Values: z.array(z.string()).default([]),
});
export type RtField = z.output<typeof field>;

const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item) });
const tickets = pageOf(row);
const transactions = pageOf(transaction);
const attachments = pageOf(z.object({ ContentType: z.string(), Content: text, Filename: text }));
const messages = z
  .array(z.string().nullable())
  .transform((all) => all.filter((one) => one !== null));
const TEXT_PARTS = '[{"field":"ContentType","operator":"STARTSWITH","value":"text/"}]';

/** Most that RT gives at once. */
export const PAGE_SIZE = 100;

/** What a search or a list shows of each row. */
interface Search {
  readonly query: string;
  readonly fields: string;
  readonly newestFirst?: boolean | undefined;
  /** From 1 on. */
  readonly page?: number;
  readonly rows?: number;
}

/** A value in RT's query language. */
export const quoted = (value: string): string => `'${value.replace(/['\\]/g, "\\$&")}'`;

const search = ({
  query,
  fields,
  newestFirst = false,
  page = 1,
  rows = PAGE_SIZE,
}: Search): Record<string, string> => ({
  query,
  fields,
  orderby: "id",
  order: newestFirst ? "DESC" : "ASC",
  per_page: String(rows),
  page: String(page),
});

/** Request Tracker's REST 2.0: one request each, answers checked. */
export class RtApi {
  readonly #http: DeskHttp;

  constructor(http: DeskHttp) {
    this.#http = http;
  }

  version(): Promise<DeskOutcome<string>> {
    return this.#get("/rt", z.object({ Version: z.string() }), ({ Version }) => Version);
  }

  userName(user: string): Promise<DeskOutcome<string>> {
    return this.#get(`/user/${part(user)}`, z.object({ Name: z.string() }), ({ Name }) => Name);
  }

  queue(nameOrId: string): Promise<DeskOutcome<RtQueue>> {
    return this.#get(`/queue/${part(nameOrId)}`, queue, (value) => value);
  }

  field(fieldId: string): Promise<DeskOutcome<RtField>> {
    return this.#get(`/customfield/${part(fieldId)}`, field, (value) => value);
  }

  /** A ticket that was merged answers as the one that survived. */
  async ticket(ticketId: string): Promise<DeskOutcome<{ ticket: RtTicket; etag: string }>> {
    if (!isTicketId(ticketId)) return noSuchTicket(ticketId);
    const path = `/REST/2.0/ticket/${ticketId}`;
    const asked = { method: "GET", path, query: { "fields[Queue]": "Name" } } as const;
    const answer = await this.#http.ask(asked, ticket);
    return mapDone(answer, ({ body, headers }) => ({
      ticket: body,
      etag: headers.get("etag") ?? "",
    }));
  }

  tickets(asked: Search): Promise<DeskOutcome<readonly RtRow[]>> {
    return this.#get("/tickets", tickets, ({ items }) => items, search(asked));
  }

  transactions(asked: Search): Promise<DeskOutcome<readonly RtTransaction[]>> {
    return this.#get("/transactions", transactions, ({ items }) => items, search(asked));
  }

  /** Numbers of the newest transactions of which we may see that they are there, newest first. */
  heads(asked: Search): Promise<DeskOutcome<readonly number[]>> {
    const heads = pageOf(named);
    const numbers = ({ items }: z.output<typeof heads>) => items.map((item) => Number(item.id));
    return this.#get("/transactions", heads, numbers, search({ ...asked, newestFirst: true }));
  }

  /** What was written with a transaction, files left out. */
  texts(transactionId: string): Promise<DeskOutcome<readonly { type: string; text: string }[]>> {
    return this.#get(
      `/transaction/${part(transactionId)}/attachments`,
      attachments,
      ({ items }) =>
        items
          .filter(({ Filename }) => Filename === "")
          .map(({ ContentType, Content }) => ({ type: ContentType, text: Content })),
      { query: TEXT_PARTS, fields: "ContentType,Content,Filename" },
    );
  }

  create(json: unknown): Promise<DeskOutcome<string>> {
    const request = { method: "POST", path: "/REST/2.0/ticket", json } as const;
    return this.#http.ask(request, named).then((answer) => mapDone(answer, ({ body }) => body.id));
  }

  /** Answers what RT says about each part; it says 200 to what it did not do, too. */
  async change(
    ticketId: string,
    json: unknown,
    etag = "",
  ): Promise<DeskOutcome<readonly string[]>> {
    if (!isTicketId(ticketId)) return noSuchTicket(ticketId);
    const headers = etag === "" ? {} : { "if-match": etag };
    const request: DeskRequest = {
      method: "PUT",
      path: `/REST/2.0/ticket/${ticketId}`,
      json,
      headers,
    };
    return mapDone(await this.#http.ask(request, messages), ({ body }) => body);
  }

  /** Internal; agents see it. Answers the transaction's id, "" = not told. */
  async comment(ticketId: string, json: unknown): Promise<DeskOutcome<string>> {
    if (!isTicketId(ticketId)) return noSuchTicket(ticketId);
    const path = `/REST/2.0/ticket/${ticketId}/comment`;
    const sent = await this.#http.send({ method: "POST", path, json });
    if (sent.kind === "refused" && sent.code === "invalid") {
      // RT does not say that there is no such ticket, only that it did not work.
      const ticket = await this.ticket(ticketId);
      return ticket.kind === "refused" ? ticket : sent;
    }
    return mapDone(
      sent,
      ({ headers }) => /\/transaction\/(\d+)$/.exec(headers.get("location") ?? "")?.[1] ?? "",
    );
  }

  async #get<B, T>(
    path: string,
    schema: z.ZodType<B>,
    pick: (body: B) => T,
    query: Record<string, string> = {},
  ): Promise<DeskOutcome<T>> {
    const request = { method: "GET", path: `/REST/2.0${path}`, query } as const;
    return mapDone(await this.#http.ask(request, schema), ({ body }) => pick(body));
  }
}

const part = (text: string): string => encodeURIComponent(text);

const isTicketId = (text: string): boolean => /^[1-9]\d{0,15}$/.test(text);

const noSuchTicket = (text: string): DeskOutcome<never> =>
  refused("not_found", `${JSON.stringify(text.slice(0, 40))} is no number of a ticket in RT`);
