import type { Metrics } from "#ports/metrics.ts";
import type { JournalClient } from "./client.ts";
import type { JournalStats } from "./messages.ts";

/** Carries the journal thread's counts into the metrics, as differences since the last look. */
export class JournalMetrics {
  readonly #journal: Pick<JournalClient, "stats">;
  readonly #metrics: Metrics;
  #last: JournalStats | undefined;

  constructor(journal: Pick<JournalClient, "stats">, metrics: Metrics) {
    this.#journal = journal;
    this.#metrics = metrics;
  }

  async refresh(): Promise<JournalStats> {
    const stats = await this.#journal.stats();
    const { commits = 0, failedCommits = 0, sealed = 0 } = this.#last ?? {};
    this.#metrics.count("journal_commits_total", {}, stats.commits - commits);
    this.#metrics.count("journal_commit_failures_total", {}, stats.failedCommits - failedCommits);
    this.#metrics.count("journal_segments_sealed_total", {}, stats.sealed - sealed);
    this.#last = stats;
    return stats;
  }
}
