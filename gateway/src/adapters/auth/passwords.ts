import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** scrypt parameters as stored with each hash, so that raising them keeps old passwords valid. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
  readonly n: number;
  readonly r: number;
  readonly p: number;
}

/** 32 MiB and some 90 ms per guess; one of the equal choices of the OWASP Password Storage Cheat Sheet. */
const COST = { n: 2 ** 15, r: 8, p: 3 } as const;
const HASH_BYTES = 32;
const SALT_BYTES = 16;

export async function hashPassword(password: string): Promise<PasswordHash> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return { salt: salt.toString("base64"), hash: hash.toString("base64"), ...COST };
}

export async function verifyPassword(password: string, stored: PasswordHash): Promise<boolean> {
  const expected = Buffer.from(stored.hash, "base64");
  const actual = await derive(password, Buffer.from(stored.salt, "base64"), stored);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** Matches no password; checked for unknown names so that the answer takes as long as for known ones. */
export const NO_PASSWORD: PasswordHash = {
  salt: Buffer.alloc(SALT_BYTES).toString("base64"),
  hash: Buffer.alloc(HASH_BYTES).toString("base64"),
  ...COST,
};

function derive(
  password: string,
  salt: Buffer,
  cost: { readonly n: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  // scrypt needs 128 * N * r bytes, just above Node's default limit of 32 MiB.
  const maxmem = 256 * cost.n * cost.r;
  return new Promise((resolve, reject) => {
    scrypt(
      password.normalize("NFKC"),
      salt,
      HASH_BYTES,
      { N: cost.n, r: cost.r, p: cost.p, maxmem },
      (error, key) => (error === null ? resolve(key) : reject(error)),
    );
  });
}
