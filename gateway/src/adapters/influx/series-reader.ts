import type { EpochMs } from "#domain/units.ts";
import { Thinning } from "#pipeline/thinning.ts";
import type { SeriesPoint, SeriesQuery } from "#ports/series-store.ts";
import { unavailable } from "./answers.ts";
import { influxQlIdentifier, influxQlString } from "./influxql.ts";
import { FLAG_SUFFIX, TEXT_SUFFIX } from "./line-protocol.ts";
import type { InfluxLink } from "./link.ts";
import type { ResultSeries } from "./query-results.ts";
import { resultsOf } from "./query-results.ts";

/**
 * Measurements of products; those that the gateway writes about itself have a dot in their name,
 * which no product has.
 */
const PRODUCTS = "/^[A-Za-z0-9_-]+$/";
/** What InfluxDB can keep: nanoseconds in 64 bits. */
const EARLIEST: EpochMs = -9_223_372_036_854;
const LATEST: EpochMs = 9_223_372_036_854;
const FEWEST_POINTS = 4;
/** Rows per request where they are thinned here. */
const PAGE_ROWS = 10_000;

/** In the order of `fieldsOf`. */
const FIELD_TYPES = ["number", "string", "boolean"] as const;

interface Scope {
  readonly signal: string;
  readonly device: string;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

/**
 * Reads by InfluxQL in the part that 1.x and 2.x share. Numbers are thinned by the server, which
 * answers the smallest and the largest of each stretch with their own times; states are thinned here.
 */
export class SeriesReader {
  readonly #link: InfluxLink;

  constructor(link: InfluxLink) {
    this.#link = link;
  }

  /** @throws SeriesUnavailableError */
  async read(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    const limit = Math.max(FEWEST_POINTS, Math.trunc(query.points));
    const from = Math.max(EARLIEST, Math.ceil(query.from));
    const to = Math.min(LATEST, Math.ceil(query.to));
    if (from >= to) return [];
    const scope: Scope = { signal: query.signal, device: query.device, from, to };
    const [start = []] = await this.#ask(rawStatement(scope, limit + 1));
    const points = pointsOf(start, query.signal);
    // Rows, not points: those of a field that belongs to another signal count for the limit.
    if (start.every((series) => series.values.length <= limit)) return points;
    return await this.#thinned(scope, points[0], limit);
  }

  async #thinned(
    scope: Scope,
    first: SeriesPoint | undefined,
    limit: number,
  ): Promise<readonly SeriesPoint[]> {
    const newest = await this.#ask(
      ...fieldsOf(scope.signal).map((field) =>
        statement(`last(${influxQlIdentifier(field)})`, scope),
      ),
    );
    const lasts = newest.flatMap((series, n) =>
      valuesOf(series).filter((point) => typeof point.value === FIELD_TYPES[n]),
    );
    const data = {
      ...scope,
      from: first?.at ?? scope.from,
      to: 1 + Math.max(scope.from, ...lasts.map((point) => point.at)),
    };
    const last = lasts.find((point) => point.at === data.to - 1);
    const onlyNumbers = lasts.every((point) => typeof point.value === "number");
    return first === undefined || last === undefined || !onlyNumbers
      ? await this.#thinnedHere(data, limit)
      : await this.#extremes(data, { first, last, limit });
  }

  /** `top` and `bottom` keep the time of the point; `max` and `min` would answer that of the stretch. */
  async #extremes(
    scope: Scope,
    known: { readonly first: SeriesPoint; readonly last: SeriesPoint; readonly limit: number },
  ): Promise<readonly SeriesPoint[]> {
    const stretches = Math.max(1, (known.limit - 2) >> 1);
    const width = Math.ceil((scope.to - scope.from) / stretches);
    // From the first point on, so that there is no stretch more than planned.
    const offset = ((scope.from % width) + width) % width;
    const grouped = ` GROUP BY time(${width}ms, ${offset}ms) fill(none)`;
    const field = influxQlIdentifier(scope.signal);
    const answers = await this.#ask(
      statement(`top(${field}, 1)`, scope, grouped),
      statement(`bottom(${field}, 1)`, scope, grouped),
    );
    const found = [known.first, ...answers.flatMap((series) => valuesOf(series)), known.last];
    const byTime = new Map(found.map((point) => [point.at, point]));
    return [...byTime.values()].sort((a, b) => a.at - b.at);
  }

  async #thinnedHere(scope: Scope, limit: number): Promise<readonly SeriesPoint[]> {
    const thinning = new Thinning(limit, scope);
    for (let from = scope.from; from < scope.to; ) {
      const [page = []] = await this.#ask(rawStatement({ ...scope, from }, PAGE_ROWS));
      // A series that filled its page may go on before the end of another one.
      const full = page.filter((series) => series.values.length >= PAGE_ROWS);
      const ends = full.map((series) => Number(series.values.at(-1)?.[0]));
      const end = Math.min(scope.to - 1, ...ends);
      for (const point of pointsOf(page, scope.signal)) if (point.at <= end) thinning.add(point);
      from = end + 1;
    }
    return thinning.result();
  }

  /** The series of each statement. */
  async #ask(...statements: readonly string[]): Promise<readonly (readonly ResultSeries[])[]> {
    const answer = await this.#link.query(statements.join(";"));
    if (answer.kind !== "done") throw unavailable(answer, this.#link);
    return resultsOf(answer.value, this.#link);
  }
}

const fieldsOf = (signal: string): readonly string[] => [
  signal,
  signal + TEXT_SUFFIX,
  signal + FLAG_SUFFIX,
];

function statement(what: string, scope: Scope, rest = ""): string {
  const device = `"device" = ${influxQlString(scope.device)}`;
  const time = `time >= ${scope.from}ms AND time < ${scope.to}ms`;
  return `SELECT ${what} FROM ${PRODUCTS} WHERE ${device} AND ${time}${rest}`;
}

const rawStatement = (scope: Scope, limit: number): string =>
  statement(fieldsOf(scope.signal).map(influxQlIdentifier).join(", "), scope, ` LIMIT ${limit}`);

/** Points of the number, text and flag field of a signal, oldest first. */
function pointsOf(all: readonly ResultSeries[], signal: string): readonly SeriesPoint[] {
  const columns = fieldsOf(signal);
  const points: SeriesPoint[] = [];
  for (const series of all) {
    // The field of another signal may have the name of this one's text or flag: the type tells.
    const wanted = FIELD_TYPES.map(
      (type, n) => [series.columns.indexOf(columns[n] ?? ""), type] as const,
    );
    for (const row of series.values) {
      const [column] = wanted.find(([at, type]) => typeof row[at] === type) ?? [];
      const value = column === undefined ? null : row[column];
      if (value !== null && value !== undefined) points.push({ at: Number(row[0]), value });
    }
  }
  return all.length > 1 ? points.sort((a, b) => a.at - b.at) : points;
}

/** Of statements with one column beside the time. */
const valuesOf = (all: readonly ResultSeries[]): readonly SeriesPoint[] =>
  all.flatMap((series) =>
    series.values.flatMap(([at, value]) =>
      value === null || value === undefined ? [] : [{ at: Number(at), value }],
    ),
  );
