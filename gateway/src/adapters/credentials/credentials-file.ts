import type { FileHandle } from "node:fs/promises";
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { GatewayError } from "#domain/errors.ts";

/** The file of device secrets cannot be read, understood or written; no device is let in on a guess. */
export class CredentialsFileError extends GatewayError {
  readonly code = "VZ_CREDENTIALS_FILE";
}

const Hmac = z.string().regex(/^[0-9a-f]{64}$/);
const Entry = z.discriminatedUnion("op", [
  z.strictObject({
    op: z.literal("issue"),
    device: z.string().min(1),
    /** HMAC-SHA-256 of device and secret under the pepper, hex. */
    hmac: Hmac,
    at: z.number(),
  }),
  /** A secret that was replaced stays valid until `until`, so that a device can be changed over. */
  z.strictObject({
    op: z.literal("expire"),
    device: z.string().min(1),
    hmac: Hmac,
    until: z.number(),
  }),
  z.strictObject({ op: z.literal("revoke"), device: z.string().min(1) }),
]);

export type CredentialEntry = z.output<typeof Entry>;

/** Entries in file order. A last line without its end was cut off by a crash and was never promised to anyone. */
export async function readEntries(path: string): Promise<readonly CredentialEntry[]> {
  const text = await readText(path);
  const lines = text.split("\n");
  lines.pop();
  return lines.map((line, index) => {
    try {
      return Entry.parse(JSON.parse(line));
    } catch (cause) {
      throw new CredentialsFileError(
        `${path}, line ${index + 1} is no credential entry; restore the file from a backup, or remove the line and issue that device a new secret`,
        { cause },
      );
    }
  });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      return "";
    }
    throw new CredentialsFileError(`cannot read ${path}; make it readable for the service`, {
      cause,
    });
  }
}

const lineOf = (entry: CredentialEntry): string => `${JSON.stringify(entry)}\n`;

/** Replaces the file as a whole: after a crash it holds the old or the new content. */
async function replace(path: string, entries: readonly CredentialEntry[]): Promise<void> {
  const temporary = `${path}.new`;
  await using file = await open(temporary, "w", 0o600);
  await file.writeFile(entries.map(lineOf).join(""));
  await file.sync();
  await rename(temporary, path);
  await using folder = await open(dirname(path), "r");
  await folder.sync();
}

/** Append-only; an append is durable when its promise resolves, and leaves no trace when it rejects. */
export class CredentialsFile implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: FileHandle;
  #size: number;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, size: number) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
  }

  /** Writes `entries` as the whole content and opens the file for more. */
  static async create(path: string, entries: readonly CredentialEntry[]): Promise<CredentialsFile> {
    try {
      await replace(path, entries);
      const handle = await open(path, "r+");
      const { size } = await handle.stat();
      return new CredentialsFile(path, handle, size);
    } catch (cause) {
      throw new CredentialsFileError(`cannot write ${path}; make its folder writable`, { cause });
    }
  }

  append(entries: readonly CredentialEntry[]): Promise<void> {
    const written = this.#last.then(() => this.#write(entries));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(entries: readonly CredentialEntry[]): Promise<void> {
    const bytes = Buffer.from(entries.map(lineOf).join(""));
    try {
      // What a failed append left behind must not end up in the middle of the file.
      await this.#handle.truncate(this.#size);
      await this.#handle.write(bytes, 0, bytes.length, this.#size);
      await this.#handle.datasync();
    } catch (cause) {
      throw new CredentialsFileError(`cannot write ${this.#path}; the change was not made`, {
        cause,
      });
    }
    this.#size += bytes.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }
}
