import { GatewayError } from "#domain/errors.ts";
import type { Auth, Identity, Removal, Role, TokenView } from "#ports/auth.ts";
import type { Clock } from "#ports/clock.ts";
import type { AuthContent, AuthFile, StoredToken } from "./auth-file.ts";
import { createAuthFile } from "./auth-file.ts";
import { hashPassword, NO_PASSWORD, verifyPassword } from "./passwords.ts";
import { hashSecret, newId, newSecret } from "./secrets.ts";
import { Sessions } from "./sessions.ts";

/** The admin token from the environment is too weak to be one. */
export class AdminTokenError extends GatewayError {
  readonly code = "VZ_ADMIN_TOKEN";
}

/** Name of the person behind a printed sign-in link and the given admin token. */
const FIRST_ADMIN = "admin";
const MIN_ADMIN_TOKEN = 8;

export interface OpenedAuth {
  readonly auth: Auth;
  /** Only when newly made: shown once, kept as a hash. */
  readonly firstToken?: string;
  /** A one-time code for `/sign-in?code=`, good for 30 minutes. */
  signInLink(): string;
}

/**
 * Reads `auth.json` in `dir`. Without a given admin token and without any admin on file, the first
 * admin token is made.
 *
 * @throws AuthFileError, AdminTokenError
 */
export async function openAuth(options: {
  readonly dir: string;
  readonly adminToken?: string;
  readonly clock: Clock;
}): Promise<OpenedAuth> {
  const { dir, adminToken, clock } = options;
  if (adminToken !== undefined && adminToken.length < MIN_ADMIN_TOKEN) {
    throw new AdminTokenError(
      `The admin token has ${adminToken.length} characters; give at least ${MIN_ADMIN_TOKEN}, better 32 random ones.`,
    );
  }
  const file = createAuthFile(dir);
  const sessions = new Sessions(clock);
  const auth = new FileAuth({ file, content: await file.read(), sessions, clock, adminToken });
  const signInLink = () => sessions.newCode({ name: FIRST_ADMIN, role: "admin" });
  if (auth.hasAdmin()) return { auth, signInLink };
  const { secret } = await auth.createToken({ name: FIRST_ADMIN, role: "admin" });
  return { auth, firstToken: secret, signInLink };
}

interface FileAuthOptions {
  readonly file: AuthFile;
  readonly content: AuthContent;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly adminToken: string | undefined;
}

class FileAuth implements Auth {
  readonly #file: AuthFile;
  readonly #sessions: Sessions;
  readonly #clock: Clock;
  readonly #given: StoredToken | undefined;
  #content: AuthContent;
  #tokens: ReadonlyMap<string, StoredToken>;
  /** Tail of the changes: one at a time, each seeing the one before. */
  #changes: Promise<unknown> = Promise.resolve();

  constructor(options: FileAuthOptions) {
    this.#file = options.file;
    this.#sessions = options.sessions;
    this.#clock = options.clock;
    this.#content = options.content;
    this.#given =
      options.adminToken === undefined
        ? undefined
        : {
            id: "given",
            name: FIRST_ADMIN,
            role: "admin",
            createdAt: 0,
            hash: hashSecret(options.adminToken),
          };
    this.#tokens = this.#index(options.content);
  }

  byToken(secret: string): Identity | undefined {
    const token = this.#tokens.get(hashSecret(secret));
    if (token === undefined) return undefined;
    return { name: token.name, role: token.role, via: "token", id: token.id, csrf: "" };
  }

  bySession(secret: string, how: "use" | "background"): Identity | undefined {
    return how === "use" ? this.#sessions.use(secret) : this.#sessions.peek(secret);
  }

  stands(identity: Identity): boolean {
    if (identity.via === "session") return this.#sessions.stands(identity.id);
    return identity.id === this.#given?.id || this.#has(identity.id);
  }

  async signIn(name: string, password: string) {
    const user = this.#content.users.find((candidate) => candidate.name === name);
    const right = await verifyPassword(password, user?.password ?? NO_PASSWORD);
    if (user === undefined || !right) return undefined;
    return this.#sessions.open({ name: user.name, role: user.role });
  }

  signInByCode(code: string) {
    return this.#sessions.redeem(code);
  }

  signOut(secret: string): void {
    this.#sessions.close(secret);
  }

  users() {
    return this.#content.users.map(({ name, role, createdAt }) => ({ name, role, createdAt }));
  }

  async createUser(user: {
    readonly name: string;
    readonly role: Role;
    readonly password: string;
  }) {
    const password = await hashPassword(user.password);
    return this.#change(async () => {
      if (this.#content.users.some(({ name }) => name === user.name)) return "exists" as const;
      const stored = { name: user.name, role: user.role, createdAt: this.#clock.now(), password };
      await this.#save({ ...this.#content, users: [...this.#content.users, stored] });
      return "created" as const;
    });
  }

  removeUser(name: string): Promise<Removal> {
    return this.#change(async () => {
      if (!this.#content.users.some((user) => user.name === name)) return "unknown";
      const users = this.#content.users.filter((user) => user.name !== name);
      const removal = await this.#saveUnlessLastAdmin({ ...this.#content, users });
      if (removal === "removed") this.#sessions.closeAllOf(name);
      return removal;
    });
  }

  tokens(): readonly TokenView[] {
    return this.#content.tokens.map(({ id, name, role, createdAt }) => ({
      id,
      name,
      role,
      createdAt,
    }));
  }

  createToken(token: { readonly name: string; readonly role: Role }) {
    return this.#change(async () => {
      const secret = `vz_${newSecret()}`;
      const view = {
        id: newId(),
        name: token.name,
        role: token.role,
        createdAt: this.#clock.now(),
      };
      const stored = { ...view, hash: hashSecret(secret) };
      await this.#save({ ...this.#content, tokens: [...this.#content.tokens, stored] });
      return { view, secret };
    });
  }

  removeToken(id: string): Promise<Removal> {
    return this.#change(async () => {
      if (!this.#has(id)) return "unknown";
      const tokens = this.#content.tokens.filter((token) => token.id !== id);
      return this.#saveUnlessLastAdmin({ ...this.#content, tokens });
    });
  }

  hasAdmin(content: AuthContent = this.#content): boolean {
    return (
      this.#given !== undefined ||
      [...content.users, ...content.tokens].some(({ role }) => role === "admin")
    );
  }

  #has(id: string): boolean {
    return this.#content.tokens.some((token) => token.id === id);
  }

  async #saveUnlessLastAdmin(content: AuthContent): Promise<Removal> {
    if (!this.hasAdmin(content)) return "last_admin";
    await this.#save(content);
    return "removed";
  }

  async #save(content: AuthContent): Promise<void> {
    await this.#file.write(content);
    this.#content = content;
    this.#tokens = this.#index(content);
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#changes.then(change);
    this.#changes = result.catch(() => undefined);
    return result;
  }

  #index(content: AuthContent): ReadonlyMap<string, StoredToken> {
    const all = this.#given === undefined ? content.tokens : [this.#given, ...content.tokens];
    return new Map(all.map((token) => [token.hash, token]));
  }
}
