import { createHash, randomBytes } from "node:crypto";

/** 256 random bits, safe in a header, a cookie and a URL. */
export const newSecret = (): string => randomBytes(32).toString("base64url");
export const newId = (): string => randomBytes(9).toString("base64url");

/**
 * Secrets are looked up by this hash: comparing hashes as map keys tells an attacker nothing about
 * the secret, so no constant-time comparison is needed.
 */
export const hashSecret = (secret: string): string =>
  createHash("sha256").update(secret).digest("hex");
