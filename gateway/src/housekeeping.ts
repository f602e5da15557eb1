import { schedule } from "node-cron";
import { DAY_MS } from "#domain/units.ts";
import type { Clock } from "#ports/clock.ts";
import type { Log } from "#ports/log.ts";
import type { Cut } from "./adapters/cases-sqlite/retention.ts";
import type { JournalClient } from "./adapters/journal-worker/client.ts";
import type { SeriesClient } from "./adapters/series-worker/client.ts";
import type { Config } from "./config/config.ts";

export interface House {
  readonly journal: Pick<JournalClient, "enforceRetention" | "stats" | "read">;
  readonly series: Pick<SeriesClient, "stats" | "retain">;
  readonly dropCases: (cut: Cut) => void;
  readonly clock: Clock;
  readonly log: Log;
  readonly config: Pick<
    Config,
    | "clock"
    | "store"
    | "seriesKeepDays"
    | "seriesLocalDays"
    | "casesKeepDays"
    | "quarantineKeepDays"
  >;
}

/** A week to notice and replay, or as much as a small disk spares. */
const JOURNAL_KEPT = { keepMs: 7 * DAY_MS, keepBytes: 20 * 1024 ** 3 } as const;
/** Hourly, off the full hour, when everybody's jobs run. */
const HOUSEKEEPING_CRON = "17 * * * *";
/** Cases per look: some milliseconds between two batches of decisions. */
const CASES_AT_ONCE = 200;

/** Drops what is older than it is kept, every hour, until disposed. */
export function keepHouse(house: House): Disposable {
  const task = schedule(HOUSEKEEPING_CRON, () => cleanHouse(house));
  return { [Symbol.dispose]: () => void task.destroy() };
}

/** Never rejects: what is left is left until the next time. */
export async function cleanHouse(house: House): Promise<void> {
  const { journal, series, log } = house;
  try {
    // Asked anew, so that the journal is not kept for what the stores have long had.
    await series.stats();
    await journal.enforceRetention(JOURNAL_KEPT);
    const { sealError } = await journal.stats();
    if (sealError !== "") log.warn({ reason: sealError }, "an ended segment is kept as it is");
    // Recorded data may be of any year: its age says nothing about its use.
    if (house.config.clock === "live") await dropOld(house);
  } catch (error) {
    log.warn({ reason: String(error) }, "old data stays until the next run");
  }
}

async function dropOld({ journal, series, dropCases, clock, config }: House): Promise<void> {
  const now = clock.now();
  const seriesDays = config.store === "embedded" ? config.seriesKeepDays : config.seriesLocalDays;
  await series.retain(now - seriesDays * DAY_MS);
  const [oldest] = await journal.read(0, 1, 1);
  if (oldest === undefined) return;
  dropCases({
    casesBefore: now - config.casesKeepDays * DAY_MS,
    quarantineBefore: now - config.quarantineKeepDays * DAY_MS,
    journalFrom: oldest.offset,
    limit: CASES_AT_ONCE,
  });
}
