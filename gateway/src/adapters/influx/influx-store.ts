import type { EpochMs } from "#domain/units.ts";
import type { PointRejection, PointStore, PointSummary, ServicePoint } from "#ports/point-store.ts";
import type {
  SeriesPoint,
  SeriesQuery,
  SeriesRow,
  SeriesStore,
  WriteSummary,
} from "#ports/series-store.ts";
import type { LineRejection } from "./batch-writer.ts";
import { BatchWriter } from "./batch-writer.ts";
import type { LineRow } from "./line-protocol.ts";
import type { InfluxLink } from "./link.ts";
import { SeriesReader } from "./series-reader.ts";

/** The series store in an InfluxDB, 1.x or 2.x by the link. docs/series.md describes what is written. */
export class InfluxStore implements SeriesStore, PointStore {
  readonly #link: InfluxLink;
  readonly #writer: BatchWriter;
  /** Beside the samples: a backlog of theirs must not keep the dashboards waiting. */
  readonly #points: BatchWriter;
  readonly #reader: SeriesReader;

  constructor(link: InfluxLink) {
    this.#link = link;
    this.#writer = new BatchWriter(link);
    this.#points = new BatchWriter(link);
    this.#reader = new SeriesReader(link);
  }

  write(rows: readonly SeriesRow[]): Promise<WriteSummary> {
    return this.#writer.write(rows);
  }

  async writePoints(points: readonly ServicePoint[]): Promise<PointSummary> {
    const { written, rejected } = await this.#points.write(points.map(rowOf));
    return { written, rejected: rejected.map(rejectionOf) };
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

const rowOf = ({ measurement, tags, fields, at }: ServicePoint): LineRow => ({
  product: measurement,
  device: tags.device ?? "",
  at,
  values: fields,
  tags,
});

function rejectionOf({ row, reason }: LineRejection): PointRejection {
  const fields: Record<string, number | string | boolean> = {};
  for (const [name, value] of Object.entries(row.values)) if (value !== null) fields[name] = value;
  const { product: measurement, tags = {}, at } = row;
  return { point: { measurement, tags, fields, at }, reason };
}
