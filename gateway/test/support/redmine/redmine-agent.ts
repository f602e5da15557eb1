import type { RedminePerson, RedmineSeed } from "./redmine-seed.ts";

/** What a person does in Redmine, past the connector under test. A refusal throws. */
export class RedmineAgent {
  readonly person: RedminePerson;
  readonly #url: string;
  readonly #seed: RedmineSeed;

  constructor(url: string, seed: RedmineSeed, person: RedminePerson) {
    this.#url = url;
    this.#seed = seed;
    this.person = person;
  }

  async request(method: string, path: string, json?: unknown): Promise<RedmineAnswer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: { "x-redmine-api-key": this.person.key, "content-type": "application/json" },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, text };
  }

  /** Page of an issue as people see it in a browser. */
  async page(id: string): Promise<string> {
    const page = await fetch(`${this.#url}/issues/${id}`, {
      headers: { cookie: await this.cookie() },
    });
    return page.text();
  }

  /** Of a browser in which this person has signed in. */
  async cookie(): Promise<string> {
    const form = await fetch(`${this.#url}/login`);
    const token = /name="authenticity_token" value="([^"]+)"/.exec(await form.text())?.[1] ?? "";
    const { login } = this.person;
    const signedIn = await fetch(`${this.#url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: cookieOf(form) },
      body: new URLSearchParams({
        authenticity_token: token,
        username: login,
        password: `pw-${login}-1234`,
      }),
    });
    return cookieOf(signedIn);
  }

  async read(id: string): Promise<RedmineIssue> {
    const path = `/issues/${id}.json?include=journals,attachments,relations`;
    const { issue } = JSON.parse(await this.#do("GET", path)) as { issue: RedmineIssue };
    return issue;
  }

  /** All issues that hold this in this field, closed ones included. */
  async search(field: string, value: string): Promise<readonly RedmineIssue[]> {
    const path = `/issues.json?status_id=*&limit=100&cf_${this.field(field)}=${encodeURIComponent(value)}`;
    const { issues } = JSON.parse(await this.#do("GET", path)) as { issues: RedmineIssue[] };
    return issues;
  }

  async create(issue: {
    subject: string;
    project?: string;
    fields?: Readonly<Record<string, string>>;
  }): Promise<string> {
    const { subject, project = "proactive", fields = {} } = issue;
    const answer = await this.#do("POST", "/issues.json", {
      issue: {
        project_id: this.#seed.projects[project],
        tracker_id: this.#seed.tracker,
        subject,
        custom_fields: this.#custom(fields),
      },
    });
    return String((JSON.parse(answer) as { issue: { id: number } }).issue.id);
  }

  comment = (id: string, text: string) => this.edit(id, { notes: text });
  take = (id: string) => this.edit(id, { assigned_to_id: this.person.id });
  giveBack = (id: string) => this.edit(id, { assigned_to_id: "" });
  setStatus = (id: string, name: string) => this.edit(id, { status_id: this.#seed.statuses[name] });
  move = (id: string, project: string) =>
    this.edit(id, { project_id: this.#seed.projects[project] });
  setField = (id: string, name: string, value: string) =>
    this.edit(id, { custom_fields: this.#custom({ [name]: value }) });

  /** Any attributes at once, as Redmine names them. */
  async edit(id: string, attributes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#do("PUT", `/issues/${id}.json`, { issue: attributes });
  }

  field(name: string): number {
    const id = this.#seed.fields[name];
    if (id === undefined) throw new Error(`no field ${name}`);
    return id;
  }

  #custom(fields: Readonly<Record<string, string>>): readonly object[] {
    return Object.entries(fields).map(([name, value]) => ({ id: this.field(name), value }));
  }

  async #do(method: string, path: string, json?: unknown): Promise<string> {
    const { status, text } = await this.request(method, path, json);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return text;
  }
}

const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";")[0])
    .join("; ");

export interface RedmineAnswer {
  readonly status: number;
  readonly text: string;
}

export interface RedmineIssue {
  readonly id: number;
  readonly subject: string;
  readonly description: string;
  readonly status: { readonly name: string };
  readonly project: { readonly name: string };
  readonly assigned_to?: { readonly name: string };
  readonly custom_fields: readonly { readonly name: string; readonly value: string }[];
  readonly attachments?: readonly { readonly filename: string; readonly filesize: number }[];
  readonly relations?: readonly { readonly issue_id: number; readonly issue_to_id: number }[];
  readonly journals?: readonly {
    readonly id: number;
    readonly user: { readonly name: string };
    readonly notes: string;
    readonly private_notes: boolean;
  }[];
}
