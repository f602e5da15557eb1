import { Temporal } from "temporal-polyfill";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, MINUTE_MS } from "#domain/units.ts";

/** From and to in minutes of the local day on which it begins; `to` over 1440 ends on the next day. */
export type OpenWindow = readonly [from: number, to: number];

/** When a team works. */
export interface CalendarTimes {
  /** IANA name, e.g. `Europe/Amsterdam`. */
  readonly timeZone: string;
  /** Monday first, seven of them; each without overlap, in order. */
  readonly week: readonly (readonly OpenWindow[])[];
  /** Local days on which no window begins: `2026-12-25`, or `12-26` of every year. */
  readonly holidays: ReadonlySet<string>;
}

const DAY_MINUTES = 1_440;
/** Days kept ready; a service has a few calendars and asks about the days around now. */
const DAYS_KEPT = 4_000;
/** After so many days without an open minute nothing opens any more (each day of the year a holiday). */
const LAST_DAY = 3_660;

type Span = readonly [from: EpochMs, to: EpochMs];

/**
 * Business time: counts only the open windows of a calendar, by the clock on the wall. An hour that
 * the clock skips in spring is not worked, one that it repeats in autumn is worked twice.
 */
export class Calendar {
  readonly times: CalendarTimes;
  /** Open spans that begin on a local day, by the day's number since 1970. */
  readonly #days = new Map<number, readonly Span[]>();
  readonly #always: boolean;

  constructor(times: CalendarTimes) {
    this.times = times;
    const whole = (day: readonly OpenWindow[]) =>
      day.length === 1 && day[0]?.[0] === 0 && day[0][1] === DAY_MINUTES;
    this.#always = times.holidays.size === 0 && times.week.every(whole);
  }

  /** The longest working day of the week: what `1d` of a target means. */
  get dayMs(): DurationMs {
    const open = (day: readonly OpenWindow[]) =>
      day.reduce((sum, [from, to]) => sum + to - from, 0);
    return Math.max(...this.times.week.map(open)) * MINUTE_MS;
  }

  /** The instant after `from` until which `time` (at least 0) of business time has passed. */
  add(from: EpochMs, time: DurationMs): EpochMs {
    if (this.#always || time <= 0) return from + Math.max(0, time);
    const first = dayOf(from) - EARLIER;
    let left = time;
    for (let day = first; day < first + LAST_DAY; day++) {
      for (const [opens, closes] of this.#spans(day)) {
        const open = Math.max(0, closes - Math.max(opens, from));
        if (left <= open) return closes - open + left;
        left -= open;
      }
    }
    return from + LAST_DAY * DAY_MS;
  }

  /** Business time from `from` to `to`; 0 when `to` is not later. */
  between(from: EpochMs, to: EpochMs): DurationMs {
    if (to <= from) return 0;
    if (this.#always) return to - from;
    let sum = 0;
    const last = dayOf(to) + LATER;
    for (let day = dayOf(from) - EARLIER; day <= last; day++) {
      for (const [opens, closes] of this.#spans(day)) {
        sum += Math.max(0, Math.min(closes, to) - Math.max(opens, from));
      }
    }
    return sum;
  }

  isOpen(at: EpochMs): boolean {
    for (let day = dayOf(at) - EARLIER; day <= dayOf(at) + LATER; day++) {
      if (this.#spans(day).some(([opens, closes]) => opens <= at && at < closes)) return true;
    }
    return false;
  }

  #spans(day: number): readonly Span[] {
    const known = this.#days.get(day);
    if (known !== undefined) return known;
    const spans = this.#work(day);
    if (this.#days.size >= DAYS_KEPT) this.#days.clear();
    this.#days.set(day, spans);
    return spans;
  }

  #work(day: number): readonly Span[] {
    const { timeZone, week, holidays } = this.times;
    const date = EPOCH.add({ days: day });
    const text = date.toString();
    if (holidays.has(text) || holidays.has(text.slice("2026-".length))) return [];
    const instant = (minutes: number): EpochMs =>
      date
        .add({ days: Math.floor(minutes / DAY_MINUTES) })
        .toPlainDateTime({
          hour: Math.floor((minutes % DAY_MINUTES) / 60),
          minute: minutes % 60,
        })
        .toZonedDateTime(timeZone).epochMilliseconds;
    const windows = week[date.dayOfWeek - 1] ?? [];
    return windows.map(([from, to]): Span => [instant(from), instant(to)]);
  }
}

/** Number of the UTC day; the local day is that one or one beside it. */
const dayOf = (at: EpochMs): number => Math.floor(at / DAY_MS);
/** A window that began the local day before may still be open. */
const EARLIER = 2;
const LATER = 1;

const EPOCH = Temporal.PlainDate.from("1970-01-01");
