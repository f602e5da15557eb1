/**
 * Builder for the part of InfluxQL that InfluxDB 1.x, 2.x and 3.x share: aggregates and selectors over
 * time, grouped by time and tags, one level of subquery, SHOW TAG VALUES. Everything it writes can be
 * executed by all three.
 */

/** `"a.b"`: quotes and backslashes inside are escaped. */
export const identifier = (name: string): string => `"${name.replaceAll(/["\\]/g, "\\$&")}"`;

/** `'text'`, as a value of a tag. */
export const text = (value: string): string => `'${value.replaceAll(/['\\]/g, "\\$&")}'`;

export const AGGREGATES = [
  "count",
  "first",
  "last",
  "max",
  "mean",
  "min",
  "non_negative_derivative",
  "percentile",
  "sum",
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export type Fill = "none" | "null" | "previous" | "linear" | number;

/** A column of the answer. */
export class Column {
  readonly sql: string;

  private constructor(sql: string) {
    this.sql = sql;
  }

  static field(name: string): Column {
    return new Column(identifier(name));
  }

  static of(aggregate: Aggregate, field: string, argument?: string | number): Column {
    const more = argument === undefined ? "" : `, ${argument}`;
    return new Column(`${aggregate}(${identifier(field)}${more})`);
  }

  /**
   * `p5`, `p50` and so on, in one query: InfluxDB 1.x ends the answer to a lone low percentile at the first
   * stretch that has too few values for one.
   */
  static percentiles(field: string, percents: readonly number[]): readonly Column[] {
    return percents.map((percent) => Column.of("percentile", field, percent).as(`p${percent}`));
  }

  /** A part of a whole. */
  static over(part: Column, whole: Column): Column {
    return new Column(`${part.sql} / ${whole.sql}`);
  }

  /** How fast the newest value of a counter rises; where it starts again, nothing. */
  static rise(field: string, per: "1h" | "1d"): Column {
    return new Column(`non_negative_derivative(${Column.of("last", field).sql}, ${per})`);
  }

  /** What is left of 1. */
  static rest(of: Column): Column {
    return new Column(`1 - ${of.sql}`);
  }

  /** The name that shows in legends and table heads. */
  as(name: string): Column {
    return new Column(`${this.sql} AS ${identifier(name)}`);
  }
}

/** A condition of WHERE. */
export type Condition = string & { readonly condition?: never };

export const is = (tag: string, value: string): Condition => `${identifier(tag)} = ${text(value)}`;
export const isNot = (tag: string, value: string): Condition =>
  `${identifier(tag)} != ${text(value)}`;
/** Values of a dashboard variable, one or several: Grafana writes them as `(a|b)`. */
export const within = (tag: string, variable: string): Condition =>
  `${identifier(tag)} =~ /^$${variable}$/`;
export const above = (field: string, limit: number): Condition => `${identifier(field)} > ${limit}`;
export const equals = (field: string, value: number): Condition =>
  `${identifier(field)} = ${value}`;

const TIME_FILTER = "$timeFilter";

export interface SelectOptions {
  /** A measurement, a variable that names one, or a query. */
  readonly from: string | Select;
  readonly where?: readonly Condition[];
  /** Per stretch of time; undefined: the whole range is one. */
  readonly every?: "$__interval" | `${number}${"m" | "h" | "d"}`;
  readonly by?: readonly string[];
  readonly fill?: Fill;
  /** Newest first, so many. */
  readonly newest?: number;
}

/** One SELECT over the time range of the dashboard. */
export class Select {
  readonly sql: string;

  constructor(columns: readonly Column[], options: SelectOptions) {
    const { from, where = [], every, by = [], fill, newest } = options;
    const source = typeof from === "string" ? identifier(from) : `(${from.sql})`;
    const groups = [
      ...(every === undefined ? [] : [`time(${every})`]),
      ...by.map((tag) => identifier(tag)),
    ];
    this.sql = [
      `SELECT ${columns.map((column) => column.sql).join(", ")}`,
      `FROM ${source}`,
      `WHERE ${[...where, TIME_FILTER].join(" AND ")}`,
      ...(groups.length === 0 ? [] : [`GROUP BY ${groups.join(", ")}`]),
      ...(every === undefined ? [] : [`fill(${fill ?? "none"})`]),
      ...(newest === undefined ? [] : [`ORDER BY time DESC LIMIT ${newest}`]),
    ].join(" ");
  }
}

/** Values of a tag, for a variable; `where` narrows them by variables before it. */
export function tagValues(
  tag: string,
  { from, where = [] }: { readonly from: string; readonly where?: readonly Condition[] },
): string {
  const narrowed = where.length === 0 ? "" : ` WHERE ${where.join(" AND ")}`;
  return `SHOW TAG VALUES FROM ${identifier(from)} WITH KEY = ${identifier(tag)}${narrowed}`;
}

/** Names of the fields of a measurement, for a variable. */
export const fieldKeys = (from: string): string => `SHOW FIELD KEYS FROM ${identifier(from)}`;
