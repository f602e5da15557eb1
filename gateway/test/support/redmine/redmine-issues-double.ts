interface Change {
  readonly at: number;
  readonly text: string;
}

interface Issue {
  readonly id: number;
  readonly changes: Change[];
}

const iso = (at: number): string => new Date(at * 1_000).toISOString().replace(".000Z", "Z");

/** Only what reading changes needs of Redmine: issues with notes, its seconds, its order and its pages. */
export class RedmineIssuesDouble {
  now = 1_700_000_000;
  readonly issues: Issue[] = [];

  note(id: number, text: string): void {
    let issue = this.issues.find((one) => one.id === id);
    if (issue === undefined) {
      issue = { id, changes: [] };
      this.issues.push(issue);
    }
    issue.changes.push({ at: this.now, text });
  }

  /** Instead of the network. */
  readonly fetch = (async (url: URL) => Response.json(this.#answer(new URL(url)))) as typeof fetch;

  #answer(url: URL): object {
    const id = /^\/issues\/(\d+)\.json$/.exec(url.pathname)?.[1];
    const one = this.issues.find((issue) => String(issue.id) === id);
    if (one !== undefined) return { issue: this.#view(one) };
    if (url.pathname === "/issues.json") return this.#page(url.searchParams);
    if (url.pathname === "/projects.json") return { projects: [] };
    if (url.pathname === "/custom_fields.json") return { custom_fields: [] };
    if (url.pathname === "/users/current.json") return { user: { id: 5 } };
    return { issue_statuses: [] };
  }

  #page(query: URLSearchParams): object {
    const since = Date.parse(query.get("updated_on")?.slice(2) ?? "1970-01-01T00:00:00Z") / 1_000;
    const updated = (issue: Issue) => issue.changes.at(-1)?.at ?? 0;
    const down = query.get("sort") === "updated_on:desc" ? -1 : 1;
    const found = this.issues
      .filter((issue) => updated(issue) >= since)
      .sort((a, b) => down * (updated(a) - updated(b) || a.id - b.id));
    const offset = Number(query.get("offset") ?? 0);
    const limit = Math.min(100, Number(query.get("limit")));
    const issues = found.slice(offset, offset + limit).map((issue) => this.#view(issue));
    return { issues, total_count: found.length };
  }

  #view({ id, changes }: Issue): object {
    const stamp = (at: number | undefined) => iso(at ?? 0);
    return {
      id,
      project: { id: 1, name: "P" },
      status: { id: 1, name: "New" },
      subject: "x",
      custom_fields: [{ id: 1, name: "Case Ref", value: `case-${id}` }],
      created_on: iso(0),
      updated_on: stamp(changes.at(-1)?.at),
      journals: changes.map(({ at, text }, index) => ({
        id: id * 10_000 + index,
        user: { id: 6, name: "Anna" },
        notes: text,
        created_on: stamp(at),
      })),
    };
  }
}
