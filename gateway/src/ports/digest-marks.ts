import type { EpochMs } from "#domain/units.ts";

/** What became of a team's newest digest. */
export interface DigestMark {
  /** When it fell due by its schedule. */
  readonly dueAt: EpochMs;
  /**
   * `sending`: handed to the mail server, outcome not known yet; it is never sent again by itself. `owed`: the
   * server did not take it. `sent`, `failed`: settled.
   */
  readonly state: "sending" | "owed" | "sent" | "failed";
  readonly at: EpochMs;
  readonly detail: string;
}

/** Durable, so that no restart sends a digest twice. */
export interface DigestMarks {
  of(team: string): DigestMark | undefined;
  /** Durable when it resolves. */
  put(team: string, mark: DigestMark): Promise<void>;
}
