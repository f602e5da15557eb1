import type { EpochMs } from "#domain/units.ts";

/** What a link that answers a case is worth. */
export type AnswerLinkState =
  | "valid"
  /** Ours, but too old. */
  | "expired"
  /** Not ours, of another case, or of another gateway. */
  | "unknown";

/**
 * Links with which who got a dossier may say whether the finding was right, without signing in. Who has
 * the link may answer that one case, and nothing else.
 */
export interface AnswerLinks {
  sign(caseId: string, expiresAt: EpochMs): string;
  verify(caseId: string, token: string, now: EpochMs): AnswerLinkState;
}
