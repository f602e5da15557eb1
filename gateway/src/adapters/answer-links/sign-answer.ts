import { createHmac, timingSafeEqual } from "node:crypto";
import type { EpochMs } from "#domain/units.ts";
import type { AnswerLinkState, AnswerLinks } from "#ports/answer-links.ts";

/** `EXPIRES.MAC`: the second in base 36 from which it is too old, and the HMAC in base64url. */
const TOKEN = /^([0-9a-z]{1,9})\.([A-Za-z0-9_-]{43})$/;

/** Expires with the second that `expiresAt` lies in. */
export function signAnswer(secret: Uint8Array, caseId: string, expiresAt: EpochMs): string {
  const second = Math.floor(expiresAt / 1_000);
  return `${second.toString(36)}.${macOf(secret, caseId, second).toString("base64url")}`;
}

export function verifyAnswer(
  secret: Uint8Array,
  caseId: string,
  given: { readonly token: string; readonly now: EpochMs },
): AnswerLinkState {
  const [, expires = "", mac = ""] = TOKEN.exec(given.token) ?? [];
  if (mac === "") return "unknown";
  const second = Number.parseInt(expires, 36);
  // One case and time have one token: leading zeros are none of ours.
  if (second.toString(36) !== expires) return "unknown";
  const wanted = macOf(secret, caseId, second);
  if (!timingSafeEqual(wanted, Buffer.from(mac, "base64url"))) return "unknown";
  return given.now < second * 1_000 ? "valid" : "expired";
}

/** The first line keeps these apart from whatever else is ever signed with the secret. */
const macOf = (secret: Uint8Array, caseId: string, second: number): Buffer =>
  createHmac("sha256", secret).update(`voorzorg answer 1\n${second}\n${caseId}`).digest();

export const createAnswerLinks = (secret: Uint8Array): AnswerLinks => ({
  sign: (caseId, expiresAt) => signAnswer(secret, caseId, expiresAt),
  verify: (caseId, token, now) => verifyAnswer(secret, caseId, { token, now }),
});
