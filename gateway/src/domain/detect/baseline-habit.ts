import type { EpochMs } from "#domain/units.ts";
import { HOUR_MS } from "#domain/units.ts";

/** The level that a jump is measured from is averaged over so many readings. */
const LEVEL_READINGS = 100;
/** The trend follows within so many readings; a fault that lasts 100 of them hardly moves it. */
const TREND_READINGS = 1_000;
/** Half windows of the three moving means, in readings. */
const HALVES = [3, 50, 100] as const;
/** Visits of an hour before its mean counts as a habit. */
const DAY_VISITS = 3;
const WEEK_VISITS = 2;
/** An hour's mean follows at least this fast. */
const HOUR_RATE = 0.3;
const HOURS_OF_DAY = 24;
const HOURS_OF_WEEK = 168;
/** 1970-01-01 was a Thursday; weeks begin on Monday. */
const WEEK_OFFSET = 72;

/** Mean of each hour (0 = not visited) and one digit per hour: visits, at most 9. */
interface Hours {
  readonly means: readonly number[];
  readonly visits: string;
}

/** What moves with the signal: trend, level, short means, the habit of the hours. Plain JSON. */
export interface Habit {
  /** Readings so far. */
  readonly readings: number;
  /** The first reading: values are counted from it, so that a small swing on a large offset keeps its digits. */
  readonly anchor: number;
  /** Mean while it learned, and how far the normal has wandered since. */
  readonly centre: number;
  readonly trend: number;
  readonly level: number;
  /** Sum of the half window before and of the present one, per window. */
  readonly sums: readonly number[];
  /** The present hour (hours since 1970) with its sum and count. */
  readonly hour: number;
  readonly hourSum: number;
  readonly hourCount: number;
  readonly day: Hours | null;
  readonly week: Hours | null;
}

export const VIEWS = ["reading", "jump", "short", "long", "longest", "day", "week"] as const;
export type ViewName = (typeof VIEWS)[number];

/** One value per view, in the order of VIEWS; undefined = not enough data for it yet. */
export type ViewValues = readonly (number | undefined)[];

export function newHabit(season: "none" | "day" | "week"): Habit {
  return {
    readings: 0,
    anchor: 0,
    centre: 0,
    trend: 0,
    level: 0,
    sums: [0, 0, 0, 0, 0, 0],
    hour: 0,
    hourSum: 0,
    hourCount: 0,
    day: season === "none" ? null : unvisited(HOURS_OF_DAY),
    week: season === "week" ? unvisited(HOURS_OF_WEEK) : null,
  };
}

const unvisited = (hours: number): Hours => ({
  means: Array.from({ length: hours }, () => 0),
  visits: "0".repeat(hours),
});

/** How far a reading may pull the trend, and whether it may at all. */
export interface Pull {
  readonly learning: boolean;
  readonly open: boolean;
  readonly width: number;
}

/** The habit after one more reading, and the views of that reading. */
export function follow(
  habit: Habit,
  reading: { readonly at: EpochMs; readonly value: number },
  pull: Pull,
): { readonly habit: Habit; readonly views: ViewValues } {
  const anchor = habit.readings === 0 ? reading.value : habit.anchor;
  const trend = trendAfter(habit, reading.value, pull);
  const value = reading.value - anchor - trend;
  const centre = pull.learning
    ? habit.centre + (value - habit.centre) / (habit.readings + 1)
    : habit.centre;
  const jump = value - habit.level;
  const readings = habit.readings + 1;
  // While an alert is open neither level nor hours follow: the way back would be news otherwise.
  const rate = pull.open ? 0 : Math.max(1 / readings, 1 / LEVEL_READINGS);
  const level = habit.level + jump * rate;
  const { sums, means } = addToWindows(habit, value);
  const hours = addToHours(habit, { at: reading.at, value, open: pull.open });
  const short = means[0];
  const next: Habit = { readings, anchor, centre, trend, level, sums, ...hours };
  const views: ViewValues = [
    value,
    readings === 1 ? undefined : jump,
    short,
    means[1],
    means[2],
    fromHabit(short, hours.day, { hour: hours.hour, visits: DAY_VISITS }),
    fromHabit(short, hours.week, { hour: hours.hour + WEEK_OFFSET, visits: WEEK_VISITS }),
  ];
  return { habit: next, views };
}

/** A reading pulls no harder than the width of the normal band: a spike does not move the trend. */
function trendAfter(habit: Habit, value: number, { learning, width }: Pull): number {
  if (learning) return habit.trend;
  const away = value - habit.anchor - habit.trend - habit.centre;
  return habit.trend + Math.max(-width, Math.min(width, away)) / TREND_READINGS;
}

function addToWindows(habit: Habit, value: number) {
  const sums = [...habit.sums];
  const means = HALVES.map((half, index) => {
    const filled = (habit.readings % half) + 1;
    const before = sums[2 * index] ?? 0;
    const sum = (sums[2 * index + 1] ?? 0) + value;
    sums[2 * index] = filled === half ? sum : before;
    sums[2 * index + 1] = filled === half ? 0 : sum;
    return habit.readings < half ? undefined : (before + sum) / (half + filled);
  });
  return { sums, means };
}

function addToHours(
  habit: Habit,
  { at, value, open }: { readonly at: EpochMs; readonly value: number; readonly open: boolean },
) {
  const hour = Math.floor(at / HOUR_MS);
  const { day, week, hourSum, hourCount } = habit;
  if (hour === habit.hour || hourCount === 0) {
    return { hour, hourSum: hourSum + value, hourCount: hourCount + 1, day, week };
  }
  const mean = hourSum / hourCount;
  if (open) return { hour, hourSum: value, hourCount: 1, day, week };
  return {
    hour,
    hourSum: value,
    hourCount: 1,
    day: visited(day, habit.hour, mean),
    week: visited(week, habit.hour + WEEK_OFFSET, mean),
  };
}

function visited(hours: Hours | null, hour: number, mean: number): Hours | null {
  if (hours === null) return null;
  const cell = hour % hours.means.length;
  const visits = Math.min(9, Number(hours.visits[cell]) + 1);
  const old = hours.means[cell] ?? 0;
  const next = old + Math.max(1 / visits, HOUR_RATE) * (mean - old);
  return {
    // Four digits are as much as an hour's mean knows, and keep the state small.
    means: hours.means.with(cell, Number(next.toPrecision(4))),
    visits: `${hours.visits.slice(0, cell)}${visits}${hours.visits.slice(cell + 1)}`,
  };
}

function fromHabit(
  short: number | undefined,
  hours: Hours | null,
  { hour, visits }: { readonly hour: number; readonly visits: number },
): number | undefined {
  if (hours === null || short === undefined) return undefined;
  const cell = hour % hours.means.length;
  if (Number(hours.visits[cell]) < visits) return undefined;
  return short - (hours.means[cell] ?? 0);
}
