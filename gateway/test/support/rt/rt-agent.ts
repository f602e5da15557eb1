/** What a person does in RT, by its REST interface. */
export class RtAgent {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Throws on anything but 2xx. */
  async send(method: string, path: string, json?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#base}${path}`, {
      method,
      headers: { authorization: `token ${this.#token}`, "content-type": "application/json" },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  async create(ticket: Readonly<Record<string, unknown>>): Promise<string> {
    const made = (await this.send("POST", "/ticket", ticket)) as { id: string };
    return String(made.id);
  }

  async ticket(id: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.send("GET", `/ticket/${id}`)) as Readonly<Record<string, unknown>>;
  }

  /** Values of a field of a ticket. */
  async field(id: string, name: string): Promise<readonly string[]> {
    const { CustomFields } = (await this.ticket(id)) as {
      CustomFields: readonly { name: string; values: readonly string[] }[];
    };
    return CustomFields.find((field) => field.name === name)?.values ?? [];
  }

  /** Ids of all tickets that a query in RT's language finds. */
  async search(query: string): Promise<readonly string[]> {
    const found: string[] = [];
    for (let page = 1; ; page++) {
      const parameters = new URLSearchParams({
        query,
        orderby: "id",
        per_page: "100",
        page: String(page),
      });
      const { items } = (await this.send("GET", `/tickets?${parameters}`)) as {
        items: readonly { id: string }[];
      };
      found.push(...items.map((item) => String(item.id)));
      if (items.length === 0) return found;
    }
  }

  async change(id: string, fields: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.send("PUT", `/ticket/${id}`, fields);
  }

  take = (id: string): Promise<unknown> => this.send("PUT", `/ticket/${id}/take`, {});
  giveBack = (id: string): Promise<unknown> => this.send("PUT", `/ticket/${id}/untake`, {});
  status = (id: string, status: string): Promise<unknown> => this.change(id, { Status: status });
  move = (id: string, queue: string): Promise<unknown> => this.change(id, { Queue: queue });
  merge = (id: string, into: string): Promise<unknown> => this.change(id, { MergeInto: into });

  setField(id: string, name: string, value: string): Promise<unknown> {
    return this.change(id, { CustomFields: { [name]: value } });
  }

  comment(id: string, text: string): Promise<unknown> {
    return this.send("POST", `/ticket/${id}/comment`, { Content: text, ContentType: "text/plain" });
  }

  /** To the requestor; RT opens a closed ticket then. */
  reply(id: string, text: string): Promise<unknown> {
    return this.send("POST", `/ticket/${id}/correspond`, {
      Content: text,
      ContentType: "text/plain",
    });
  }
}
