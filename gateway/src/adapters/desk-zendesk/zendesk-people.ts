import type { DeskOutcome } from "#ports/desk.ts";
import { done } from "../desk-http/outcome.ts";
import type { ZendeskApi } from "./zendesk-api.ts";
import { MANY } from "./zendesk-api.ts";

/** So many names are kept; agents are few, but customers may write in tickets, too. */
const MAX_KNOWN = 5_000;

/** Names of people by their number, asked for once. */
export class ZendeskPeople {
  readonly #known = new Map<number, string>();

  async names(
    api: ZendeskApi,
    ids: readonly number[],
  ): Promise<DeskOutcome<ReadonlyMap<number, string>>> {
    const missing = [...new Set(ids)].filter((id) => !this.#known.has(id));
    for (let i = 0; i < missing.length; i += MANY) {
      const users = await api.usersNumbered(missing.slice(i, i + MANY));
      if (users.kind !== "done") return users;
      if (this.#known.size > MAX_KNOWN) this.#known.clear();
      for (const { id, name } of users.value) this.#known.set(id, name);
    }
    return done(this.#known);
  }

  /** "" = nobody. */
  async name(api: ZendeskApi, id: number | null | undefined): Promise<DeskOutcome<string>> {
    if (id === null || id === undefined) return done("");
    const names = await this.names(api, [id]);
    return names.kind === "done" ? done(names.value.get(id) ?? `user ${id}`) : names;
  }
}
