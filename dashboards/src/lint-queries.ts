import type { ClassicDashboard } from "./classic-model.ts";
import { queryPanels } from "./classic-model.ts";
import { AGGREGATES } from "./influxql.ts";

/** A query and where it stands. */
interface Placed {
  readonly where: string;
  readonly query: string;
  /** The shortest stretch that its panel groups by. */
  readonly interval: string | undefined;
}

export type QueryRule = (placed: Placed, dashboard: ClassicDashboard) => readonly string[];

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

const isSelect = (query: string): boolean => query.startsWith("SELECT ");

/** Every SELECT of a query looks at the range of the dashboard, or InfluxDB reads everything there is. */
const timeFilter: QueryRule = ({ query }) => {
  const missing = count(query, /\bSELECT\b/g) - count(query, /\$timeFilter\b/g);
  return isSelect(query) && missing > 0 ? ["each SELECT needs $timeFilter"] : [];
};

/** What is grouped by time follows the zoom and says what happens to empty stretches. */
const grouping: QueryRule = ({ query, interval, where }) => {
  const groups = [...query.matchAll(/\btime\(([^)]*)\)/g)];
  const fixed = groups.filter(([, by]) => by !== "$__interval");
  const unfilled = groups.length - count(query, /\bfill\((?:none|null|previous|linear|-?\d+)\)/g);
  return [
    ...(fixed.length > 0 ? ["GROUP BY time takes $__interval"] : []),
    ...(unfilled > 0 ? ["GROUP BY time needs fill()"] : []),
    ...(groups.length > 0 && interval === undefined && where.startsWith("panel")
      ? ["a panel that groups by time needs a least interval: how often there are points"]
      : []),
  ];
};

/** What InfluxDB 1.x, 2.x and 3.x do not all have. */
const OUTSIDE =
  /\b(SLIMIT|SOFFSET|INTO|SHOW SERIES|SHOW DATABASES|CARDINALITY|SAMPLE|HOLT_WINTERS|EXPLAIN|DELETE|DROP)\b/i;
const FUNCTIONS = new Set<string>([...AGGREGATES, "time", "fill"]);

const subset: QueryRule = ({ query }) => {
  const code = query.replaceAll(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "x");
  const outside = OUTSIDE.exec(code)?.[0];
  const called = [...code.matchAll(/\b([a-z_]+)\(/gi)].map(([, name = ""]) => name);
  const unknown = called.filter((name) => !FUNCTIONS.has(name) && !/^(FROM|AND|OR)$/.test(name));
  return [
    ...(outside === undefined ? [] : [`${outside} is not in every InfluxDB`]),
    ...unknown.map((name) => `${name}() is not in every InfluxDB`),
    ...(depth(code) > 1 ? ["subqueries are at most one deep"] : []),
  ];
};

const depth = (query: string): number => count(query, /\bSELECT\b/g) - 1;

/** A variable of several values in `= '$x'` would be one wrong name; a single one needs no pattern. */
const variableStyle: QueryRule = ({ query }, { templating }) =>
  templating.list.flatMap(({ name, type, multi }) => {
    if (type !== "query") return [];
    const uses = count(query, new RegExp(`\\$\\{?${name}\\b`, "g"));
    const patterns = count(query, new RegExp(`=~ /\\^\\$${name}\\$/`, "g"));
    if (multi === true && uses !== patterns)
      return [`$${name} has several values: =~ /^$${name}$/`];
    if (multi !== true && patterns > 0) return [`$${name} has one value: = '$${name}'`];
    return [];
  });

/** InfluxDB 1.x ends an answer at the first stretch for which no column has a value. */
const percentiles: QueryRule = ({ query }) => {
  const low = [...query.matchAll(/\bpercentile\([^)]*, (\d+)\)/g)].map(([, p]) => Number(p));
  const others = count(query, /\b(?:count|first|last|max|mean|min|sum)\(/g);
  return low.length > 0 && others === 0 && low.every((p) => p < 50)
    ? ["a low percentile needs a column beside it that always has a value, such as percentile 50"]
    : [];
};

const QUERY_RULES: readonly QueryRule[] = [
  timeFilter,
  grouping,
  subset,
  percentiles,
  variableStyle,
];

export function lintQueries(dashboard: ClassicDashboard): readonly string[] {
  return placedQueries(dashboard).flatMap((placed) =>
    QUERY_RULES.flatMap((rule) => rule(placed, dashboard)).map(
      (problem) => `${placed.where}: ${problem}: ${placed.query}`,
    ),
  );
}

function placedQueries(dashboard: ClassicDashboard): readonly Placed[] {
  const { templating, annotations } = dashboard;
  return [
    ...queryPanels(dashboard).flatMap(({ id, title, interval, targets }) =>
      targets.map(({ refId, query }) => ({
        where: `panel ${id} "${title}" ${refId}`,
        query,
        interval,
      })),
    ),
    ...templating.list
      .filter(({ type }) => type === "query")
      .map(({ name, query }) => ({
        where: `variable ${name}`,
        query: String(query),
        interval: undefined,
      })),
    ...annotations.list.map(({ name, target }) => ({
      where: `annotation ${name}`,
      query: target.query,
      interval: undefined,
    })),
  ];
}
