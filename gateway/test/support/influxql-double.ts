import type { InfluxPoints, Row, Scalar } from "./influx-points.ts";

/** What InfluxDB says to a query that it cannot parse. */
export class InfluxQlError extends Error {}

export interface ResultSeries {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (Scalar | null)[])[];
}

interface Column {
  readonly call: "" | "last" | "top" | "bottom";
  readonly field: string;
}

interface Statement {
  readonly columns: readonly Column[];
  readonly measurements: RegExp;
  readonly tag: { readonly key: string; readonly value: string };
  readonly from: number;
  readonly to: number;
  readonly group: { readonly width: number; readonly offset: number } | undefined;
  readonly limit: number;
}

/**
 * Exactly the InfluxQL that our adapter sends, executed as InfluxDB does; everything else is an
 * error, so that a statement of another shape is noticed.
 */
export function executeInfluxQl(
  text: string,
  points: InfluxPoints,
): readonly { readonly statement_id: number; readonly series?: readonly ResultSeries[] }[] {
  return parse(text).map((statement, statement_id) => {
    const series = points
      .select(statement.measurements, statement.tag)
      .map(({ name, rows }) => resultOf(statement, name, rows))
      .filter((one) => one.values.length > 0);
    return series.length === 0 ? { statement_id } : { statement_id, series };
  });
}

function resultOf(statement: Statement, name: string, all: readonly Row[]): ResultSeries {
  const { columns, from, to, limit } = statement;
  const rows = all.filter(({ at }) => at >= from && at < to);
  const [first] = columns;
  if (first === undefined || first.call === "") {
    const values = rows
      .map(({ at, fields }) => [at, ...columns.map(({ field }) => fields.get(field) ?? null)])
      .filter((row) => row.slice(1).some((value) => value !== null));
    return {
      name,
      columns: ["time", ...columns.map(({ field }) => field)],
      values: values.slice(0, limit),
    };
  }
  const having = rows.filter(({ fields }) => fields.has(first.field));
  const found = first.call === "last" ? having.slice(-1) : extremes(first, having, statement);
  const values = found.map(({ at, fields }) => [at, fields.get(first.field) ?? null]);
  return { name, columns: ["time", first.call], values };
}

/** `top` and `bottom` keep the times of the points; the earliest of equals wins. */
function extremes(
  { call, field }: Column,
  rows: readonly Row[],
  { group }: Statement,
): readonly Row[] {
  const best = new Map<number, Row>();
  for (const row of rows) {
    const value = row.fields.get(field);
    if (typeof value !== "number") throw new InfluxQlError(`unsupported ${call} iterator type`);
    const key = group === undefined ? 0 : Math.floor((row.at - group.offset) / group.width);
    const before = best.get(key)?.fields.get(field);
    const better = call === "top" ? value > Number(before) : value < Number(before);
    if (before === undefined || better) best.set(key, row);
  }
  return [...best.values()].sort((a, b) => a.at - b.at);
}

const TOKEN =
  /\s*(?:(?<identifier>"(?:[^"\\\n]|\\["\\n])*")|(?<string>'(?:[^'\\\n]|\\['\\n])*')|(?<regex>\/(?:[^/\\]|\\.)+\/)|(?<duration>-?\d+ms)|(?<number>\d+)|(?<word>[A-Za-z_]+)|(?<sign>>=|<=|[<>=(),;]))/y;

function parse(text: string): readonly Statement[] {
  const tokens = new Tokens(text);
  const statements = [select(tokens)];
  while (tokens.accept(";")) statements.push(select(tokens));
  tokens.end();
  return statements;
}

function select(tokens: Tokens): Statement {
  tokens.expect("SELECT");
  const columns = [column(tokens)];
  while (tokens.accept(",")) columns.push(column(tokens));
  tokens.expect("FROM");
  const measurements = new RegExp(tokens.regex());
  tokens.expect("WHERE");
  const key = tokens.identifier();
  tokens.expect("=");
  const tag = { key, value: tokens.string() };
  tokens.expect("AND");
  tokens.expect("time");
  tokens.expect(">=");
  const from = tokens.duration();
  tokens.expect("AND");
  tokens.expect("time");
  tokens.expect("<");
  const to = tokens.duration();
  const group = tokens.accept("GROUP") ? grouping(tokens) : undefined;
  const limit = tokens.accept("LIMIT") ? tokens.number() : Number.POSITIVE_INFINITY;
  if (columns.length > 1 && columns.some(({ call }) => call !== "")) {
    throw new InfluxQlError("error parsing query: mixing aggregate and non-aggregate queries");
  }
  return { columns, measurements, tag, from, to, group, limit };
}

function column(tokens: Tokens): Column {
  for (const call of ["last", "top", "bottom"] as const) {
    if (!tokens.accept(call)) continue;
    tokens.expect("(");
    const field = tokens.identifier();
    if (call !== "last") {
      tokens.expect(",");
      tokens.expect("1");
    }
    tokens.expect(")");
    return { call, field };
  }
  return { call: "", field: tokens.identifier() };
}

function grouping(tokens: Tokens): { readonly width: number; readonly offset: number } {
  for (const part of ["BY", "time", "("]) tokens.expect(part);
  const width = tokens.duration();
  tokens.expect(",");
  const offset = tokens.duration();
  for (const part of [")", "fill", "(", "none", ")"]) tokens.expect(part);
  if (width <= 0)
    throw new InfluxQlError("error parsing query: GROUP BY interval must be positive");
  return { width, offset };
}

class Tokens {
  readonly #tokens: readonly { readonly kind: string; readonly text: string }[];
  #at = 0;

  constructor(text: string) {
    const tokens: { kind: string; text: string }[] = [];
    TOKEN.lastIndex = 0;
    while (TOKEN.lastIndex < text.trimEnd().length) {
      const from = TOKEN.lastIndex;
      const groups = TOKEN.exec(text)?.groups;
      const [kind, found] = Object.entries(groups ?? {}).find(([, v]) => v !== undefined) ?? [];
      if (kind === undefined || found === undefined) {
        throw new InfluxQlError(`error parsing query: found ${text.slice(from, from + 20)}`);
      }
      tokens.push({ kind, text: found });
    }
    this.#tokens = tokens;
  }

  accept(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text) return false;
    this.#at += 1;
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.#fail(text);
  }

  end(): void {
    if (this.#at < this.#tokens.length) this.#fail("EOF");
  }

  identifier = (): string => unquoted(this.#take("identifier"));
  string = (): string => unquoted(this.#take("string"));
  regex = (): string => this.#take("regex").slice(1, -1);
  duration = (): number => Number(this.#take("duration").slice(0, -"ms".length));
  number = (): number => Number(this.#take("number"));

  #take(kind: string): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return this.#fail(kind);
    this.#at += 1;
    return token.text;
  }

  #fail(expected: string): never {
    const found = this.#tokens[this.#at]?.text ?? "EOF";
    throw new InfluxQlError(`error parsing query: found ${found}, expected ${expected}`);
  }
}

const unquoted = (text: string): string =>
  text.slice(1, -1).replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
