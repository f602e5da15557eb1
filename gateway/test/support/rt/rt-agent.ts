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

  /** Sizes of the files of a ticket, by name. */
  async files(id: string): Promise<ReadonlyMap<string, number>> {
    const fields = new URLSearchParams({ fields: "Filename", per_page: "100" });
    const { items } = (await this.send("GET", `/ticket/${id}/attachments?${fields}`)) as {
      items: readonly { id: string; Filename: string }[];
    };
    const named = items.filter(({ Filename }) => Filename !== "");
    const sizes = named.map(async (item): Promise<[string, number]> => {
      const { Content } = (await this.send("GET", `/attachment/${item.id}`)) as { Content: string };
      return [item.Filename, Buffer.from(Content, "base64").length];
    });
    return new Map(await Promise.all(sizes));
  }

  /** Tickets that it is a member of. */
  async parents(id: string): Promise<readonly string[]> {
    const { _hyperlinks } = (await this.ticket(id)) as {
      _hyperlinks: readonly { ref: string; id: string }[];
    };
    return _hyperlinks.filter(({ ref }) => ref === "parent").map((link) => String(link.id));
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
