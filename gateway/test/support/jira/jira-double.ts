import { matches } from "./jira-jql.ts";
import type { Issue } from "./jira-world.ts";
import {
  BOT,
  DESKS,
  FIELDS,
  FORM,
  JiraWorld,
  NAMES,
  OPTIONS,
  stamp,
  transitionsOf,
} from "./jira-world.ts";

export const JIRA_USER = "gateway@example.com";
export const JIRA_TOKEN = "jira-test-token";

const errors = (status: number, ...errorMessages: readonly string[]) =>
  Response.json({ errorMessages, errors: {} }, { status });

/** Throws when a body is not as the vendor's documents describe it. */
export type CheckBody = (method: string, path: string, body: unknown) => void;

/** `cut`: done, but the answer is lost. A response: nothing is done, and this is the answer. */
export type Fault = "cut" | Response;

/**
 * Jira Service Management as its documentation describes it, kept in memory: its search lags until
 * `world.index()`, its forms refuse fields that are not on them, its transitions ask for a resolution.
 */
export class JiraDouble {
  readonly world = new JiraWorld();
  readonly faults: Fault[] = [];
  readonly requests: string[] = [];
  readonly searches: string[] = [];
  rights = new Set<string>();
  form = FORM;
  readonly #files = new Map<string, File>();
  readonly #checkBody: CheckBody;

  constructor(checkBody: CheckBody = () => undefined) {
    this.#checkBody = checkBody;
  }

  /** Instead of the network. */
  readonly fetch = (async (input: URL, init: RequestInit) => {
    const url = new URL(input);
    const method = init.method ?? "GET";
    this.requests.push(`${method} ${url.pathname}`);
    const basic = Buffer.from(`${JIRA_USER}:${JIRA_TOKEN}`).toString("base64");
    if (new Headers(init.headers).get("authorization") !== `Basic ${basic}`) {
      return errors(401, "Client must be authenticated to access this resource.");
    }
    const fault = this.faults.shift();
    if (fault instanceof Response) return fault;
    const answer = this.#answer(method, url, init.body);
    if (fault === "cut") throw new TypeError("fetch failed", { cause: new Error("cut") });
    return answer;
  }) as typeof fetch;

