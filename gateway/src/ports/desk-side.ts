import type { EpochMs } from "#domain/units.ts";
import type { DeskCapabilities, DeskCheck, DeskOutcome } from "#ports/desk.ts";

/** What cannot be brought into a desk without a person. */
export interface DeadLetter {
  /** Id of the case or problem. */
  readonly subject: string;
  /** Its ticket; "" = none yet. */
  readonly ticket: string;
  readonly reason: string;
  /** Wall clock. */
  readonly since: EpochMs;
  readonly attempts: number;
}

export interface DeskStatus {
  readonly name: string;
  readonly capabilities: DeskCapabilities;
  /** Where people find it. */
  readonly url: string;
  /** Why nothing goes through now; "" = it works. */
  readonly trouble: string;
  /** Cases and problems whose ticket is not yet as it should be, and the oldest of them (wall clock). */
  readonly owed: number;
  readonly oldestOwedAt: EpochMs | null;
  readonly tickets: number;
  /** Newest first, a page of them. */
  readonly dead: readonly DeadLetter[];
  readonly deadCount: number;
  /** Wall clock; null = not yet. */
  readonly lastPollAt: EpochMs | null;
}

export type HookAnswer = "taken" | "no_such_desk" | "no_hooks" | "forged" | "malformed";

/** All desks of this gateway, as the API and the console see them. */
export interface DeskSide {
  status(): Promise<readonly DeskStatus[]>;
  /** A desk says that something changed; it is believed only in so far as the desk is asked then. */
  hook(
    name: string,
    given: { readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array },
  ): Promise<HookAnswer>;
  /** Tries a dead letter again; false = there is none of that name. */
  retry(name: string, subject: string): Promise<boolean>;
  /** Looks whether the live desk has all that the gateway needs; undefined = no such desk. */
  check(name: string): Promise<DeskOutcome<DeskCheck> | undefined>;
}

export const NO_DESKS: DeskSide = {
  status: async () => [],
  hook: async () => "no_such_desk",
  retry: async () => false,
  check: async () => undefined,
};
