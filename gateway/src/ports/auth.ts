import type { EpochMs } from "#domain/units.ts";

/** Each role may do all that the ones before it may. */
export const ROLES = ["viewer", "agent", "engineer", "admin"] as const;
export type Role = (typeof ROLES)[number];

export const isAtLeast = (role: Role, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** Who is asking, proved by a bearer token or a session cookie. */
export interface Identity {
  readonly name: string;
  readonly role: Role;
  readonly via: "token" | "session";
  /** Id of the token or session, never the secret itself. */
  readonly id: string;
  /** Must come back with every change that a cookie authenticates; "" for a token. */
  readonly csrf: string;
}

export interface Session {
  /** The cookie's value. */
  readonly secret: string;
  readonly identity: Identity;
}

export interface UserView {
  readonly name: string;
  readonly role: Role;
  readonly createdAt: EpochMs;
}

export interface TokenView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAt: EpochMs;
}

/** `last_admin`: removing it would lock everybody out. */
export type Removal = "removed" | "unknown" | "last_admin";

/**
 * Knows people, tokens and sessions. Secrets are kept as hashes only and never leave it but once,
 * in the answer that created them. Looking one up takes the same time whether it exists or not.
 */
export interface Auth {
  byToken(secret: string): Identity | undefined;
  /** `use` moves the end of the idle time; `background` (a page refreshing itself) does not. */
  bySession(secret: string, how: "use" | "background"): Identity | undefined;
  /** Whether the identity still stands; does not count as use. */
  stands(identity: Identity): boolean;
  /** Undefined when name or password is wrong; which of the two stays unsaid. */
  signIn(name: string, password: string): Promise<Session | undefined>;
  /** Burns the code. */
  signInByCode(code: string): Session | undefined;
  signOut(secret: string): void;

  users(): readonly UserView[];
  createUser(user: {
    readonly name: string;
    readonly role: Role;
    readonly password: string;
  }): Promise<"created" | "exists">;
  removeUser(name: string): Promise<Removal>;

  tokens(): readonly TokenView[];
  createToken(token: {
    readonly name: string;
    readonly role: Role;
  }): Promise<{ readonly view: TokenView; readonly secret: string }>;
  removeToken(id: string): Promise<Removal>;
}
