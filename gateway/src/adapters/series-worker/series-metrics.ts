import type { DurationMs, EpochMs, Offset } from "#domain/units.ts";
import type { Metrics } from "#ports/metrics.ts";
import type { SeriesClient } from "./client.ts";
import { consumedOf } from "./client.ts";
import type { ConsumerName, ConsumerStats, PointStats, SeriesStats } from "./messages.ts";

const LOOK_EVERY_MS: DurationMs = 1_000;

/** Carries the series thread's counts into the metrics, as differences since the last look. */
export class SeriesMetrics {
  readonly #series: Pick<SeriesClient, "stats">;
  readonly #metrics: Metrics;
  #last: SeriesStats | undefined;
  #lookedAt: EpochMs = 0;

  constructor(series: Pick<SeriesClient, "stats">, metrics: Metrics) {
    this.#series = series;
    this.#metrics = metrics;
  }

  /** Up to where samples are in every store; asked of the thread once a second at most. */
  async stored(now: EpochMs): Promise<Offset> {
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      await this.refresh();
    }
    return this.#last === undefined ? 0 : consumedOf(this.#last);
  }

  async refresh(): Promise<SeriesStats> {
    const stats = await this.#series.stats();
    const { local, remote } = stats;
    const before = this.#last;
    this.#metrics.count("samples_written_total", {}, local.written - (before?.local.written ?? 0));
    this.#metrics.count(
      "samples_overwritten_total",
      {},
      local.overwritten - (before?.local.overwritten ?? 0),
    );
    this.#ofStore("local", local, before?.local);
    if (remote !== null) this.#ofStore("remote", remote, before?.remote ?? undefined);
    this.#ofPoints(stats.points, before?.points ?? undefined);
    this.#last = stats;
    return stats;
  }

  #ofPoints(points: PointStats | null, before: PointStats | undefined): void {
    if (points === null) return;
    for (const what of ["written", "rejected", "dropped"] as const) {
      this.#metrics.count(`points_${what}_total`, {}, points[what] - (before?.[what] ?? 0));
    }
    this.#metrics.gauge("points_waiting", points.waiting);
  }

  #ofStore(store: ConsumerName, stats: ConsumerStats, before: ConsumerStats | undefined): void {
    this.#metrics.count(
      "store_rejected_total",
      { store },
      stats.rejected - (before?.rejected ?? 0),
    );
    for (const problem of ["denied", "unreachable"] as const) {
      const by = stats.failures[problem] - (before?.failures[problem] ?? 0);
      this.#metrics.count("store_failures_total", { store, problem }, by);
    }
  }
}
