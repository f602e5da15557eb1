import { z } from "zod";
import type { DeskOutcome } from "#ports/desk.ts";
import type { DeskHttp, DeskRequest } from "../desk-http/desk-fetch.ts";
import { mapDone } from "../desk-http/outcome.ts";
import type { AdfDocument } from "./jira-adf.ts";

const person = z.object({ accountId: z.string(), displayName: z.string().default("") });
export type JiraPerson = z.output<typeof person>;

const issue = z.object({
  id: z.string(),
  key: z.string(),
  fields: z.looseObject({
    summary: z.string().nullish(),
    created: z.string(),
    updated: z.string(),
    labels: z.array(z.string()).default([]),
    status: z.object({
      name: z.string(),
      statusCategory: z.object({ key: z.string() }).optional(),
    }),
    resolution: z.object({ name: z.string() }).nullish(),
    assignee: person.nullish(),
    reporter: person.nullish(),
    project: z.object({ id: z.string(), key: z.string() }),
    issuelinks: z
      .array(
        z.object({
          inwardIssue: z.object({ id: z.string() }).optional(),
          outwardIssue: z.object({ id: z.string() }).optional(),
        }),
      )
      .default([]),
  }),
});
export type JiraIssue = z.output<typeof issue>;

const historyItem = z.looseObject({ field: z.string(), fieldId: z.string().optional() });
export type JiraItem = z.output<typeof historyItem>;

const history = z.object({
  id: z.string(),
  author: person.optional(),
  created: z.string(),
  items: z.array(historyItem),
});
export type JiraHistory = z.output<typeof history>;

const withHistory = issue.extend({ changelog: z.object({ histories: z.array(history) }) });
export type JiraIssueWithHistory = z.output<typeof withHistory>;

const comment = z.object({
  id: z.string(),
  author: person.optional(),
  body: z.unknown(),
  created: z.string(),
});
export type JiraComment = z.output<typeof comment>;

const transition = z.object({
  id: z.string(),
  name: z.string(),
  to: z.object({ name: z.string() }),
  fields: z
    .record(
      z.string(),
      z.object({
        required: z.boolean().optional(),
        allowedValues: z.array(z.looseObject({ name: z.string().optional() })).optional(),
      }),
    )
    .default({}),
});
export type JiraTransition = z.output<typeof transition>;

const field = z.object({
  id: z.string(),
  name: z.string(),
  schema: z.object({ type: z.string(), custom: z.string().optional() }).optional(),
});
export type JiraField = z.output<typeof field>;

const serviceDesk = z.object({ id: z.string(), projectId: z.string(), projectKey: z.string() });
export type JiraServiceDesk = z.output<typeof serviceDesk>;

const named = z.object({ id: z.string(), name: z.string() });
const formField = z.object({
  fieldId: z.string(),
  name: z.string(),
  required: z.boolean(),
  validValues: z.array(z.object({ label: z.string().optional(), value: z.string() })).default([]),
});
export type JiraFormField = z.output<typeof formField>;

const page = z.object({
  issues: z.array(issue),
  nextPageToken: z.string().nullish(),
});
export type JiraPage = z.output<typeof page>;

type Body = Readonly<Record<string, unknown>>;
type Query = Readonly<Record<string, string | number>>;

/** The requests that the connector makes, their answers checked. Nothing here repeats anything. */
export class JiraApi {
  readonly #http: DeskHttp;

  constructor(http: DeskHttp) {
    this.#http = http;
  }

  issue(id: string): Promise<DeskOutcome<JiraIssue>> {
    return this.#get(issuePath(id), issue, (body) => body, { fields: "*all" });
  }

  /** With the newest changes, newest first. */
  issueWithHistory(id: string): Promise<DeskOutcome<JiraIssueWithHistory>> {
    const query = { fields: "*all", expand: "changelog" };
    return this.#get(issuePath(id), withHistory, (body) => body, query);
  }

  /** The newest, newest first. */
  comments(id: string): Promise<DeskOutcome<readonly JiraComment[]>> {
    const schema = z.object({ comments: z.array(comment) });
    const query = { orderBy: "-created", maxResults: 100 };
    return this.#get(issuePath(id, "/comment"), schema, (body) => body.comments, query);
  }

  /** Lags by seconds to minutes, but for issues whose number is given. */
  search(body: Body): Promise<DeskOutcome<JiraPage>> {
    const json = { maxResults: 100, fields: ["*all"], ...body };
    const path = "/rest/api/3/search/jql";
    return this.#ask({ method: "POST", path, json, effect: "read" }, page, (found) => found);
  }

