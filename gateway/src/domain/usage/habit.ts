/**
 * What a device is usually used for: a mean per day, a profile over the days of the week and how far
 * days scatter. Ages: it follows a lasting change within weeks. Plain JSON, about 150 bytes.
 */
export interface Habit {
  /** Days learned. */
  readonly days: number;
  /** Use per day, in the unit of the product's use. */
  readonly mean: number;
  /** Share of the mean per UTC day of the week, Thursday first (day 0 is one); their mean is 1. */
  readonly week: readonly number[];
  /** Variance of a day over its expectation; 1 = as scattered as independent counts. */
  readonly spread: number;
}

export interface Pace {
  /** Days that the habit is averaged over once that many are known. */
  readonly memory: number;
  /** 1 = full speed; less while it is in doubt whether the present is the habit. */
  readonly speed: number;
}

/** Days that the mean starts from before a profile is learned. */
const FIRST_WEEK = 7;
/** New days move the weekly profile and the scatter by at least one of so many. */
const WEEKS_KEPT = 12;
const SPREAD_KEPT = 56;
/** Growth is believed sooner than decline: what the owner has shown to need is slow to be forgotten. */
const GROWTH = 1.3;
/** An expectation is never nothing, or the first use would be infinitely surprising. */
const LEAST_EXPECTED = 0.05;
/** Variance over mean of independent counts; what scatters less is judged as if it did not. */
const LEAST_SPREAD = 1.02;

export const NO_HABIT: Habit = { days: 0, mean: 0, week: [1, 1, 1, 1, 1, 1, 1], spread: 1.5 };

const weekday = (day: number): number => ((day % 7) + 7) % 7;

/** Use that the habit expects on a UTC day (days since 1970). */
export function expectedUse(habit: Habit, day: number): number {
  return Math.max(LEAST_EXPECTED, habit.mean * (habit.week[weekday(day)] ?? 1));
}

/** Takes one whole day into the habit. One huge day counts as three usual ones. */
export function learnDay(habit: Habit, day: number, amount: number, pace: Pace): Habit {
  const days = habit.days + 1;
  if (days <= FIRST_WEEK) {
    return { ...habit, days, mean: short(habit.mean + (amount - habit.mean) / days) };
  }
  const w = weekday(day);
  const expected = expectedUse(habit, day);
  const seen = Math.min(amount, 3 * expected + 2);
  const share = habit.week[w] ?? 1;
  const pull = pace.speed * (seen > expected ? GROWTH : 1) * Math.max(1 / days, 1 / pace.memory);
  const mean = habit.mean + pull * share * (seen / Math.max(0.2, share) - habit.mean);
  const known = Math.floor((days - 1) / 7);
  const weekPull = pace.speed * Math.max(1 / (known + 2), 1 / WEEKS_KEPT);
  const nextShare = share + weekPull * (Math.min(3, seen / Math.max(0.3, mean)) - share);
  const spreadPull = pace.speed * Math.max(1 / (days + 3), 1 / SPREAD_KEPT);
  const scatter = Math.min(25, (seen - expected) ** 2 / Math.max(expected, 0.3));
  return {
    days,
    mean: short(mean),
    week: levelled(habit.week, w, nextShare),
    spread: short(habit.spread + spreadPull * (scatter - habit.spread)),
  };
}

/** The same weekly habit on another level: what was a drop is the habit now. */
export const lowered = (habit: Habit, share: number): Habit => ({
  ...habit,
  mean: short(habit.mean * Math.min(1, share)),
});

function levelled(week: readonly number[], changed: number, share: number): readonly number[] {
  const next = week.map((known, index) => (index === changed ? share : known));
  const mean = next.reduce((sum, one) => sum + one, 0) / next.length;
  return next.map((one) => short(one / mean));
}

/**
 * How much better a day is explained by `share` of the habit than by the habit itself, in nats
 * (natural logarithm of the likelihood ratio of negative binomial counts with the habit's scatter).
 */
export function dropEvidence(
  habit: Habit,
  day: { readonly expected: number; readonly amount: number },
  share: number,
): number {
  const { expected, amount } = day;
  const size = expected / (Math.max(LEAST_SPREAD, habit.spread) - 1);
  const factor = (size + expected) / (size + share * expected);
  return amount * Math.log(share * factor) + size * Math.log(factor);
}

/** Six digits are more than a habit knows, and keep the state small. */
export const short = (value: number): number => Number(value.toPrecision(6));
