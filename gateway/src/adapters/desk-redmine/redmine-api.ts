import { z } from "zod";
import type { EpochMs } from "#domain/units.ts";
import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskHttp, DeskRequest } from "../desk-http/desk-fetch.ts";
import { mapDone } from "../desk-http/outcome.ts";

const named = z.object({ id: z.int(), name: z.string() });

const detail = z.object({
  property: z.string(),
  name: z.string(),
  old_value: z.string().nullish(),
  new_value: z.string().nullish(),
});

const journal = z.object({
  id: z.int(),
  /** Absent for a user that was deleted. */
  user: named.optional(),
  notes: z.string().nullish(),
  private_notes: z.boolean().optional(),
  created_on: z.string(),
  details: z.array(detail).default([]),
});

const issue = z.object({
  id: z.int(),
  project: named,
  tracker: named.optional(),
  status: named.extend({ is_closed: z.boolean().optional() }),
  author: named.optional(),
  assigned_to: named.optional(),
  subject: z.string(),
  description: z.string().nullish(),
  custom_fields: z
    .array(z.object({ id: z.int(), name: z.string(), value: z.unknown() }))
    .default([]),
  created_on: z.string(),
  updated_on: z.string(),
  journals: z.array(journal).default([]),
  /** Since Redmine 5.0. */
  allowed_statuses: z.array(named).optional(),
});

export type RedmineIssue = z.output<typeof issue>;
export type RedmineJournal = z.output<typeof journal>;
export type RedmineDetail = z.output<typeof detail>;

const issuePage = z.object({ issues: z.array(issue), total_count: z.int() });
export type RedminePage = z.output<typeof issuePage>;

const relation = z.object({ issue_id: z.int(), issue_to_id: z.int() });
const role = z.object({
  id: z.int(),
  permissions: z.array(z.string()),
  issues_visibility: z.string().optional(),
});
const status = named.extend({ is_closed: z.boolean().optional() });
const project = named.extend({
  identifier: z.string(),
  trackers: z.array(named).default([]),
  issue_custom_fields: z.array(named).default([]),
  enabled_modules: z.array(z.object({ name: z.string() })).default([]),
});
export type RedmineProject = z.output<typeof project>;
export type RedmineField = z.output<typeof named>;
export type RedmineStatus = z.output<typeof status>;
export type RedmineRole = z.output<typeof role>;
const membership = z.object({ project: named, roles: z.array(named) });
const me = z.object({
  id: z.int(),
  admin: z.boolean().optional(),
  memberships: z.array(membership).default([]),
});
export type RedmineMe = z.output<typeof me>;

/** Pages are no longer than this, whatever is asked for. */
export const MAX_PAGE = 100;

/** The requests that the connector makes, their answers checked. Nothing here repeats anything. */
export class RedmineApi {
  readonly #http: DeskHttp;

  constructor(http: DeskHttp) {
    this.#http = http;
  }

  issue(id: string): Promise<DeskOutcome<RedmineIssue>> {
    const query = { include: "journals,allowed_statuses" };
    return this.#get(pathOf(id), z.object({ issue }), (body) => body.issue, query);
  }

  /** Closed issues, too; a query of Redmine's own finds only open ones. */
  issues(query: Query): Promise<DeskOutcome<RedminePage>> {
    const all = { status_id: "*", limit: MAX_PAGE, ...query };
    return this.#get("/issues.json", issuePage, (body) => body, all);
  }

  create(fields: Readonly<Record<string, unknown>>): Promise<DeskOutcome<number>> {
    const created = z.object({ issue: z.object({ id: z.int() }) });
    const request = { method: "POST", path: "/issues.json", json: { issue: fields } } as const;
    return this.#ask(request, created, (body) => body.issue.id);
  }

  change(id: string, fields: Readonly<Record<string, unknown>>): Promise<DeskOutcome<unknown>> {
    return this.#http.send({ method: "PUT", path: pathOf(id), json: { issue: fields } });
  }

  /** Answers a token; nothing is seen of an upload until an issue uses it. */
  upload(name: string, bytes: Uint8Array): Promise<DeskOutcome<string>> {
    const headers = { "content-type": "application/octet-stream" };
    const query = { filename: name };
    return this.#ask(
      { method: "POST", path: "/uploads.json", query, bytes, headers },
      z.object({ upload: z.object({ token: z.string() }) }),
      (body) => body.upload.token,
    );
  }

  relations(id: string): Promise<DeskOutcome<readonly z.output<typeof relation>[]>> {
    const schema = z.object({ relations: z.array(relation) });
    return this.#get(pathOf(id, "/relations"), schema, (body) => body.relations);
  }

  relate(id: string, to: string): Promise<DeskOutcome<unknown>> {
    const json = { relation: { issue_to_id: to, relation_type: "relates" } };
    return this.#http.send({ method: "POST", path: pathOf(id, "/relations"), json });
  }

  me(): Promise<DeskOutcome<RedmineMe>> {
    const query = { include: "memberships" };
    return this.#get("/users/current.json", z.object({ user: me }), (body) => body.user, query);
  }

  role(id: number): Promise<DeskOutcome<RedmineRole>> {
    return this.#get(`/roles/${id}.json`, z.object({ role }), (body) => body.role);
  }

  userName(id: string): Promise<DeskOutcome<string>> {
    const user = z.object({ firstname: z.string(), lastname: z.string() });
    return this.#get(
      `/users/${encodeURIComponent(id)}.json`,
      z.object({ user }),
      (body) => `${body.user.firstname} ${body.user.lastname}`,
    );
  }

  statuses(): Promise<DeskOutcome<readonly RedmineStatus[]>> {
    const schema = z.object({ issue_statuses: z.array(status) });
    return this.#get("/issue_statuses.json", schema, (body) => body.issue_statuses);
  }

  projects(offset: number): Promise<DeskOutcome<readonly RedmineProject[]>> {
    const include = "trackers,issue_custom_fields,enabled_modules";
    const schema = z.object({ projects: z.array(project) });
    const query = { include, limit: MAX_PAGE, offset };
    return this.#get("/projects.json", schema, (body) => body.projects, query);
  }

  /** For administrators only; `refused` for everybody else. */
  customFields(): Promise<DeskOutcome<readonly RedmineField[]>> {
    const field = named.extend({ customized_type: z.string() });
    return this.#get("/custom_fields.json", z.object({ custom_fields: z.array(field) }), (body) =>
      body.custom_fields.filter((one) => one.customized_type === "issue"),
    );
  }

  #get<T, R>(
    path: string,
    schema: z.ZodType<T>,
    pick: (body: T) => R,
    query: Query = {},
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

type Query = Readonly<Record<string, string | number>>;

const pathOf = (id: string, rest = ""): string => `/issues/${encodeURIComponent(id)}${rest}.json`;

/** Redmine's clock, to the second. */
export const epoch = (text: string): EpochMs => Date.parse(text);
