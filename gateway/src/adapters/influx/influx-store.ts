import type { EpochMs } from "#domain/units.ts";
import type {
  SeriesPoint,
  SeriesQuery,
  SeriesRow,
  SeriesStore,
  WriteSummary,
} from "#ports/series-store.ts";
import { BatchWriter } from "./batch-writer.ts";
import type { InfluxLink } from "./link.ts";
import { SeriesReader } from "./series-reader.ts";

/** The series store in an InfluxDB, 1.x or 2.x by the link. docs/series.md describes what is written. */
export class InfluxStore implements SeriesStore {
  readonly #link: InfluxLink;
  readonly #writer: BatchWriter;
  readonly #reader: SeriesReader;

  constructor(link: InfluxLink) {
    this.#link = link;
    this.#writer = new BatchWriter(link);
    this.#reader = new SeriesReader(link);
  }

  write(rows: readonly SeriesRow[]): Promise<WriteSummary> {
    return this.#writer.write(rows);
  }

  read(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    return this.#reader.read(query);
  }

  /** Nothing: the retention of the database or bucket is set in InfluxDB. */
  async retain(_before: EpochMs): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#link[Symbol.asyncDispose]();
  }
}
