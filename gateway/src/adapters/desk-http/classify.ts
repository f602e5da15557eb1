import type { DurationMs } from "#domain/units.ts";
import type { DeskOutcome, RefusalCode } from "#ports/desk.ts";

/** A read may be repeated without harm; a write may have been done although no answer came. */
export type Effect = "read" | "write";

/**
 * What a status that is no success means. `denied`: our rights, not the request. 429 comes before
 * anything is done; another 5xx on a write says nothing about what was done, unless the desk itself
 * names a time to come back.
 */
export function outcomeOfStatus(
  status: number,
  told: { readonly effect: Effect; readonly reason: string; readonly retryAfterMs?: DurationMs },
): DeskOutcome<never> {
  const { effect, reason, retryAfterMs } = told;
  const later: DeskOutcome<never> = {
    kind: "later",
    reason,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
  if (status === 429 || status === 425 || status === 423) return later;
  if (status === 503 && retryAfterMs !== undefined) return later;
  if (status >= 500 || status === 408)
    return effect === "read" ? later : { kind: "unknown", reason };
  return { kind: "refused", code: REFUSALS.get(status) ?? "invalid", reason };
}

const REFUSALS: ReadonlyMap<number, RefusalCode> = new Map([
  [401, "denied"],
  [403, "denied"],
  [407, "denied"],
  [404, "not_found"],
  [410, "not_found"],
  [409, "conflict"],
  [412, "conflict"],
]);

/** Codes of failures before the first byte of a request could leave. */
const NOTHING_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAI_FAIL",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** True = the desk cannot have done anything. */
export function nothingSent(error: unknown): boolean {
  const cause = innermost(error);
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : "";
  return typeof code === "string" && NOTHING_SENT.has(code);
}

/** The innermost cause: fetch itself only says "fetch failed". */
function innermost(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? innermost(error.cause) : error;
}

export function causeOf(error: unknown): string {
  const cause = innermost(error);
  if (!(cause instanceof Error)) return String(cause);
  // An address with several IPs fails with all their errors and an empty message.
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined;
  return cause.message === "" && first !== undefined ? causeOf(first) : cause.message;
}
