import type { Offset } from "#domain/units.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { StorageClient } from "./client.ts";
import type { StorageStats } from "./messages.ts";

/** Carries the storage thread's counts into the metrics, as differences since the last look. */
export class StorageMetrics {
  readonly #storage: Pick<StorageClient, "stats">;
  readonly #metrics: Metrics;
  #last: StorageStats | undefined;

  constructor(storage: Pick<StorageClient, "stats">, metrics: Metrics) {
    this.#storage = storage;
    this.#metrics = metrics;
  }

  /** Up to where samples were stored at the last look. */
  get stored(): Offset {
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
