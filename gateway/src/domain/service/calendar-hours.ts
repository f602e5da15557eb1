import { Temporal } from "temporal-polyfill";
import type { OpenWindow } from "#domain/service/calendar.ts";

const WINDOW = /^(\d\d):(\d\d)-(\d\d):(\d\d)$/;
const DAY_MINUTES = 1_440;
const WANTED = 'write times such as "08:00-17:00", or "08:00-12:00, 13:00-17:30"';

/**
 * Reads the open times of one day, in minutes from its start. A window that ends before it begins ends
 * on the next day.
 *
 * @returns the windows in order, or what is wrong and what would be right.
 */
export function readHours(text: string): readonly OpenWindow[] | string {
  const windows: OpenWindow[] = [];
  for (const part of text.split(",").map((piece) => piece.trim())) {
    const window = readWindow(part);
    if (window === undefined) return `${JSON.stringify(part)} is no open time; ${WANTED}`;
    windows.push(window);
  }
  windows.sort(([a], [b]) => a - b);
  const overlap = windows.findIndex(([from], i) => from < (windows[i - 1]?.[1] ?? 0));
  if (overlap > 0) return `the times ${JSON.stringify(text)} overlap; write them as one`;
  return windows;
}

function readWindow(text: string): OpenWindow | undefined {
  const found = WINDOW.exec(text);
  if (found === null) return undefined;
  const [h1, m1, h2, m2] = found.slice(1).map(Number) as [number, number, number, number];
  const from = h1 * 60 + m1;
  const to = h2 * 60 + m2;
  if (h1 > 23 || m1 > 59 || m2 > 59 || to > DAY_MINUTES || from === to) return undefined;
  return [from, to < from ? to + DAY_MINUTES : to];
}

/** Index (0 = Monday) of a day whose last window runs into the first of the next day; -1 = none. */
export const overlapOf = (week: readonly (readonly OpenWindow[])[]): number =>
  week.findIndex((day, i) => {
    const next = week[(i + 1) % week.length]?.[0]?.[0] ?? Number.POSITIVE_INFINITY;
    return (day.at(-1)?.[1] ?? 0) - DAY_MINUTES > next;
  });

/** `2026-12-25` or `12-26`; undefined when it is right, else what would be. */
export function holidayProblem(text: string): string | undefined {
  // A leap year, so that 29 February may be a holiday of every year.
  const date = /^\d\d-\d\d$/.test(text) ? `2028-${text}` : text;
  try {
    if (/^\d{4}-\d\d-\d\d$/.test(date) && Temporal.PlainDate.from(date).toString() === date)
      return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return `${JSON.stringify(text)} is no day; write "2026-12-25", or "12-26" for every year`;
}

/** True for the IANA names that this machine knows. */
export function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
