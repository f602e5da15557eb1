import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";
import { ROLES } from "#ports/auth.ts";

/** auth.json cannot be read, understood or written; nobody is let in on a guess. */
export class AuthFileError extends GatewayError {
  readonly code = "VZ_AUTH_FILE";
}

const contentSchema = z.strictObject({
  version: z.literal(1),
  users: z.array(
    z.strictObject({
      name: z.string(),
      role: z.enum(ROLES),
      createdAt: z.number(),
      password: z.strictObject({
        salt: z.string(),
        hash: z.string(),
        n: z.number(),
        r: z.number(),
        p: z.number(),
      }),
    }),
  ),
  tokens: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      role: z.enum(ROLES),
      createdAt: z.number(),
      /** SHA-256 of the secret, hex. The secret has 256 random bits, so no slow hash is needed. */
      hash: z.string(),
    }),
  ),
});

export type AuthContent = z.output<typeof contentSchema>;
export type StoredToken = AuthContent["tokens"][number];

const EMPTY: AuthContent = { version: 1, users: [], tokens: [] };

export interface AuthFile {
  read(): Promise<AuthContent>;
  /** Replaces the file as a whole: after a crash it holds the old or the new content. */
  write(content: AuthContent): Promise<void>;
}

/** `auth.json` in the data directory, readable by the service's user only. */
export function createAuthFile(dir: string): AuthFile {
  const path = join(dir, "auth.json");
  return {
    async read() {
      const text = await readText(path);
      return text === undefined ? EMPTY : parse(path, text);
    },
    write: (content) => replace(path, `${JSON.stringify(content, null, 2)}\n`),
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new AuthFileError(`Cannot read ${path}; make it readable for the service.`, {
      cause: error,
    });
  }
}

function parse(path: string, text: string): AuthContent {
  try {
    return contentSchema.parse(JSON.parse(text));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new AuthFileError(
      `${path} is not an auth file: ${detail}. Restore it from a backup, or remove it to start with a new admin token.`,
      { cause: error },
    );
  }
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const directory = await open(dirname(path), "r");
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  } catch (error) {
    throw new AuthFileError(`Cannot write ${path}; the change was not made.`, { cause: error });
  }
}
