import { readdirSync } from "node:fs";
import type { EpochMs } from "#domain/units.ts";

/** Name of a partition, never taken from what a device sends: `2026-11`, or one of the two ends. */
export type Month = string;

/**
 * Everything outside 2000 to 2099 shares a file at either end: a device with a wild clock must not
 * be able to make a file per month of its fantasy.
 */
const EARLY: Month = "early";
const LATE: Month = "late";
const FIRST: EpochMs = Date.UTC(2000, 0);
const END: EpochMs = Date.UTC(2100, 0);

const NAME = /^(early|late|20\d\d-(?:0[1-9]|1[0-2]))\.db$/;

export function monthOf(at: EpochMs): Month {
  if (at < FIRST) return EARLY;
  if (at >= END) return LATE;
  return new Date(at).toISOString().slice(0, 7);
}

/** First instant of the month. */
export function startOf(month: Month): EpochMs {
  if (month === EARLY) return Number.NEGATIVE_INFINITY;
  return month === LATE ? END : Date.parse(`${month}-01T00:00:00.000Z`);
}

/** First instant after the month. */
export function endOf(month: Month): EpochMs {
  if (month === EARLY) return FIRST;
  if (month === LATE) return Number.POSITIVE_INFINITY;
  const start = new Date(startOf(month));
  return Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1);
}

/** Partitions in the folder, oldest first. */
export function listMonths(folder: string): readonly Month[] {
  const months: Month[] = [];
  for (const name of readdirSync(folder)) {
    const match = NAME.exec(name);
    if (match?.[1] !== undefined) months.push(match[1]);
  }
  return months.sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
}
