import type { DayOfUse } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import type { Habit } from "#domain/usage/habit.ts";
import { expectedUse, learnDay, NO_HABIT } from "#domain/usage/habit.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** UTC days since 1970. */
export type Day = number;

/** What was stored about the use of one device. */
export interface DeviceUse {
  readonly id: string;
  readonly product: string;
  readonly cohort: string;
  readonly activatedAt: EpochMs;
  /** Days with use only, oldest first. */
  readonly use: readonly DayOfUse[];
  readonly featuresUsed: readonly string[];
  /** Rules of kind underuse whose alert is active. */
  readonly alerts: readonly string[];
}

/** Devices tell late what happened on a day; most have by then, as rules on use assume too. */
const CLOSES_AFTER_MS = 6 * HOUR_MS;
/** Earlier days that let expect something. */
const LEAST_DAYS = 7;
/** Devices that have a median. */
const LEAST_PEERS = 3;
/** As rules on the own habit do by default. */
const PACE = { memory: 56, speed: 1 } as const;

/** The newest day that is over at this time. */
export const closedDay = (at: EpochMs): Day => Math.floor((at - CLOSES_AFTER_MS) / DAY_MS) - 1;

/** Gathers what the devices of each product and cohort were used for on some days. */
export class CohortUse {
  readonly #days: readonly Day[];
  readonly #amounts = new Map<string, number[][]>();
  readonly #medians = new Map<string, readonly (number | undefined)[]>();

  constructor(days: readonly Day[]) {
    this.#days = days;
  }

  add(device: DeviceUse): void {
    const key = `${device.product}\n${device.cohort}`;
    const all = this.#amounts.get(key) ?? this.#days.map(() => []);
    this.#amounts.set(key, all);
    const amounts = amountsOf(device);
    const first = firstDay(device);
    this.#days.forEach((day, index) => {
      if (day >= first) all[index]?.push(amounts.get(day) ?? 0);
    });
  }

  /** Asked for when all devices are added; undefined: too few devices to compare with. */
  median({ product, cohort }: DeviceUse, day: Day): number | undefined {
    const key = `${product}\n${cohort}`;
    const medians = this.#medians.get(key) ?? (this.#amounts.get(key) ?? []).map(medianOf);
    this.#medians.set(key, medians);
    return medians[this.#days.indexOf(day)];
  }
}

function medianOf(amounts: readonly number[]): number | undefined {
  const { length } = amounts;
  if (length < LEAST_PEERS) return undefined;
  const sorted = amounts.toSorted((a, b) => a - b);
  return ((sorted[(length - 1) >> 1] ?? 0) + (sorted[length >> 1] ?? 0)) / 2;
}

/** A point per day since the device is there; the newest day also says how it stands. */
export function usePoints(
  device: DeviceUse,
  days: readonly Day[],
  around: { readonly facts: FleetFacts; readonly cohort: CohortUse },
): readonly ServicePoint[] {
  const product = around.facts.products.find(({ id }) => id === device.product);
  if (product === undefined || product.unit === "") return [];
  const amounts = amountsOf(device);
  const first = firstDay(device);
  const newest = days.at(-1);
  const habits = new HabitBefore(amounts, Math.max(first, (days[0] ?? first) - HABIT_DAYS));
  return days
    .filter((day) => day >= first)
    .map((day) => {
      const amount = amounts.get(day) ?? 0;
      const habit = habits.of(day);
      const median = around.cohort.median(device, day);
      return {
        measurement: "vz.use",
        tags: { device: device.id, product: device.product, cohort: device.cohort },
        fields: {
          used: amount > 0 ? 1 : 0,
          amount,
          unit: product.unit,
          ...(habit !== undefined && { habit, vs_habit: amount / habit }),
          ...(median !== undefined && { cohort_median: median }),
          ...(median !== undefined && median > 0 && { vs_cohort: amount / median }),
          ...(day === newest && standing(device, around.facts, product.features)),
        },
        at: day * DAY_MS,
      };
    });
}

function standing(
  { product, featuresUsed, alerts }: DeviceUse,
  facts: FleetFacts,
  features: number,
): ServicePoint["fields"] {
  const tests = facts.rules
    .filter((rule) => rule.product === product && alerts.includes(rule.id))
    .map(({ test }) => STATES.find(([, of]) => of.includes(test)) ?? OTHER);
  const [state, , code] = tests.sort((a, b) => b[2] - a[2])[0] ?? NORMAL;
  const used = featuresUsed.length;
  return {
    state,
    state_code: code,
    ...(features > 0 && { features, features_used: used, features_share: used / features }),
  };
}

type State = readonly [name: string, tests: readonly string[], code: number];
const STATES: readonly State[] = [
  ["never", ["never_used", "never_connected"], 4],
  ["stopped", ["stopped"], 3],
  ["hardly", ["hardly_used"], 2],
  ["dropped", ["dropped"], 2],
  ["incompletely", ["feature_unused", "unfinished"], 1],
];
const OTHER: State = ["other", [], 1];
const NORMAL: State = ["normal", [], 0];

/** What the days before a day let expect of it; asked for days in order. */
class HabitBefore {
  readonly #amounts: ReadonlyMap<Day, number>;
  #habit: Habit = NO_HABIT;
  #next: Day;

  constructor(amounts: ReadonlyMap<Day, number>, first: Day) {
    this.#amounts = amounts;
    this.#next = first;
  }

  of(day: Day): number | undefined {
    for (; this.#next < day; this.#next += 1) {
      const amount = this.#amounts.get(this.#next) ?? 0;
      this.#habit = learnDay(this.#habit, this.#next, amount, PACE);
    }
    return this.#habit.days < LEAST_DAYS ? undefined : expectedUse(this.#habit, day);
  }
}

const dayOf = (at: EpochMs): Day => Math.floor(at / DAY_MS);

const amountsOf = ({ use }: DeviceUse): ReadonlyMap<Day, number> =>
  new Map(use.map(({ day, amount }) => [dayOf(Date.parse(day)), amount]));

/**
 * Days before are none of the device: it was not there, or nobody remembers. The day of the activation
 * is no whole day of use.
 */
function firstDay({ activatedAt, use }: DeviceUse): Day {
  const [known] = use;
  const firstUsed = known === undefined ? Number.POSITIVE_INFINITY : dayOf(Date.parse(known.day));
  if (activatedAt === 0 || use.length >= DAYS_KEPT) return firstUsed;
  return Math.min(firstUsed, Math.ceil(activatedAt / DAY_MS));
}

/** Newest days that are written anew with each close: devices that were away tell of them late. */
const DAYS_ANEW = 7;
/** Days with use that are stored of a device. */
const DAYS_KEPT = 60;
/** A habit is learned from so many days at most. */
const HABIT_DAYS = 120;

/** Days to write at this time, oldest first; `told`: the newest one written before. */
export function daysToTell(at: EpochMs, told: Day | undefined): readonly Day[] {
  const newest = closedDay(at);
  if (told !== undefined && newest <= told) return [];
  const oldest = newest - DAYS_KEPT + 1;
  const since = told === undefined ? oldest : Math.min(told + 1, newest - DAYS_ANEW + 1);
  const first = Math.max(oldest, since);
  return Array.from({ length: newest - first + 1 }, (_, n) => first + n);
}
