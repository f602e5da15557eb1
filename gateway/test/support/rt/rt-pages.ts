/** RT's web pages as a person sees them who has signed in. */
export class RtPages {
  readonly #url: string;
  readonly #user: string;
  #cookie: string | undefined;

  constructor(url: string, user: string) {
    this.#url = url;
    this.#user = user;
  }

  /** HTML of a ticket's page and of its history, which RT loads into it. */
  async ticket(id: string): Promise<string> {
    const parts = [`/Ticket/Display.html?id=${id}`, `/Helpers/TicketHistory?id=${id}`];
    return (await Promise.all(parts.map((path) => this.#get(path)))).join("\n");
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`${this.#url}${path}`, {
      // Without where it comes from RT asks whether it was really meant.
      headers: { cookie: await this.#signedIn(), referer: `${this.#url}/` },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.text();
  }

  async #signedIn(): Promise<string> {
    if (this.#cookie !== undefined) return this.#cookie;
    const body = new URLSearchParams({ user: this.#user, pass: `password-of-${this.#user}` });
    const response = await fetch(`${this.#url}/NoAuth/Login.html`, {
      method: "POST",
      body,
      redirect: "manual",
    });
    const page = await response.text();
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    const inside = page.includes(`"Name":"${this.#user}"`);
    if (!inside || cookies.length === 0) throw new Error(`RT did not let ${this.#user} in`);
    this.#cookie = cookies.join("; ");
    return this.#cookie;
  }
}
