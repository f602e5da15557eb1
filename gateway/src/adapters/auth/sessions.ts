import { HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import type { Identity, Role, Session } from "#ports/auth.ts";
import type { Clock } from "#ports/clock.ts";
import { hashSecret, newId, newSecret } from "./secrets.ts";

export const SESSION_IDLE_MS = 12 * HOUR_MS;
/** A link is printed at start and used at once. */
export const CODE_LIFE_MS = 30 * MINUTE_MS;
const MAX_SESSIONS = 10_000;
const MAX_CODES = 100;

interface Entry {
  readonly identity: Identity;
  usedAt: number;
}

/** Sessions and one-time codes; kept in memory, so a restart signs everybody out. */
export class Sessions {
  readonly #clock: Clock;
  /** By hash of the secret, least recently used first. */
  readonly #sessions = new Map<string, Entry>();
  readonly #ids = new Map<string, string>();
  readonly #codes = new Map<string, { readonly who: Who; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(who: Who): Session {
    this.#evict();
    const secret = newSecret();
    const identity: Identity = { ...who, via: "session", id: newId(), csrf: newSecret() };
    const key = hashSecret(secret);
    this.#sessions.set(key, { identity, usedAt: this.#clock.now() });
    this.#ids.set(identity.id, key);
    return { secret, identity };
  }

  use(secret: string): Identity | undefined {
    const key = hashSecret(secret);
    const entry = this.#alive(key);
    if (entry === undefined) return undefined;
    entry.usedAt = this.#clock.now();
    this.#sessions.delete(key);
    this.#sessions.set(key, entry);
    return entry.identity;
  }

  peek(secret: string): Identity | undefined {
    return this.#alive(hashSecret(secret))?.identity;
  }

  stands(id: string): boolean {
    const key = this.#ids.get(id);
    return key !== undefined && this.#alive(key) !== undefined;
  }

  close(secret: string): void {
    this.#drop(hashSecret(secret));
  }

  closeAllOf(name: string): void {
    for (const [key, entry] of this.#sessions) {
      if (entry.identity.name === name) this.#drop(key);
    }
  }

  newCode(who: Who): string {
    for (const key of this.#codes.keys()) {
      if (this.#codes.size < MAX_CODES) break;
      this.#codes.delete(key);
    }
    const code = newSecret();
    this.#codes.set(hashSecret(code), { who, until: this.#clock.now() + CODE_LIFE_MS });
    return code;
  }

  redeem(code: string): Session | undefined {
    const key = hashSecret(code);
    const found = this.#codes.get(key);
    this.#codes.delete(key);
    if (found === undefined || found.until < this.#clock.now()) return undefined;
    return this.open(found.who);
  }

  #alive(key: string): Entry | undefined {
    const entry = this.#sessions.get(key);
    if (entry === undefined) return undefined;
    if (this.#clock.now() - entry.usedAt <= SESSION_IDLE_MS) return entry;
    this.#drop(key);
    return undefined;
  }

  #drop(key: string): void {
    const entry = this.#sessions.get(key);
    if (entry === undefined) return;
    this.#sessions.delete(key);
    this.#ids.delete(entry.identity.id);
  }

  #evict(): void {
    for (const [key, entry] of this.#sessions) {
      const stale = this.#clock.now() - entry.usedAt > SESSION_IDLE_MS;
      if (!stale && this.#sessions.size < MAX_SESSIONS) break;
      this.#drop(key);
    }
  }
}

interface Who {
  readonly name: string;
  readonly role: Role;
}
