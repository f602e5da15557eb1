import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CredentialsFileError } from "./credentials-file.ts";

const PEPPER_BYTES = 32;

/**
 * The key of all HMACs, 64 hex digits, apart from the credentials: who gets hold of those alone can test no guess.
 * Made at the first start; `mustExist` when there are secrets already, which a new pepper would make worthless.
 */
export async function loadPepper(path: string, mustExist: boolean): Promise<Buffer> {
  try {
    return parse(path, await readFile(path, "utf8"));
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    if (cause instanceof CredentialsFileError) {
      throw cause;
    }
    if (!missing || mustExist) {
      throw new CredentialsFileError(
        `cannot read ${path}, without which no device secret can be checked; restore it from a backup`,
        { cause },
      );
    }
    return await create(path);
  }
}

function parse(path: string, text: string): Buffer {
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new CredentialsFileError(`${path} does not hold 64 hex digits; restore it from a backup`);
  }
  return Buffer.from(text.trim(), "hex");
}

async function create(path: string): Promise<Buffer> {
  const pepper = randomBytes(PEPPER_BYTES);
  try {
    await using file = await open(path, "wx", 0o600);
    await file.writeFile(`${pepper.toString("hex")}\n`);
    await file.sync();
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (cause) {
    throw new CredentialsFileError(`cannot create ${path}; make its folder writable`, { cause });
  }
  return pepper;
}
