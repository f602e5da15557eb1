import type { DurationMs, EpochMs } from "#domain/units.ts";

/** Five fields of cron in a time zone (IANA name). */
export interface CronSchedule {
  readonly cron: string;
  readonly timeZone: string;
}

/** Wall-clock schedules of people; nothing that decides runs by them. */
export interface Schedules {
  /** Newest moment at or before `at` and less than `within` ago at which it fell due; undefined = none. */
  lastDue(schedule: CronSchedule, at: EpochMs, within: DurationMs): EpochMs | undefined;
  /** Calls whenever it falls due, also somewhat late after the process was held up; ends when disposed. */
  start(schedule: CronSchedule, onDue: () => void): Disposable;
}
