import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { CaseView } from "#domain/case/case.ts";
import type { CountedCase } from "#pipeline/value/counting.ts";
import { Counting } from "#pipeline/value/counting.ts";
import type {
  Backlog,
  MissedTarget,
  ValueQuery,
  ValueReader,
  ValueTally,
} from "#ports/value-store.ts";
import { guarded, openReadOnly } from "../sqlite/database.ts";
import type { Row } from "./schema.ts";
import { parsed } from "./schema.ts";

/** Rows per page: a few milliseconds of the thread that serves devices, too. */
const PAGE = 5_000;
const FIXES = ["", "pending", "verified", "failed", "harmful"] as const;
const KINDS = ["fault", "misuse", "underuse"] as const;
const TARGETS = ["none", "met", "missed"] as const;

const codeOf = (column: string, words: readonly string[]): string =>
  `CASE ${column} ${words.map((word, code) => `WHEN '${word}' THEN ${code}`).join(" ")} END`;

const targetCode = (target: string): string => `CASE
  WHEN ${target}_breached_at IS NOT NULL THEN 2 WHEN ${target}_met_at IS NOT NULL THEN 1 ELSE 0 END`;

/**
 * Numbers where it can be: texts cost most of the reading. Groups are made here and not by SQLite, which has
 * no median and would sort all rows with all their columns.
 */
const FACTS = `SELECT opened_at, rowid, product, rule, ${codeOf("kind", KINDS)}, opened_at - onset_at,
    owner_called_at - opened_at, proved_at - opened_at, verdict, ${codeOf("fix", FIXES)},
    (resolved_at IS NULL) + 2 * found_before + 4 * tried + 8 * (escalated_at IS NOT NULL)
      + 16 * (reopened > 0) + 32 * (disputed > 0),
    ${targetCode("response")}, ${targetCode("solution")}
  FROM case_fact WHERE opened_at < :to AND (opened_at, rowid) > (:from, :row)
    AND (:products IS NULL OR product IN (SELECT value FROM json_each(:products)))
    AND (:rule IS NULL OR rule = :rule)
  ORDER BY opened_at, rowid LIMIT ${PAGE}`;

const WAITING = `FROM case_view WHERE status != 'resolved'
  AND json ->> 'product' IN (SELECT value FROM json_each(:products))`;
const BACKLOG = `SELECT count(*) AS open, coalesce(sum(stage = 'escalated'), 0) AS escalated,
  coalesce(sum(stage = 'approval'), 0) AS approval ${WAITING}`;
const OLDEST = `SELECT json ${WAITING} AND stage IN ('escalated', 'approval')
  ORDER BY opened_at, id LIMIT :limit`;

const missedOf = (target: "response" | "solution"): string =>
  `SELECT fact.id AS caseId, fact.device, view.json ->> 'title' AS title, '${target}' AS target,
     ${target}_breached_at AS breachedAt, ${target}_met_at AS metAt
   FROM case_fact AS fact JOIN case_view AS view ON view.id = fact.id
   WHERE ${target}_breached_at >= :from AND ${target}_breached_at < :to
     AND fact.product IN (SELECT value FROM json_each(:products))`;
const MISSED = `${missedOf("response")} UNION ALL ${missedOf("solution")}
  ORDER BY breachedAt DESC, caseId LIMIT :limit`;

/** A read-only connection to `cases.db`, opened with the first question. Throws StoreUnavailableError. */
export class SqliteValueReader implements ValueReader, Disposable {
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #db: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async tallies(query: ValueQuery): Promise<readonly ValueTally[]> {
    const pages = this.count(query);
    for (;;) {
      const page = pages.next();
      if (page.done === true) return page.value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** The same page by page, for whoever has turns of their own. */
  *count({ from, to, products, rule, by }: ValueQuery): Generator<void, readonly ValueTally[]> {
    const named = products === undefined ? null : JSON.stringify(products);
    const counting = new Counting(by);
    const next = { from, row: -1 };
    for (;;) {
      const rows = this.#facts({ ...next, to, products: named, rule: rule ?? null });
      for (const row of rows) counting.add(countedOf(row));
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return counting.tallies();
      [next.from, next.row] = [Number(last[0]), Number(last[1])];
      yield;
    }
  }

  async backlog(products: readonly string[], limit: number): Promise<Backlog> {
    const named = JSON.stringify(products);
    const [row] = this.#all(BACKLOG, { products: named });
    return {
      open: Number(row?.open),
      escalated: Number(row?.escalated),
      approval: Number(row?.approval),
      oldest: this.#all(OLDEST, { products: named, limit }).map(parsed<CaseView>),
    };
  }

  async missed(query: Parameters<ValueReader["missed"]>[0]): Promise<readonly MissedTarget[]> {
    const { products, from, to, limit } = query;
    const rows = this.#all(MISSED, { products: JSON.stringify(products), from, to, limit });
    return rows.map((row) => ({
      caseId: String(row.caseId),
      device: String(row.device),
      title: String(row.title),
      target: row.target === "response" ? "first response" : "solution",
      breachedAt: Number(row.breachedAt),
      metAt: row.metAt === null ? null : Number(row.metAt),
    }));
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#db?.close();
    this.#db = undefined;
  }

  #facts(values: Readonly<Record<string, SQLInputValue>>): readonly FactRow[] {
    return guarded(`counting in ${this.#path}`, () => {
      const statement = this.#statement(FACTS);
      statement.setReturnArrays(true);
      const rows: readonly unknown[] = statement.all(values);
      return rows.filter(isFactRow);
    });
  }

  #all(sql: string, values: Readonly<Record<string, SQLInputValue>>): readonly Row[] {
    return guarded(`counting in ${this.#path}`, () => this.#statement(sql).all(values));
  }

  #statement(sql: string): StatementSync {
    this.#db ??= openReadOnly(this.#path);
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}

type FactRow = readonly SQLOutputValue[];

const isFactRow = (row: unknown): row is FactRow => Array.isArray(row);

/** In the order of the columns. */
function countedOf(row: FactRow): CountedCase {
  const [openedAt, , product, rule, kind, detectionMs, calledAfterMs, proofMs, verdict] = row;
  const [fix, flags, response, solution] = row.slice(9);
  const bits = Number(flags);
  return {
    product: String(product),
    rule: String(rule),
    kind: KINDS[Number(kind)] ?? "fault",
    openedAt: Number(openedAt),
    open: (bits & 1) !== 0,
    detectionMs: Number(detectionMs),
    foundBefore: (bits & 2) !== 0,
    calledAfterMs: calledAfterMs === null ? null : Number(calledAfterMs),
    verdict: String(verdict),
    tried: (bits & 4) !== 0,
    fix: FIXES[Number(fix)] ?? "",
    proofMs: proofMs === null ? null : Number(proofMs),
    escalated: (bits & 8) !== 0,
    reopened: (bits & 16) !== 0,
    disputed: (bits & 32) !== 0,
    response: TARGETS[Number(response)] ?? "none",
    solution: TARGETS[Number(solution)] ?? "none",
  };
}
