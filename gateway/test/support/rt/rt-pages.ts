/** RT's web pages as a person sees them who has signed in. */
export class RtPages {
  readonly #url: string;
  readonly #user: string;
  #cookie: string | undefined;

  constructor(url: string, user: string) {
    this.#url = url;
    this.#user = user;
  }

  /** HTML of a ticket's page with all of its history. */
  async ticket(id: string): Promise<string> {
    const path = `/Ticket/Display.html?id=${id}&ForceShowHistory=1`;
    const response = await fetch(`${this.#url}${path}`, {
      headers: { cookie: await this.#signedIn() },
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