  #answer(method: string, url: URL, body: unknown): Response {
    const { pathname: path } = url;
    if (body instanceof FormData) return this.#temporary(body);
    const json = typeof body === "string" ? JSON.parse(body) : undefined;
    if (method !== "GET") this.#checkBody(method, path, json);
    const [, id = "", rest = ""] = /^\/rest\/api\/3\/issue\/([^/]+)(.*)$/.exec(path) ?? [];
    if (id !== "") return this.#issue(method, { id, rest, url, json });
    switch (path) {
      case "/rest/servicedeskapi/request":
        return this.#create(json);
      case "/rest/api/3/search/jql":
        return this.#search(json);
      case "/rest/api/3/issueLink":
        return this.#link(json);
      default:
        return /\/request\/\d+\/attachment$/.test(path)
          ? this.#attach(path, json)
          : this.#lists(url);
    }
  }

  #lists({ pathname: path, searchParams: query }: URL): Response {
    const fields = FIELDS.filter(({ id }) => this.form.includes(id));
    if (path.endsWith("/field") && path.includes("/requesttype/")) {
      return Response.json({
        requestTypeFields: fields.map(({ id, name }) => ({
          fieldId: id,
          name,
          required: id === "summary",
          validValues: (OPTIONS[id] ?? []).map((label, at) => ({ label, value: String(at) })),
        })),
      });
    }
    if (path.endsWith("/requesttype")) {
      return Response.json({ values: [{ id: "77", name: "Proactive case" }] });
    }
    const asked = (query.get("permissions") ?? "").split(",");
    const answers: Record<string, unknown> = {
      "/rest/servicedeskapi/servicedesk": { values: DESKS },
      "/rest/api/3/myself": { accountId: BOT, displayName: NAMES[BOT] },
      "/rest/api/3/field": FIELDS,
      "/rest/api/3/status": [{ name: "Open" }, { name: "In Progress" }, { name: "Resolved" }],
      "/rest/api/3/mypermissions": {
        permissions: Object.fromEntries(
          asked.map((right) => [right, { havePermission: !this.rights.has(right) }]),
        ),
      },
    };
    if (!(path in answers)) throw new Error(`no such address in the documentation: ${path}`);
    return Response.json(answers[path]);
  }

  #issue(
    method: string,
    { id, rest, url, json }: { id: string; rest: string; url: URL; json: Record<string, unknown> },
  ): Response {
    const issue = this.world.issues.get(id);
    if (issue === undefined)
      return errors(404, "Issue does not exist or you do not have permission");
    const call = `${method} ${rest.replace(/^\/properties\/\w+$/, "/properties")}`;
    switch (call) {
      case "GET ": {
        const expanded = url.searchParams.get("expand") === "changelog";
        const changelog = expanded ? { changelog: this.world.history(issue) } : {};
        return Response.json({ ...this.world.view(issue), ...changelog });
      }
      case "GET /comment":
        return Response.json({
          comments: issue.comments.toReversed().map(({ id: number, author, body, at }) => ({
            id: number,
            author: { accountId: author, displayName: NAMES[author] },
            body,
            created: stamp(at),
          })),
        });
      case "GET /transitions":
        return Response.json({ transitions: transitionsOf(issue) });
      case "PUT ":
        return this.#edit(issue, json);
      case "PUT /properties":
        issue.properties.set("voorzorg", json);
        return new Response(null, { status: 201 });
      case "POST /comment":
        return this.#comment(issue, json);
      case "POST /transitions":
        return this.#transit(issue, json);
      default:
        throw new Error(`no such address in the documentation: ${call}`);
    }
  }

  #comment(issue: Issue, body: Record<string, unknown>): Response {
    const properties = JSON.stringify(body.properties ?? []);
    const internal = properties.includes('"sd.public.comment","value":{"internal":true}');
    return Response.json(
      { id: this.world.comment(issue, BOT, body.body, internal) },
      { status: 201 },
    );
  }

  #create(body: { requestFieldValues: Record<string, unknown>; serviceDeskId: string }): Response {
    const { requestFieldValues: values, serviceDeskId } = body;
    const strange = Object.keys(values).filter((id) => !this.form.includes(id));
    if (strange.length > 0) return errors(400, `Field '${strange[0]}' is not on the form`);
    const desk = DESKS.find(({ id }) => id === serviceDeskId);
    if (desk === undefined) return errors(404, "The service desk does not exist");
    const wrong = wrongOption(values);
    if (wrong !== undefined) return wrong;
    const { summary, ...fields } = values;
    const issue = this.world.add(BOT, {
      summary: String(summary),
      project: desk.projectKey,
      fields: new Map(Object.entries(fields)),
    });
    return Response.json({ issueId: issue.id, issueKey: issue.key }, { status: 201 });
  }

  #edit(issue: Issue, body: Record<string, unknown>): Response {
    const fields = (body.fields ?? {}) as Record<string, unknown>;
    const wrong = wrongOption(fields);
    if (wrong !== undefined) return wrong;
    const items = Object.entries(fields).map(([id, value]) => {
      issue.fields.set(id, value);
      const field = FIELDS.find((one) => one.id === id);
      return { field: field?.name ?? id, fieldId: id, toString: JSON.stringify(value) };
    });
    const update = body.update as { labels?: { add: string }[] } | undefined;
    const labels = update?.labels?.map(({ add }) => add) ?? [];
    if (labels.length > 0) {
      issue.labels = [...new Set([...issue.labels, ...labels])];
      items.push({ field: "labels", fieldId: "labels", toString: issue.labels.join(" ") });
    }
    this.world.change(issue, BOT, items);
    return new Response(null, { status: 204 });
  }

  #transit(issue: Issue, body: Record<string, unknown>): Response {
    const { id } = body.transition as { id: string };
    const step = transitionsOf(issue).find((one) => one.id === id);
    if (step === undefined)
      return errors(400, `Transition id '${id}' is not valid for this issue.`);
    const { resolution } = (body.fields ?? {}) as { resolution?: { name: string } };
    if (step.to.name === "Resolved" && resolution === undefined) {
      return errors(400, "Resolution is required.");
    }
    moveTo(this.world, issue, {
      by: BOT,
      status: step.to.name,
      resolution: resolution?.name ?? null,
    });
    return new Response(null, { status: 204 });
  }

  #search(body: { jql: string; reconcileIssues?: number[] }): Response {
    this.searches.push(body.jql);
    const sure = new Set(body.reconcileIssues?.map(String));
    const found = [...this.world.issues.values()]
      .filter((issue) => issue.indexed > 0 || sure.has(issue.id))
      .filter((issue) => matches(issue, body.jql))
      .sort((a, b) => a.updated - b.updated);
    return Response.json({ issues: found.map((issue) => this.world.view(issue)), isLast: true });
  }

  #link(body: { inwardIssue: { id: string }; outwardIssue: { id: string } }): Response {
    const [from, to] = [body.inwardIssue, body.outwardIssue].map(({ id }) =>
      this.world.issues.get(id),
    );
    if (from === undefined || to === undefined) return errors(404, "Issue does not exist");
    from.links.push(to.id);
    return new Response(null, { status: 201 });
  }

  #temporary(form: FormData): Response {
    const file = form.get("file");
    if (!(file instanceof File)) throw new Error("the file is not under the name file");
    const id = `temp-${this.#files.size + 1}`;
    this.#files.set(id, file);
    const temporaryAttachments = [{ temporaryAttachmentId: id, fileName: file.name }];
    return Response.json({ temporaryAttachments }, { status: 201 });
  }

  #attach(path: string, body: { temporaryAttachmentIds: string[]; public: boolean }): Response {
    const issue = this.world.issues.get(/\/request\/(\d+)\//.exec(path)?.[1] ?? "");
    if (issue === undefined) return errors(404, "Issue does not exist");
    if (body.public) throw new Error("customers would see the file");
    for (const id of body.temporaryAttachmentIds) {
      const file = this.#files.get(id);
      if (file === undefined) return errors(400, "No such temporary file");
      issue.files.set(file.name, file.size);
    }
    this.world.change(issue, BOT, [{ field: "Attachment", toString: "file" }]);
    return Response.json({}, { status: 201 });
  }
}

/** As the agents' pages and our transitions do it. */
export function moveTo(
  world: JiraWorld,
  issue: Issue,
  to: { readonly by: string; readonly status: string; readonly resolution: string | null },
): void {
  const resolved = issue.resolution !== to.resolution;
  Object.assign(issue, { status: to.status, resolution: to.resolution });
  world.change(issue, to.by, [
    ...(resolved ? [{ field: "resolution", toString: to.resolution ?? "" }] : []),
    { field: "status", fieldId: "status", toString: to.status },
  ]);
}

function wrongOption(values: Record<string, unknown>): Response | undefined {
  for (const [id, options] of Object.entries(OPTIONS)) {
    const value = values[id] as { value?: string } | undefined;
    if (value !== undefined && !options.includes(value.value ?? "")) {
      return Response.json(
        { errorMessages: [], errors: { [id]: `Option value '${value.value}' is not valid` } },
        { status: 400 },
      );
    }
  }
  return undefined;
}
