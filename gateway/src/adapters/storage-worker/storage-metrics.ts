import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { StorageClient } from "./client.ts";
import type { StorageStats } from "./messages.ts";

const LOOK_EVERY_MS: DurationMs = 1_000;

/** Carries the storage thread's counts into the metrics, as differences since the last look. */
export class StorageMetrics {
  readonly #storage: Pick<StorageClient, "stats">;
  readonly #metrics: Metrics;
  #last: StorageStats | undefined;
  #lookedAt: EpochMs = 0;

  constructor(storage: Pick<StorageClient, "stats">, metrics: Metrics) {
    this.#storage = storage;
    this.#metrics = metrics;
  }

  /** Up to where samples are stored; asked of the thread once a second at most. */
  async stored(now: EpochMs): Promise<Offset> {
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      await this.refresh();
    }
    return this.#last?.series.consumed ?? 0;
  }

  async refresh(): Promise<StorageStats> {
    const stats = await this.#storage.stats();
    const { series: before } = this.#last ?? {};
    const { series } = stats;
    this.#metrics.count("samples_written_total", {}, series.written - (before?.written ?? 0));
    this.#metrics.count(
      "samples_overwritten_total",
      {},
      series.overwritten - (before?.overwritten ?? 0),
    );
    this.#metrics.count("journal_commits_total", {}, stats.commits - (this.#last?.commits ?? 0));
    this.#metrics.count(
      "journal_commit_failures_total",
      {},
      stats.failedCommits - (this.#last?.failedCommits ?? 0),
    );
    this.#last = stats;
    return stats;
  }
}
