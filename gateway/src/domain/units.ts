/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
/** Length of time in milliseconds, never negative. */
export type DurationMs = number;
/** Position of a record in the journal: 1, 2, 3 … without gaps. 0 = before the first. */
export type Offset = number;

export const SECOND_MS: DurationMs = 1_000;
export const MINUTE_MS: DurationMs = 60_000;
export const HOUR_MS: DurationMs = 3_600_000;
export const DAY_MS: DurationMs = 86_400_000;

/** ISO 8601 UTC with milliseconds. */
export const iso = (at: EpochMs): string => new Date(at).toISOString();
