import { schedule } from "node-cron";
import type { DurationMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { JournalClient } from "./adapters/journal-worker/client.ts";
import type { SeriesClient } from "./adapters/series-worker/client.ts";

/** A week to notice and replay, or as much as a small disk spares. */
const JOURNAL_KEPT = { keepMs: 7 * DAY_MS, keepBytes: 20 * 1024 ** 3 } as const;
/** Hourly, off the full hour, when everybody's jobs run. */
const HOUSEKEEPING_CRON = "17 * * * *";

/** Drops what is older than it is kept, every hour, until disposed. */
export function keepHouse(house: {
  readonly journal: JournalClient;
  readonly series: SeriesClient;
  readonly clock: Clock;
  readonly log: Log;
  /** undefined: samples are never dropped. */
  readonly keepSeriesMs: DurationMs | undefined;
}): Disposable {
  const { journal, series, clock, log, keepSeriesMs } = house;
  const task = schedule(HOUSEKEEPING_CRON, async () => {
    try {
      // Asked anew, so that the journal is not kept for what the stores have long had.
      await series.stats();
      await journal.enforceRetention(JOURNAL_KEPT);
      const { sealError } = await journal.stats();
      if (sealError !== "") log.warn({ reason: sealError }, "an ended segment is kept as it is");
      if (keepSeriesMs !== undefined) await series.retain(clock.now() - keepSeriesMs);
    } catch (error) {
      log.warn({ reason: String(error) }, "old data stays until the next run");
    }
  });
  return { [Symbol.dispose]: () => void task.destroy() };
}
