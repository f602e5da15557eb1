import type { ScheduledTask } from "node-cron";
import { createTask } from "node-cron";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import { MINUTE_MS } from "#domain/units.ts";
import type { Log } from "#ports/log.ts";
import type { CronSchedule, Schedules } from "#ports/schedules.ts";

/** Cron by node-cron; its timers do not keep the process alive. */
export function createCronSchedules(log: Log): Schedules {
  return {
    lastDue(schedule, at, within) {
      const task = taskOf(schedule, () => undefined, log);
      try {
        return lastMatch(task, at, within);
      } finally {
        discard(task);
      }
    },
    start(schedule, onDue) {
      const task = taskOf(schedule, onDue, log);
      // The process was held up past the moment: late is better than not at all.
      task.on("execution:missed", onDue);
      void task.start();
      return { [Symbol.dispose]: () => discard(task) };
    },
  };
}

function taskOf({ cron, timeZone }: CronSchedule, work: () => void, log: Log): ScheduledTask {
  return createTask(cron, work, {
    timezone: timeZone,
    unref: true,
    suppressMissedWarning: true,
    logger: {
      info: () => undefined,
      debug: () => undefined,
      warn: (message) => log.warn({ cron, timeZone, reason: message }, "a schedule complains"),
      error: (message) =>
        log.error({ cron, timeZone, reason: String(message) }, "a schedule failed"),
    },
  });
}

const discard = (task: ScheduledTask): void => void task.destroy();

/** Schedules have whole minutes, and every zone's offset is some number of them. */
function lastMatch(task: ScheduledTask, at: EpochMs, within: DurationMs): EpochMs | undefined {
  const newest = at - (at % MINUTE_MS);
  for (let minute = newest; minute > at - within; minute -= MINUTE_MS) {
    if (task.match(new Date(minute))) return minute;
  }
  return undefined;
}
