import type { EpochMs } from "#domain/units.ts";

/** What a command may use of the program that it runs in. */
export interface AdminContext {
  /** A line that stays. Resolves when the reader can take more. */
  readonly out: (line: string) => Promise<void>;
  /** How far a long command is, from 0 to 1; on a terminal the next call replaces it. */
  readonly progress: (part: number, what: string) => void;
  readonly now: () => EpochMs;
  /** Version of this build. */
  readonly build: string;
}

/** Something that is not as it should be, and what a person can do about it. */
export interface Finding {
  readonly what: string;
  readonly todo: string;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

export const counted = (count: number, thing: string): string =>
  `${count} ${thing}${count === 1 ? "" : "s"}`;

const SQLITE_FULL = 13;

/** Of the error or of one that caused it. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error &&
  (("code" in error && error.code === code) || hasCode(error.cause, code));

/** The file system is full, as it or SQLite says it. */
export const isNoRoom = (error: unknown): boolean =>
  hasCode(error, "ENOSPC") ||
  (error instanceof Error &&
    (("errcode" in error && Number(error.errcode) % 256 === SQLITE_FULL) || isNoRoom(error.cause)));
