import type { DeviceFacts, Predicate, SignalView } from "#domain/detect/detector.ts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";

/** Days on which little use means nothing. Part of the state of detectors that judge whole days. */
export interface DayBook {
  /** Newest input: from here a service downtime is measured. */
  readonly at: EpochMs;
  readonly excusedUntil: EpochMs;
  /**
   * UTC day numbers that make no claim: the service was down for a good part of them, the device
   * was off on purpose all day, or its owner was away. Ascending, newest 60.
   */
  readonly excludedDays: readonly number[];
  /** Since when the device is off on purpose; null = it is not. */
  readonly offSince: EpochMs | null;
  /** Since when the device says that its owner is away; null = it does not. */
  readonly awaySince: EpochMs | null;
}

/** How a device says that its owner is away. */
export interface AwayTest {
  readonly when: Predicate | undefined;
  /** Reported settings, each with the value that means away. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

export const NEVER_AWAY: AwayTest = { when: undefined, settings: {} };

/** After midnight UTC devices that buffer get this long to send the day's rest. */
const DAY_CLOSES_AFTER: DurationMs = 6 * HOUR_MS;
/** A downtime takes a day out only if it may have hidden a good part of it. */
const DAY_LOST_FROM: DurationMs = 6 * HOUR_MS;
const LONG_NIGHT: DurationMs = 12 * HOUR_MS;
export const KEPT_DAYS = 60;

export const EMPTY_BOOK: DayBook = {
  at: 0,
  excusedUntil: 0,
  excludedDays: [],
  offSince: null,
  awaySince: null,
};

export const dayOf = (at: EpochMs): number => Math.floor(at / DAY_MS);

/** The next moment at which a day is complete. */
export const nextClose = (at: EpochMs): EpochMs =>
  (dayOf(at - DAY_CLOSES_AFTER) + 1) * DAY_MS + DAY_CLOSES_AFTER;

/** The first day that is not complete at `at`. */
export const openDay = (at: EpochMs): number => dayOf(at - DAY_CLOSES_AFTER);

/** First day that could be observed from midnight to midnight. */
export function firstWholeDay(facts: DeviceFacts): number {
  const from = Math.max(facts.useObservedFrom ?? Number.POSITIVE_INFINITY, facts.activatedAt);
  return dayOf(from) + 1;
}

/** Use per UTC day number. */
export const usePerDay = (facts: DeviceFacts): ReadonlyMap<number, number> =>
  new Map(facts.use.map(({ day, amount }) => [dayOf(Date.parse(`${day}T00:00:00Z`)), amount]));

/** Takes down downtime of the service, planned rest of the device and settings that say away. */
export function noteFacts<S extends DayBook>(
  book: S,
  { facts, at }: { readonly facts: DeviceFacts; readonly at: EpochMs },
  away: AwayTest,
): S {
  const off = facts.silenceExpected && facts.presence === "offline";
  const slept = off || book.offSince === null ? [] : wholeDays(book.offSince, at);
  // The day of the return is a partial one; a night is no rest.
  const rested = slept.length === 0 ? slept : [...slept, dayOf(at - 1)];
  const downFrom = Math.max(book.at, book.excusedUntil);
  const isDown = book.at !== 0 && facts.excusedUntil > book.excusedUntil;
  const missed = isDown ? lostDays(downFrom, facts.excusedUntil) : [];
  const next: S = {
    ...book,
    at: Math.max(at, book.at),
    excusedUntil: Math.max(facts.excusedUntil, book.excusedUntil),
    offSince: off ? (book.offSince ?? at) : null,
  };
  const isAway = settingSaysAway(facts, away);
  const gone = isAway === undefined ? next : noteAway(next, isAway, at);
  return withoutDays(gone, [...rested, ...missed]);
}

/** Takes down what a sample says about the owner being away; unknown says nothing. */
export function noteSample<S extends DayBook>(book: S, view: SignalView, away: AwayTest): S {
  const isAway = away.when?.test(view);
  return isAway === undefined ? book : noteAway(book, isAway, view.at);
}

/** True when the day makes no claim about use. */
export function makesNoClaim(book: DayBook, day: number): boolean {
  if (book.excludedDays.includes(day)) return true;
  if (book.offSince !== null && isRest(book, book.offSince, day)) return true;
  return book.awaySince !== null && (day + 1) * DAY_MS > book.awaySince;
}

/** Off all day, or since before the evening of it and still: that is more than a night. */
function isRest(book: DayBook, offSince: EpochMs, day: number): boolean {
  if (day * DAY_MS >= offSince) return true;
  return day === dayOf(offSince) && book.at - offSince >= LONG_NIGHT;
}

/** Coming and going make a day a partial one, so both days are left out. */
function noteAway<S extends DayBook>(book: S, isAway: boolean, at: EpochMs): S {
  if (isAway) return book.awaySince === null ? { ...book, awaySince: at } : book;
  if (book.awaySince === null) return book;
  const days = daysBetween(dayOf(book.awaySince), dayOf(at));
  return withoutDays({ ...book, awaySince: null }, days);
}

function settingSaysAway(facts: DeviceFacts, away: AwayTest): boolean | undefined {
  const wanted = Object.entries(away.settings);
  if (wanted.length === 0) return undefined;
  return wanted.some(([name, value]) => facts.settings?.[name] === value);
}

function withoutDays<S extends DayBook>(book: S, days: readonly number[]): S {
  if (days.length === 0) return book;
  const all = new Set([...book.excludedDays, ...days]);
  return { ...book, excludedDays: [...all].sort((a, b) => a - b).slice(-KEPT_DAYS) };
}

/** Day numbers from first to last, at most the newest 60. */
export function daysBetween(first: number, last: number): readonly number[] {
  const from = Math.max(first, last - KEPT_DAYS + 1);
  return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => from + i);
}

const wholeDays = (from: EpochMs, to: EpochMs): readonly number[] =>
  daysBetween(Math.ceil(from / DAY_MS), dayOf(to) - 1);

const lostDays = (from: EpochMs, to: EpochMs): readonly number[] =>
  daysBetween(dayOf(from), dayOf(to)).filter(
    (day) => Math.min(to, (day + 1) * DAY_MS) - Math.max(from, day * DAY_MS) >= DAY_LOST_FROM,
  );
