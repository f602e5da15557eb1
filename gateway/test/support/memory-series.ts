import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";
import { Thinning } from "#pipeline/thinning.ts";
import type {
  SeriesPoint,
  SeriesQuery,
  SeriesRow,
  SeriesStore,
  WriteSummary,
} from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";

/** A series store that a test can break. */
export class MemorySeries implements SeriesStore {
  readonly #values = new Map<string, Map<EpochMs, SignalValue>>();
  /** Set: every write fails with this reason. */
  broken: string | undefined;

  async write(rows: readonly SeriesRow[]): Promise<WriteSummary> {
    if (this.broken !== undefined) throw new SeriesUnavailableError(this.broken);
    let written = 0;
    let overwritten = 0;
    for (const row of rows) {
      for (const [signal, value] of Object.entries(row.values)) {
        const key = `${row.device} ${signal}`;
        const series = this.#values.get(key) ?? new Map<EpochMs, SignalValue>();
        this.#values.set(key, series);
        if (series.has(row.at)) overwritten += 1;
        else written += 1;
        series.set(row.at, value);
      }
    }
    return { written, overwritten, rejected: [] };
  }

  async read(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    const series = this.#values.get(`${query.device} ${query.signal}`) ?? [];
    const found = [...series]
      .map(([at, value]) => ({ at, value }))
      .filter(({ at }) => at >= query.from && at < query.to)
      .sort((a, b) => a.at - b.at);
    const from = found[0]?.at ?? 0;
    const thinning = new Thinning(query.points, { from, to: (found.at(-1)?.at ?? 0) + 1 });
    for (const point of found) thinning.add(point);
    return thinning.result();
  }

  async retain(before: EpochMs): Promise<void> {
    const day = new Date(before);
    const month = Date.UTC(day.getUTCFullYear(), day.getUTCMonth());
    for (const series of this.#values.values()) {
      for (const at of series.keys()) if (at < month) series.delete(at);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
