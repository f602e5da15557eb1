import { randomBytes } from "node:crypto";
import { link, open, readFile, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GatewayError } from "#domain/errors.ts";

/** The secret of answer links cannot be read, made or used. */
export class AnswerSecretError extends GatewayError {
  readonly code = "VZ_ANSWER_SECRET";
}

const FILE = "answer-secret";
const SECRET_BYTES = 32;

/**
 * The key of all answer links, 64 hex digits, made at the first start. A lost one is simply made anew:
 * links that were sent before lead to a page that says so.
 *
 * @throws AnswerSecretError
 */
export async function loadAnswerSecret(dataDir: string): Promise<Buffer> {
  const path = join(dataDir, FILE);
  try {
    return parse(path, await readFile(path, "utf8"));
  } catch (cause) {
    if (cause instanceof AnswerSecretError) throw cause;
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return create(path);
    throw new AnswerSecretError(`cannot read ${path}; make it readable for the gateway`, { cause });
  }
}

function parse(path: string, text: string): Buffer {
  if (/^[0-9a-f]{64}\s*$/.test(text)) return Buffer.from(text.trim(), "hex");
  throw new AnswerSecretError(
    `${path} does not hold 64 hex digits; restore it from a backup, or remove it for a new one`,
  );
}

/** Written aside and put into place as a whole: another thread that is as fast finds all of it or nothing. */
async function create(path: string): Promise<Buffer> {
  const secret = randomBytes(SECRET_BYTES);
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    await using file = await open(aside, "wx", 0o600);
    await file.writeFile(`${secret.toString("hex")}\n`);
    await file.sync();
    try {
      await link(aside, path);
    } finally {
      await unlink(aside);
    }
    await using folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      return parse(path, await readFile(path, "utf8"));
    }
    throw new AnswerSecretError(`cannot create ${path}; make its folder writable`, { cause });
  }
  return secret;
}
