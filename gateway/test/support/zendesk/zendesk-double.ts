import { createHash } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import { TICKET_CREATE, TICKET_UPDATE } from "./zendesk-schemas.ts";
import type { Ticket } from "./zendesk-world.ts";
import { BOT, FIELDS, GROUPS, stamp, USERS, ZendeskWorld } from "./zendesk-world.ts";

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const validCreate = ajv.compile(TICKET_CREATE);
const validUpdate = ajv.compile(TICKET_UPDATE);

export const ZENDESK_USER = "gateway@example.com";
export const ZENDESK_TOKEN = "zendesk-test-token";

const refusal = (status: number, error: string, description = "") =>
  Response.json({ error, description }, { status });

/** `cut`: it is done, but the answer is lost. A response: nothing is done, and this is the answer. */
export type Fault = "cut" | Response;

/**
 * Zendesk as its documentation describes it, kept in memory: refuses what Zendesk refuses, drops what it
 * drops, knows idempotency keys, holds back the last minute of events. Every body that is not in the
 * documentation is an error of the test.
 */
export class ZendeskDouble {
  readonly world = new ZendeskWorld();
  readonly faults: Fault[] = [];
  readonly requests: string[] = [];
  triggers: { title: string; active: boolean }[] = [];
  admin = true;
  readonly #keys = new Map<string, { readonly hash: string; readonly ticket: Ticket }>();
  readonly #uploads = new Map<string, { readonly name: string; readonly size: number }>();

  /** Instead of the network. */
  readonly fetch = (async (input: URL, init: RequestInit) => {
    const url = new URL(input);
    const method = init.method ?? "GET";
    this.requests.push(`${method} ${url.pathname}`);
    const headers = new Headers(init.headers);
    const basic = Buffer.from(`${ZENDESK_USER}/token:${ZENDESK_TOKEN}`).toString("base64");
    if (headers.get("authorization") !== `Basic ${basic}`) {
      return refusal(401, "Couldn't authenticate you");
    }
    const fault = this.faults.shift();
    if (fault instanceof Response) return fault;
    const answer = await this.#answer(method, url, { headers, body: init.body });
    if (fault === "cut") throw new TypeError("fetch failed", { cause: new Error("cut") });
    return answer;
  }) as typeof fetch;

