import { z } from "zod";
import type { EpochMs } from "#domain/units.ts";
import type { DeskHttp } from "../desk-http/desk-fetch.ts";
import { thenDone } from "../desk-http/outcome.ts";

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

const membership = z.object({ project: named, roles: z.array(named) });

/** Pages are no longer than this, whatever is asked for. */
export const MAX_PAGE = 100;

/** The requests that the connector makes, their answers checked. Nothing here repeats anything. */
export class RedmineApi {
  readonly http: DeskHttp;

  constructor(http: DeskHttp) {
    this.http = http;
  }

  async issue(id: string) {
    const path = `/issues/${encodeURIComponent(id)}.json`;
    const query = { include: "journals,allowed_statuses" };
    const answer = this.http.ask({ method: "GET", path, query }, z.object({ issue }));
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.issue }));
  }

  async issues(query: Readonly<Record<string, string | number>>) {
    // Without a status only open issues are found.
    const all = { status_id: "*", limit: MAX_PAGE, ...query };
    const answer = this.http.ask({ method: "GET", path: "/issues.json", query: all }, issuePage);
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body }));
  }

  async create(fields: Readonly<Record<string, unknown>>) {
    const request = { method: "POST", path: "/issues.json", json: { issue: fields } } as const;
    const created = z.object({ issue: z.object({ id: z.int() }) });
    const answer = this.http.ask(request, created);
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.issue.id }));
  }

  async change(id: string, fields: Readonly<Record<string, unknown>>) {
    const path = `/issues/${encodeURIComponent(id)}.json`;
    return this.http.send({ method: "PUT", path, json: { issue: fields } });
  }

  /** Nothing is seen of an upload until an issue uses its token. */
  async upload(name: string, bytes: Uint8Array) {
    const answer = this.http.ask(
      {
        method: "POST",
        path: "/uploads.json",
        query: { filename: name },
        bytes,
        headers: { "content-type": "application/octet-stream" },
      },
      z.object({ upload: z.object({ token: z.string() }) }),
    );
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.upload.token }));
  }

  async relations(id: string) {
    const path = `/issues/${encodeURIComponent(id)}/relations.json`;
    const relation = z.object({ issue_id: z.int(), issue_to_id: z.int() });
    const relations = z.object({ relations: z.array(relation) });
    const answer = this.http.ask({ method: "GET", path }, relations);
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.relations }));
  }

  async relate(id: string, to: string) {
    const path = `/issues/${encodeURIComponent(id)}/relations.json`;
    const json = { relation: { issue_to_id: to, relation_type: "relates" } };
    return this.http.send({ method: "POST", path, json });
  }

  async me() {
    const user = named
      .omit({ name: true })
      .extend({ admin: z.boolean().optional(), memberships: z.array(membership).default([]) });
    const request = {
      method: "GET",
      path: "/users/current.json",
      query: { include: "memberships" },
    } as const;
    const answer = this.http.ask(request, z.object({ user }));
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.user }));
  }

  async role(id: number) {
    const role = z.object({
      id: z.int(),
      permissions: z.array(z.string()),
      issues_visibility: z.string().optional(),
    });
    const answer = this.http.ask(
      { method: "GET", path: `/roles/${id}.json` },
      z.object({ role }),
    );
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.role }));
  }

  async userName(id: string) {
    const user = z.object({ firstname: z.string(), lastname: z.string() });
    const path = `/users/${encodeURIComponent(id)}.json`;
    const answer = this.http.ask({ method: "GET", path }, z.object({ user }));
    return thenDone(answer, ({ body: { user: found } }) => ({
      kind: "done" as const,
      value: `${found.firstname} ${found.lastname}`.trim(),
    }));
  }

  async statuses() {
    const statuses = z.array(named.extend({ is_closed: z.boolean().optional() }));
    const answer = this.http.ask(
      { method: "GET", path: "/issue_statuses.json" },
      z.object({ issue_statuses: statuses }),
    );
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body.issue_statuses }));
  }

  async projects(offset: number) {
    const project = named.extend({
      identifier: z.string(),
      trackers: z.array(named).default([]),
      issue_custom_fields: z.array(named).default([]),
      enabled_modules: z.array(z.object({ name: z.string() })).default([]),
    });
    const query = {
      include: "trackers,issue_custom_fields,enabled_modules",
      limit: MAX_PAGE,
      offset,
    };
    const answer = this.http.ask(
      { method: "GET", path: "/projects.json", query },
      z.object({ projects: z.array(project), total_count: z.int() }),
    );
    return thenDone(answer, ({ body }) => ({ kind: "done" as const, value: body }));
  }

  /** For administrators only; `refused` for everybody else. */
  async customFields() {
    const field = named.extend({ customized_type: z.string() });
    const answer = this.http.ask(
      { method: "GET", path: "/custom_fields.json" },
      z.object({ custom_fields: z.array(field) }),
    );
    return thenDone(answer, ({ body }) => ({
      kind: "done" as const,
      value: body.custom_fields.filter((one) => one.customized_type === "issue"),
    }));
  }
}

/** Redmine's clock, to the second. */
export const epoch = (text: string): EpochMs => Date.parse(text);
