import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { DayOfUse } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";
import type { DeviceFacts } from "#pipeline/points/device-points.ts";
import type {
  OpenCount,
  PresenceCount,
  ProductCount,
  RuleCount,
} from "#pipeline/points/fleet-points.ts";
import { RULE_WINDOW_MS } from "#pipeline/points/fleet-points.ts";
import type { DeviceUse } from "#pipeline/points/use-points.ts";
import { guarded, openReadOnly } from "../sqlite/database.ts";
import type { Row } from "./schema.ts";

/** Devices per page: each is a few kilobytes to look through. */
const PAGE = 250;

/** Figures over the fleet and its cases, counted from the read models beside their writer. */
export class FleetReader implements Disposable {
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof statementsOf>;

  constructor(path: string) {
    this.#path = path;
    this.#db = guarded(`opening ${path}`, () => openReadOnly(path));
    this.#statements = statementsOf(this.#db);
  }

  presence(): readonly PresenceCount[] {
    return this.#all<PresenceCount>(this.#statements.presence);
  }

  open(): readonly OpenCount[] {
    return this.#all<OpenCount>(this.#statements.open);
  }

  /** Cases opened within the window before `at`. */
  rules(at: EpochMs): readonly RuleCount[] {
    return this.#all<RuleCount>(this.#statements.rules, at - RULE_WINDOW_MS);
  }

  products(at: EpochMs): readonly ProductCount[] {
    return this.#all<ProductCount>(this.#statements.products, at, RULE_WINDOW_MS);
  }

  /** All devices, a page at a time, by id. */
  *devices(): Generator<readonly DeviceFacts[]> {
    for (const rows of this.#pages(this.#statements.devices)) yield rows.map(deviceOf);
  }

  /** The same with their use and the rules of kind underuse that are active on them. */
  *use(): Generator<readonly DeviceUse[]> {
    for (const rows of this.#pages(this.#statements.use)) yield rows.map(useOf);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }

  *#pages(statement: StatementSync): Generator<readonly Row[]> {
    for (let after = ""; ; ) {
      const rows = this.#all<Row>(statement, after, PAGE);
      if (rows.length > 0) yield rows;
      if (rows.length < PAGE) return;
      after = String(rows.at(-1)?.id);
    }
  }

  /** Rows with the columns of T: the statements below name them so. */
  #all<T>(statement: StatementSync, ...values: readonly (number | string)[]): readonly T[] {
    return guarded(`counting in ${this.#path}`, () => statement.all(...values) as T[]);
  }
}

const IS_OPEN = "status != 'resolved'";

function statementsOf(db: DatabaseSync) {
  return {
    presence: db.prepare(
      `SELECT product, presence, count(*) AS devices, sum(worst_rank < 3) AS withCases
       FROM device_view GROUP BY product, presence`,
    ),
    open: db.prepare(
      `SELECT json ->> 'product' AS product, kind, json ->> 'severity' AS severity,
         count(*) AS open, sum(stage = 'escalated') AS escalated,
         sum(status = 'acknowledged') AS acknowledged, min(opened_at) AS oldestAt
       FROM case_view WHERE ${IS_OPEN} GROUP BY 1, 2, 3`,
    ),
    rules: db.prepare(
      `WITH known AS (
         SELECT json ->> 'product' AS product, rule, opened_at > ?1 AS recent, status,
           EXISTS (SELECT 1 FROM json_each(case_view.json, '$.actions') AS action
                   WHERE action.value ->> 'kind' = 'escalation') AS escalated,
           coalesce(json ->> 'resolution', '') AS resolution,
           coalesce(json ->> 'verdict', '') AS verdict, 0 AS alert
         FROM case_view WHERE id IN (
           SELECT id FROM case_view WHERE opened_at > ?1
           UNION SELECT id FROM case_view WHERE ${IS_OPEN})
         UNION ALL
         SELECT json ->> 'product', json ->> 'rule', 0, 'resolved', 0, '', '', 1 FROM alert_view
         WHERE json ->> 'phase' IN ('firing', 'clearing'))
       SELECT product, rule, sum(alert) AS alerts, sum(${IS_OPEN}) AS open, sum(recent) AS cases,
         sum(recent AND status = 'resolved') AS resolved,
         sum(recent AND resolution = 'fixed') AS fixed, sum(recent AND escalated) AS escalated,
         sum(recent AND verdict = 'confirmed') AS confirmed,
         sum(recent AND verdict IN ('false_alarm', 'sensor_fault')) AS wrong
       FROM known GROUP BY 1, 2`,
    ),
    products: db.prepare(
      `SELECT product, count(*) AS devices,
         sum(CASE json ->> 'activatedAt' WHEN 0 THEN 0
             ELSE max(0, min(?2, ?1 - (json ->> 'activatedAt'))) END) AS deviceMs
       FROM device_view GROUP BY product`,
    ),
    devices: db.prepare(
      `SELECT id, product, presence, json -> 'attrs' AS attrs, json ->> 'cohort' AS cohort,
         json ->> 'firmware' AS firmware, json ->> 'openCases' AS openCases,
         json ->> 'worst' AS worst, json ->> 'lastSeenAt' AS lastSeenAt
       FROM device_view WHERE id > ? ORDER BY id LIMIT ?`,
    ),
    use: db.prepare(
      `SELECT id, product, json ->> 'cohort' AS cohort, json ->> 'activatedAt' AS activatedAt,
         json -> 'use' AS use, coalesce(json -> 'featuresUsed', '[]') AS featuresUsed,
         (SELECT json_group_array(alert.json ->> 'rule') FROM alert_view AS alert
          WHERE alert.device = device_view.id AND alert.json ->> 'kind' = 'underuse'
            AND alert.json ->> 'phase' IN ('firing', 'clearing')) AS alerts
       FROM device_view WHERE id > ? ORDER BY id LIMIT ?`,
    ),
  };
}

/** Reads back what the views were written with. */
function json<T>(column: unknown): T {
  const value: T = JSON.parse(String(column));
  return value;
}

const deviceOf = (row: Row): DeviceFacts => ({
  id: String(row.id),
  product: String(row.product),
  presence: row.presence as DeviceFacts["presence"],
  attrs: json<DeviceFacts["attrs"]>(row.attrs),
  cohort: String(row.cohort),
  firmware: String(row.firmware),
  openCases: Number(row.openCases),
  worst: row.worst as DeviceFacts["worst"],
  lastSeenAt: row.lastSeenAt === null ? null : Number(row.lastSeenAt),
});

const useOf = (row: Row): DeviceUse => ({
  id: String(row.id),
  product: String(row.product),
  cohort: String(row.cohort),
  activatedAt: Number(row.activatedAt),
  use: json<readonly DayOfUse[]>(row.use),
  featuresUsed: json<readonly string[]>(row.featuresUsed),
  alerts: json<readonly string[]>(row.alerts),
});
