export interface Issue {
  readonly id: string;
  key: string;
  project: string;
  summary: string;
  status: string;
  resolution: string | null;
  assignee: string | null;
  readonly reporter: string;
  labels: string[];
  readonly fields: Map<string, unknown>;
  readonly properties: Map<string, unknown>;
  readonly comments: Comment[];
  readonly histories: History[];
  readonly files: Map<string, number>;
  readonly links: string[];
  readonly created: number;
  updated: number;
  /** As the search knows it; it lags. */
  indexed: number;
}

interface Comment {
  readonly id: string;
  readonly author: string;
  readonly body: unknown;
  readonly internal: boolean;
  readonly at: number;
}

interface History {
  readonly id: string;
  readonly author: string;
  readonly at: number;
  readonly items: readonly Record<string, unknown>[];
}

export const BOT = "acc-bot";
export const ANNA = "acc-anna";
export const NAMES: Readonly<Record<string, string>> = { [BOT]: "Gateway", [ANNA]: "Anna Agent" };

export const DESKS = [
  { id: "1", projectId: "10001", projectKey: "PROACT" },
  { id: "2", projectId: "10002", projectKey: "FIELD" },
];

const custom = (kind: string) => `com.atlassian.jira.plugin.system.customfieldtypes:${kind}`;
export const FIELDS = [
  { id: "summary", name: "Summary", schema: { type: "string" } },
  { id: "description", name: "Description", schema: { type: "string" } },
  {
    id: "customfield_1",
    name: "Case Ref",
    schema: { type: "string", custom: custom("textfield") },
  },
  {
    id: "customfield_2",
    name: "Dedup Key",
    schema: { type: "string", custom: custom("textfield") },
  },
  {
    id: "customfield_3",
    name: "Device ID",
    schema: { type: "string", custom: custom("textfield") },
  },
  { id: "customfield_4", name: "Case Rev", schema: { type: "number", custom: custom("float") } },
  { id: "customfield_5", name: "Severity", schema: { type: "option", custom: custom("select") } },
  { id: "customfield_6", name: "Case Link", schema: { type: "string", custom: custom("url") } },
  {
    id: "customfield_7",
    name: "Case Evidence",
    schema: { type: "string", custom: custom("textarea") },
  },
  {
    id: "customfield_8",
    name: "Case Verdict",
    schema: { type: "option", custom: custom("select") },
  },
];

export const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  customfield_5: ["warning", "major", "critical"],
  customfield_8: ["Confirmed", "False alarm", "Sensor fault", "Duplicate", "Deferred"],
};

/** On the form of the request type; the others can be edited only. */
export const FORM = ["summary", "description", ...[1, 2, 3, 5, 8].map((n) => `customfield_${n}`)];

const CATEGORY: Readonly<Record<string, string>> = {
  Open: "new",
  "In Progress": "indeterminate",
  Resolved: "done",
};

/** Every status leads to the two others. */
export const transitionsOf = ({ status }: Issue) =>
  Object.keys(CATEGORY)
    .filter((name) => name !== status)
    .map((name) => ({
      id: `t-${name}`,
      name: `Step ${name.length}`,
      to: { name },
      fields:
        name === "Resolved"
          ? {
              resolution: {
                required: true,
                allowedValues: [{ name: "Won't Do" }, { name: "Done" }],
              },
            }
          : {},
    }));

export const stamp = (at: number): string => new Date(at).toISOString().replace("Z", "+0000");

/** Issues and what happened to them. */
export class JiraWorld {
  readonly issues = new Map<string, Issue>();
  #id = 20_000;
  #latest = 0;

  next = (): string => String(++this.#id);

  /** Each change at a millisecond of its own. */
  now(): number {
    this.#latest = Math.max(this.#latest + 1, Date.now());
    return this.#latest;
  }

  add(reporter: string, more: Pick<Issue, "summary" | "project" | "fields">): Issue {
    const id = this.next();
    const at = this.now();
    const issue: Issue = {
      id,
      key: `${more.project}-${id}`,
      status: "Open",
      resolution: null,
      assignee: null,
      reporter,
      labels: [],
      properties: new Map(),
      comments: [],
      histories: [],
      files: new Map(),
      links: [],
      created: at,
      updated: at,
      indexed: 0,
      ...more,
    };
    this.issues.set(id, issue);
    return issue;
  }

  change(
    issue: Issue,
    author: string,
    items: readonly { field: string; fieldId?: string; to?: string; toString: string }[],
  ): void {
    const at = this.now();
    issue.histories.push({ id: this.next(), author, at, items });
    issue.updated = at;
  }

  comment(issue: Issue, author: string, body: unknown, internal: boolean): string {
    const id = this.next();
    const at = this.now();
    issue.comments.push({ id, author, body, internal, at });
    issue.updated = at;
    return id;
  }

  /** The search catches up. */
  index(): void {
    for (const issue of this.issues.values()) issue.indexed = issue.updated;
  }

  view(issue: Issue): object {
    const person = (id: string | null) =>
      id === null ? null : { accountId: id, displayName: NAMES[id] };
    const desk = DESKS.find(({ projectKey }) => projectKey === issue.project);
    return {
      id: issue.id,
      key: issue.key,
      fields: {
        summary: issue.summary,
        created: stamp(issue.created),
        updated: stamp(issue.updated),
        labels: issue.labels,
        status: { name: issue.status, statusCategory: { key: CATEGORY[issue.status] } },
        resolution: issue.resolution === null ? null : { name: issue.resolution },
        assignee: person(issue.assignee),
        reporter: person(issue.reporter),
        project: { id: desk?.projectId, key: issue.project },
        issuelinks: issue.links.map((id) => ({ outwardIssue: { id } })),
        ...Object.fromEntries(FIELDS.slice(1).map(({ id }) => [id, issue.fields.get(id) ?? null])),
      },
    };
  }

  /** Newest first. */
  history(issue: Issue): object {
    return {
      histories: issue.histories.toReversed().map(({ id, author, at, items }) => ({
        id,
        author: { accountId: author, displayName: NAMES[author] },
        created: stamp(at),
        items,
      })),
    };
  }
}
