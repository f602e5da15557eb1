import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { QuarantineEntry } from "#domain/effects.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";
import type { CaseFilter, CaseReader, Page, ProblemFilter } from "#ports/case-store.ts";
import { guarded, openReadOnly, StoreTooNewError, schemaVersion } from "../sqlite/database.ts";
import type { CursorKey } from "./cursor.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import type { Row } from "./schema.ts";
import { CASES_MIGRATIONS, caseEventOf, parsed, quarantineEntryOf } from "./schema.ts";

/** How one list is filtered, ordered and turned into items. */
interface List<T> {
  readonly name: string;
  readonly table: string;
  readonly columns: string;
  /** The two columns of the sort key, both in the same direction. */
  readonly key: readonly [string, string];
  readonly order: "ASC" | "DESC";
  /** Filters that are no columns of the table. */
  readonly conditions?: Readonly<Record<string, string>>;
  readonly item: (row: Row) => T;
}

const CASES: List<CaseView> = {
  name: "cases",
  table: "case_view",
  columns: "json",
  key: ["opened_at", "id"],
  order: "DESC",
  conditions: { problem: "id IN (SELECT id FROM case_fact WHERE problem = ?)" },
  item: parsed<CaseView>,
};
const ALERTS: List<AlertView> = {
  name: "alerts",
  table: "alert_view",
  columns: "json",
  key: ["since", "key"],
  order: "DESC",
  item: parsed<AlertView>,
};
const DEVICES: List<DeviceView> = {
  name: "devices",
  table: "device_view",
  columns: "json",
  key: ["worst_rank", "id"],
  order: "ASC",
  item: parsed<DeviceView>,
};
const QUARANTINE: List<QuarantineEntry> = {
  name: "quarantine",
  table: "quarantine",
  columns: "at, device, topic, code, reason, payload",
  key: ["offset", "n"],
  order: "DESC",
  item: quarantineEntryOf,
};

const COUNTS = `SELECT
  (SELECT count(*) FROM device_view) AS devices,
  (SELECT count(*) FROM device_view WHERE presence = 'online') AS online,
  (SELECT count(*) FROM case_view WHERE status != 'resolved' AND stage = 'escalated') AS escalated,
  (SELECT count(*) FROM quarantine) AS quarantined,
  (SELECT count(*) FROM outbox WHERE state IN ('new', 'retry')) AS outbox_due`;

const PROBLEMS: List<ProblemView> = {
  name: "problems",
  table: "problem_view",
  columns: "json",
  key: ["opened_at", "id"],
  order: "DESC",
  item: parsed<ProblemView>,
};

interface Wanted {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Column = value; undefined = any. */
  readonly where: Readonly<Record<string, string | undefined>>;
}

/**
 * A read-only connection to `cases.db` beside its writer. It is opened with the first question, so
 * it may be built before the writer has made the file. Throws StoreUnavailableError, BadCursorError.
 */
