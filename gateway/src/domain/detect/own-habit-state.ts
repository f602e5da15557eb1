import type { DayBook } from "#domain/detect/day-book.ts";
import { dayOf, EMPTY_BOOK, KEPT_DAYS } from "#domain/detect/day-book.ts";
import type { EpochMs } from "#domain/units.ts";
import type { Habit } from "#domain/usage/habit.ts";
import { NO_HABIT, short } from "#domain/usage/habit.ts";

/** A stretch of days that is looked at as a whole. */
export interface Run {
  /** First of its days (UTC day number); -1 = no run. */
  readonly from: number;
  /** Days that made a claim. */
  readonly days: number;
  readonly used: number;
  /** Use that the habit expected in these days. */
  readonly usual: number;
}

export interface OwnHabitState extends DayBook {
  readonly habit: Habit;
  /** Newest day judged or passed over; null = not begun. */
  readonly day: number | null;
  /** Days after `day` on which the device was heard of, ascending. */
  readonly heardDays: readonly number[];
  /** Since which day the device sleeps; null = it does not. */
  readonly asleepFrom: number | null;
  /** Evidence for a drop, in nats, and the days since it was last none. */
  readonly evidence: number;
  readonly low: Run;
  /** Days in a row without any use. */
  readonly quiet: Run;
  /** Onset of the breach; null = none. */
  readonly since: EpochMs | null;
  /** Why nothing can be said now; null = something can. */
  readonly blind: string | null;
  /** When the present owner began, as far as an event said so; 0 = no event did. */
  readonly ownedFrom: EpochMs;
  readonly deadline: EpochMs | null;
}

export const NO_RUN: Run = { from: -1, days: 0, used: 0, usual: 0 };

export const START: OwnHabitState = {
  ...EMPTY_BOOK,
  habit: NO_HABIT,
  day: null,
  heardDays: [],
  asleepFrom: null,
  evidence: 0,
  low: NO_RUN,
  quiet: NO_RUN,
  since: null,
  blind: null,
  ownedFrom: 0,
  deadline: null,
};

/** The run with one more day. */
export const longer = (
  run: Run,
  { day, amount, expected }: { day: number; amount: number; expected: number },
): Run => ({
  from: run.from < 0 ? day : run.from,
  days: run.days + 1,
  used: short(run.used + amount),
  usual: short(run.usual + expected),
});

/** Nothing before this day will be judged any more. */
export function passed(state: OwnHabitState, until: number): OwnHabitState {
  const day = Math.max(until, state.day ?? until);
  return { ...state, day, heardDays: state.heardDays.filter((one) => one > day) };
}

/** Out of season: what was low or quiet until now is no finding, and the habit waits. */
export const rested = (state: OwnHabitState): OwnHabitState => ({
  ...state,
  evidence: 0,
  low: NO_RUN,
  quiet: NO_RUN,
  since: null,
});

/** A new owner begins: all but what is the device's own is forgotten. */
export function anew(state: OwnHabitState, at: EpochMs): OwnHabitState {
  if (at <= state.ownedFrom) return state;
  // The day of the handing over is a partial one.
  const day = Math.max(state.day ?? 0, dayOf(at));
  const { deadline, excusedUntil, offSince } = state;
  return { ...START, at: state.at, excusedUntil, offSince, day, ownedFrom: at, deadline };
}

/** Takes down that the device was heard of. */
export function heard(state: OwnHabitState, at: EpochMs): OwnHabitState {
  const day = dayOf(at);
  const newest = state.heardDays.at(-1);
  if (newest === day || (state.day !== null && day <= state.day)) return state;
  return withHeard(state, [day]);
}

export function withHeard(state: OwnHabitState, days: readonly number[]): OwnHabitState {
  const news = days.filter((day) => state.day === null || day > state.day);
  if (news.length === 0) return state;
  const all = new Set([...state.heardDays, ...news]);
  return { ...state, heardDays: [...all].sort((a, b) => a - b).slice(-KEPT_DAYS) };
}