  async #answer(
    method: string,
    url: URL,
    { headers, body }: { readonly headers: Headers; readonly body: unknown },
  ): Promise<Response> {
    const path = url.pathname.replace(/\.json$/, "");
    const id = /^\/api\/v2\/tickets\/(\d+)$/.exec(path)?.[1];
    if (path === "/api/v2/uploads" && method === "POST") return this.#upload(url, body);
    if (path === "/api/v2/tickets" && method === "POST") {
      return this.#create(JSON.parse(String(body)), headers.get("idempotency-key") ?? "");
    }
    if (id !== undefined) {
      const ticket = this.world.tickets.get(Number(id));
      if (ticket === undefined) return refusal(404, "RecordNotFound");
      return method === "PUT"
        ? this.#update(ticket, JSON.parse(String(body)))
        : Response.json({ ticket: this.view(ticket) });
    }
    return this.#list(path, url.searchParams);
  }

  #list(path: string, query: URLSearchParams): Response {
    const ids = (query.get("ids") ?? "").split(",").map(Number);
    const tickets = [...this.world.tickets.values()];
    const views = (found: readonly Ticket[]) => found.map((ticket) => this.view(ticket));
    switch (path) {
      case "/api/v2/tickets": {
        const wanted = query.get("external_id");
        return Response.json({
          tickets: views(tickets.filter(({ external_id }) => external_id === wanted)),
        });
      }
      case "/api/v2/tickets/show_many":
        return Response.json({ tickets: views(tickets.filter(({ id }) => ids.includes(id))) });
      case "/api/v2/users/show_many":
        return Response.json({ users: USERS.filter(({ id }) => ids.includes(id)) });
      case "/api/v2/search":
        return Response.json({ results: views(search(tickets, query.get("query") ?? "")) });
      case "/api/v2/users/me":
        return Response.json({ user: USERS.find(({ id }) => id === BOT) });
      case "/api/v2/ticket_fields":
        return Response.json({ ticket_fields: FIELDS });
      case "/api/v2/groups":
        return Response.json({ groups: GROUPS });
      case "/api/v2/triggers/active":
        return this.admin ? Response.json({ triggers: this.triggers }) : refusal(403, "Forbidden");
      case "/api/v2/incremental/ticket_events":
        return this.admin
          ? this.#events(Number(query.get("start_time")))
          : refusal(403, "Forbidden");
      default:
        throw new Error(`no such address in the documentation: ${path}`);
    }
  }

  #events(start: number): Response {
    if (!(start <= this.world.now() - 60 || this.world.shown > 0)) {
      return refusal(422, "StartTimeTooRecent");
    }
    const shown = this.world.events
      .slice(0, this.world.shown)
      .filter(({ timestamp }) => timestamp >= start)
      .toSorted((a, b) => a.timestamp - b.timestamp || a.id - b.id);
    const page = shown.slice(0, PAGE);
    const end_time = page.at(-1)?.timestamp ?? start;
    return Response.json({ ticket_events: page, end_time, end_of_stream: shown.length <= PAGE });
  }

  async #upload(url: URL, body: unknown): Promise<Response> {
    const name = url.searchParams.get("filename") ?? "";
    if (!(body instanceof Blob) || name === "") throw new Error("an upload without name or file");
    if (body.size > 50_000_000) return refusal(413, "AttachmentTooLarge");
    const token = `upload-${this.#uploads.size + 1}`;
    this.#uploads.set(token, { name, size: body.size });
    return Response.json({ upload: { token } }, { status: 201 });
  }

  #create(body: { ticket: Record<string, unknown> }, key: string): Response {
    if (!validCreate(body)) throw new Error(ajv.errorsText(validCreate.errors));
    const hash = createHash("sha256").update(JSON.stringify(body)).digest("hex");
    const before = this.#keys.get(key);
    if (before !== undefined) {
      return before.hash === hash
        ? Response.json(
            { ticket: this.view(before.ticket) },
            { status: 201, headers: { "x-idempotency-lookup": "hit" } },
          )
        : refusal(400, "IdempotentRequestError", "Idempotency-Key used with other parameters");
    }
    const source = this.world.tickets.get(Number(body.ticket.via_followup_source_id));
    const { set, files, comment, plain } = this.#meant(body.ticket);
    if (comment === undefined) return refusal(422, "RecordInvalid", "Description: cannot be blank");
    const ticket = this.world.add(BOT, { ...plain, fields: set, files }, comment);
    if (source?.status === "closed") ticket.tags = [...new Set([...ticket.tags, "followup"])];
    if (key !== "") this.#keys.set(key, { hash, ticket });
    return Response.json(
      { ticket: this.view(ticket) },
      { status: 201, headers: { "x-idempotency-lookup": "miss" } },
    );
  }

  #update(ticket: Ticket, body: { ticket: Record<string, unknown> }): Response {
    if (!validUpdate(body)) throw new Error(ajv.errorsText(validUpdate.errors));
    if (ticket.status === "closed") {
      return refusal(422, "RecordInvalid", "Status: closed prevents ticket update");
    }
    const { updated_stamp } = body.ticket;
    if (updated_stamp !== undefined && updated_stamp !== stamp(ticket.updated)) {
      return refusal(409, "UpdateConflict");
    }
    const { set, files, comment, plain } = this.#meant(body.ticket);
    const solved = plain.status === "solved" && ticket.status !== "solved";
    if (solved && (plain.assignee_id ?? ticket.assignee_id) === null) {
      return refusal(422, "RecordInvalid", "Assignee: is required when solving a ticket");
    }
    for (const [name, size] of files) ticket.files.set(name, size);
    const said = comment === undefined ? {} : { comment };
    const events = this.world.change(ticket, BOT, { ...plain, set, ...said });
    const audit = events.map((event) => ({ type: "Change", ...event }));
    return Response.json({ ticket: this.view(ticket), audit: { id: 1, events: audit } });
  }

  #meant(ticket: Record<string, unknown>) {
    const { custom_fields = [], comment, safe_update, updated_stamp, ...rest } = ticket;
    const { via_followup_source_id, ...plain } = rest;
    const set = new Map<number, string | number | null>();
    for (const { id, value } of custom_fields as { id: number; value: string | number }[]) {
      const field = FIELDS.find((one) => one.id === id);
      // A number that is no field's is dropped, a value that is in no list becomes none.
      if (field === undefined) continue;
      const options = field.custom_field_options;
      set.set(id, options && !options.some((one) => one.value === value) ? null : value);
    }
    const said = comment as { html_body: string; public: boolean; uploads?: string[] } | undefined;
    const files = new Map(
      (said?.uploads ?? []).flatMap((token) => {
        const file = this.#uploads.get(token);
        return file === undefined ? [] : [[file.name, file.size] as const];
      }),
    );
    return {
      set,
      files,
      plain: plain as Partial<Ticket>,
      comment: said && { html: said.html_body, public: said.public, author: BOT },
    };
  }

  view(ticket: Ticket): object {
    const { fields, comments, files, created, updated, ...plain } = ticket;
    return {
      ...plain,
      custom_fields: FIELDS.map(({ id }) => ({ id, value: fields.get(id) ?? null })),
      created_at: stamp(created),
      updated_at: stamp(updated),
    };
  }
}

const PAGE = 5;

/** Only the words that a desk of ours asks with. */
function search(tickets: readonly Ticket[], query: string): readonly Ticket[] {
  const words = /^type:ticket submitter:(\d+) tags:(\w+) status<solved$/.exec(query);
  if (words === null) throw new Error(`no such search: ${query}`);
  const [, submitter, tag = ""] = words;
  return tickets.filter(
    (ticket) =>
      ticket.submitter_id === Number(submitter) &&
      ticket.tags.includes(tag) &&
      !["solved", "closed"].includes(ticket.status),
  );
}