  create(body: Body): Promise<DeskOutcome<string>> {
    return this.#ask(
      { method: "POST", path: "/rest/servicedeskapi/request", json: body },
      z.object({ issueId: z.string() }),
      (made) => made.issueId,
    );
  }

  edit(id: string, body: Body): Promise<DeskOutcome<unknown>> {
    return this.#http.send({ method: "PUT", path: issuePath(id), json: body });
  }

  setProperty(id: string, name: string, value: unknown): Promise<DeskOutcome<unknown>> {
    const path = issuePath(id, `/properties/${encodeURIComponent(name)}`);
    return this.#http.send({ method: "PUT", path, json: value });
  }

  /** Seen by agents only. */
  comment(id: string, body: AdfDocument): Promise<DeskOutcome<string>> {
    const properties = [{ key: "sd.public.comment", value: { internal: true } }];
    return this.#ask(
      { method: "POST", path: issuePath(id, "/comment"), json: { body, properties } },
      z.object({ id: z.string() }),
      (made) => made.id,
    );
  }

  transitions(id: string): Promise<DeskOutcome<readonly JiraTransition[]>> {
    const schema = z.object({ transitions: z.array(transition) });
    const query = { expand: "transitions.fields" };
    return this.#get(issuePath(id, "/transitions"), schema, (body) => body.transitions, query);
  }

  transit(id: string, body: Body): Promise<DeskOutcome<unknown>> {
    return this.#http.send({ method: "POST", path: issuePath(id, "/transitions"), json: body });
  }

  link(body: Body): Promise<DeskOutcome<unknown>> {
    return this.#http.send({ method: "POST", path: "/rest/api/3/issueLink", json: body });
  }

  /** Nothing is seen of a file until a request has it. */
  temporaryFile(desk: string, name: string, file: Blob): Promise<DeskOutcome<string>> {
    const form = new FormData();
    form.set("file", file, name);
    const path = `/rest/servicedeskapi/servicedesk/${encodeURIComponent(desk)}/attachTemporaryFile`;
    const headers = { "x-atlassian-token": "no-check", "x-experimentalapi": "opt-in" };
    const files = z.array(z.object({ temporaryAttachmentId: z.string() })).min(1);
    return this.#ask(
      { method: "POST", path, form, headers },
      z.object({ temporaryAttachments: files }),
      (body) => body.temporaryAttachments[0]?.temporaryAttachmentId ?? "",
    );
  }

  attach(id: string, temporary: string): Promise<DeskOutcome<unknown>> {
    const path = `/rest/servicedeskapi/request/${encodeURIComponent(id)}/attachment`;
    const json = { temporaryAttachmentIds: [temporary], public: false };
    return this.#http.send({ method: "POST", path, json });
  }

  me(): Promise<DeskOutcome<JiraPerson>> {
    return this.#get("/rest/api/3/myself", person, (body) => body);
  }

  fields(): Promise<DeskOutcome<readonly JiraField[]>> {
    return this.#get("/rest/api/3/field", z.array(field), (body) => body);
  }

  statuses(): Promise<DeskOutcome<readonly string[]>> {
    const schema = z.array(z.object({ name: z.string() }));
    return this.#get("/rest/api/3/status", schema, (body) => body.map(({ name }) => name));
  }

  serviceDesks(): Promise<DeskOutcome<readonly JiraServiceDesk[]>> {
    return this.#values("/rest/servicedeskapi/servicedesk", serviceDesk);
  }

  requestTypes(desk: string): Promise<DeskOutcome<readonly z.output<typeof named>[]>> {
    return this.#values(`/rest/servicedeskapi/servicedesk/${desk}/requesttype`, named);
  }

  formFields(desk: string, type: string): Promise<DeskOutcome<readonly JiraFormField[]>> {
    return this.#get(
      `/rest/servicedeskapi/servicedesk/${desk}/requesttype/${type}/field`,
      z.object({ requestTypeFields: z.array(formField) }),
      (body) => body.requestTypeFields,
    );
  }

  /** Those of the named rights that we do not have in a project. */
  missingRights(
    project: string,
    rights: readonly string[],
  ): Promise<DeskOutcome<readonly string[]>> {
    const permission = z.object({ havePermission: z.boolean() });
    const query = { projectKey: project, permissions: rights.join(",") };
    return this.#get(
      "/rest/api/3/mypermissions",
      z.object({ permissions: z.record(z.string(), permission) }),
      ({ permissions }) => rights.filter((right) => permissions[right]?.havePermission !== true),
      query,
    );
  }

  #values<T>(path: string, schema: z.ZodType<T>): Promise<DeskOutcome<readonly T[]>> {
    const query = { limit: 100 };
    return this.#get(path, z.object({ values: z.array(schema) }), (body) => body.values, query);
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

const issuePath = (id: string, rest = ""): string =>
  `/rest/api/3/issue/${encodeURIComponent(id)}${rest}`;
