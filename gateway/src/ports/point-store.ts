import type { EpochMs } from "#domain/units.ts";

/** One fact that the service tells about itself, for dashboards; docs/series.md lists them all. */
export interface ServicePoint {
  /** Has a dot in its name, which no product has. */
  readonly measurement: string;
  /** Ids from bounded lists; one that is "" is left out. */
  readonly tags: Readonly<Record<string, string>>;
  /** At least one. Names without the suffix that a store gives to texts. */
  readonly fields: Readonly<Record<string, number | string | boolean>>;
  readonly at: EpochMs;
}

/** A point, or some of its fields, that the store will never take. */
export interface PointRejection {
  readonly point: ServicePoint;
  readonly reason: string;
}

export interface PointSummary {
  /** Fields taken. */
  readonly written: number;
  readonly rejected: readonly PointRejection[];
}

/**
 * Takes what the service tells about itself. Key = (measurement, tags, at): the same point again is no
 * second one, and of two points with one key the newer fields stay beside the others.
 *
 * - resolved: every point is durable or in `rejected`.
 * - rejected with SeriesUnavailableError: nothing is known, the same points are offered again later.
 */
export interface PointStore {
  writePoints(points: readonly ServicePoint[]): Promise<PointSummary>;
}