export class SqliteCaseReader implements CaseReader {
  readonly #path: string;
  readonly #statements = new Map<string, StatementSync>();
  #db: DatabaseSync | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async cases(filter: CaseFilter): Promise<Page<CaseView>> {
    const { limit, cursor, status, stage, kind, device, rule, problem } = filter;
    const where = { status, stage, kind, device, rule, problem };
    return this.#page(CASES, { limit, cursor, where });
  }

  async case(id: string): Promise<CaseView | undefined> {
    const [row] = this.#all("SELECT json FROM case_view WHERE id = ?", [id]);
    return row === undefined ? undefined : parsed<CaseView>(row);
  }

  async timeline(caseId: string): Promise<readonly CaseEvent[]> {
    const sql = "SELECT * FROM case_event WHERE case_id = ? ORDER BY offset, n";
    return this.#all(sql, [caseId]).map(caseEventOf);
  }

  async alerts(filter: Parameters<CaseReader["alerts"]>[0]): Promise<Page<AlertView>> {
    const { limit, cursor, level, device } = filter;
    return this.#page(ALERTS, { limit, cursor, where: { level, device } });
  }

  async devices(filter: Parameters<CaseReader["devices"]>[0]): Promise<Page<DeviceView>> {
    const { limit, cursor, product } = filter;
    return this.#page(DEVICES, { limit, cursor, where: { product } });
  }

  async device(id: string): Promise<DeviceView | undefined> {
    const [row] = this.#all("SELECT json FROM device_view WHERE id = ?", [id]);
    return row === undefined ? undefined : parsed<DeviceView>(row);
  }

  /** Every registered device, from an index alone: of 100,000 devices in a tenth of a second. */
  products(): readonly { readonly id: string; readonly product: string }[] {
    return this.#all("SELECT id, product FROM device_view", []).map(({ id, product }) => ({
      id: String(id),
      product: String(product),
    }));
  }

  async quarantine(
    filter: Parameters<CaseReader["quarantine"]>[0],
  ): Promise<Page<QuarantineEntry>> {
    const { limit, cursor, device, code } = filter;
    return this.#page(QUARANTINE, { limit, cursor, where: { device, code } });
  }

  async problems(filter: ProblemFilter): Promise<Page<ProblemView>> {
    const { limit, cursor, status, product, rule } = filter;
    return this.#page(PROBLEMS, { limit, cursor, where: { status, product, rule } });
  }

  async problem(id: string): Promise<ProblemView | undefined> {
    const [row] = this.#all("SELECT json FROM problem_view WHERE id = ?", [id]);
    return row === undefined ? undefined : parsed<ProblemView>(row);
  }

  async fixes(filter: Parameters<CaseReader["fixes"]>[0]): Promise<readonly FixView[]> {
    const { product = null, rule = null } = filter;
    const sql = `SELECT json FROM fix_view WHERE product = coalesce(?, product)
      AND rule = coalesce(?, rule) ORDER BY product, rule, step`;
    return this.#all(sql, [product, rule]).map(parsed<FixView>);
  }

  async remedies(): Promise<readonly RemedySwitch[]> {
    const sql = "SELECT json FROM remedy_switch ORDER BY product";
    return this.#all(sql, []).map(parsed<RemedySwitch>);
  }

  async counts(): ReturnType<CaseReader["counts"]> {
    const row = this.#all(COUNTS, [])[0];
    const openCases = { fault: 0, misuse: 0, underuse: 0 };
    const kinds =
      "SELECT kind, count(*) AS count FROM case_view WHERE status != 'resolved' GROUP BY kind";
    for (const { kind, count } of this.#all(kinds, [])) {
      if (kind === "fault" || kind === "misuse" || kind === "underuse") {
        openCases[kind] = Number(count);
      }
    }
    return {
      devices: Number(row?.devices),
      online: Number(row?.online),
      openCases,
      escalated: Number(row?.escalated),
      quarantined: Number(row?.quarantined),
      outboxDue: Number(row?.outbox_due),
    };
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#db?.close();
    this.#db = undefined;
  }

  #page<T>(list: List<T>, wanted: Wanted): Page<T> {
    const [first, second] = list.key;
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
    for (const [column, value] of Object.entries(wanted.where)) {
      if (value === undefined) continue;
      conditions.push(list.conditions?.[column] ?? `${column} = ?`);
      values.push(value);
    }
    if (wanted.cursor !== undefined) {
      conditions.push(`(${first}, ${second}) ${list.order === "ASC" ? ">" : "<"} (?, ?)`);
      values.push(...decodeCursor(list.name, wanted.cursor));
    }
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const sql = `SELECT ${first}, ${second}, ${list.columns} FROM ${list.table} ${where}
      ORDER BY ${first} ${list.order}, ${second} ${list.order} LIMIT ?`;
    // One more than asked tells whether there is a next page.
    const rows = this.#all(sql, [...values, wanted.limit + 1]);
    const shown = rows.slice(0, wanted.limit);
    const last = rows.length > wanted.limit ? shown.at(-1) : undefined;
    return {
      items: shown.map(list.item),
      nextCursor: last === undefined ? null : encodeCursor(list.name, keyOf(last, list.key)),
    };
  }

  #all(sql: string, values: readonly SQLInputValue[]): readonly Row[] {
    return guarded(`reading ${this.#path}`, () => {
      let statement = this.#statements.get(sql);
      if (statement === undefined) {
        statement = this.#open().prepare(sql);
        this.#statements.set(sql, statement);
      }
      return statement.all(...values);
    });
  }

  #open(): DatabaseSync {
    if (this.#db !== undefined) return this.#db;
    const db = openReadOnly(this.#path);
    const version = schemaVersion(db);
    if (version !== CASES_MIGRATIONS.length) {
      db.close();
      throw new StoreTooNewError(
        `${this.#path} has schema version ${version}, this build reads ${CASES_MIGRATIONS.length}`,
      );
    }
    this.#db = db;
    return db;
  }
}

function keyOf(row: Row, key: readonly [string, string]): CursorKey {
  const second = row[key[1]];
  return [Number(row[key[0]]), typeof second === "number" ? second : String(second)];
}
