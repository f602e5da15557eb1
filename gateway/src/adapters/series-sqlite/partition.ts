import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";
import type { SeriesRow, WriteSummary } from "#ports/series-store.ts";
import { closeDatabase, openDatabase, transaction } from "../sqlite/database.ts";

/** Device numbers are the file's own: a partition needs no other file to be read or removed. */
const MIGRATIONS = [
  `CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
   CREATE TABLE sample (device_id INTEGER NOT NULL, at INTEGER NOT NULL, "values" TEXT NOT NULL,
     PRIMARY KEY (device_id, at)) WITHOUT ROWID;`,
];

/** One month of samples: a row per device and moment, its values packed as JSON. */
export class Partition {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #stored: StatementSync;
  readonly #update: StatementSync;
  readonly #addDevice: StatementSync;
  readonly #findDevice: StatementSync;
  readonly #extent: StatementSync;
  readonly #select: StatementSync;
  readonly #ids = new Map<string, number>();

  constructor(path: string) {
    this.#db = openDatabase(path, { migrations: MIGRATIONS });
    this.#insert = this.#db.prepare(
      `INSERT INTO sample (device_id, at, "values") VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#stored = this.#db.prepare(`SELECT "values" FROM sample WHERE device_id = ? AND at = ?`);
    this.#update = this.#db.prepare(
      `UPDATE sample SET "values" = ? WHERE device_id = ? AND at = ?`,
    );
    this.#addDevice = this.#db.prepare("INSERT INTO device (name) VALUES (?)");
    this.#findDevice = this.#db.prepare("SELECT id FROM device WHERE name = ?");
    this.#extent = this.#db.prepare(
      "SELECT min(at) AS first, max(at) AS last FROM sample WHERE device_id = ? AND at >= ? AND at < ?",
    );
    this.#select = this.#db.prepare(
      `SELECT at, "values" FROM sample WHERE device_id = ? AND at >= ? AND at < ? ORDER BY at`,
    );
    this.#select.setReturnArrays(true);
  }

  /** One transaction; durable when it returns. */
  write(rows: readonly SeriesRow[]): WriteSummary {
    const known = new Map(this.#ids);
    let written = 0;
    let overwritten = 0;
    try {
      transaction(this.#db, () => {
        for (const row of rows) {
          const id = this.#idOf(row.device) ?? this.#register(row.device);
          const signals = Object.keys(row.values).length;
          const replaced = this.#insertOrMerge(id, row);
          written += signals - replaced;
          overwritten += replaced;
        }
      });
    } catch (error) {
      // Numbers given in the transaction that failed are not in the file.
      this.#ids.clear();
      for (const [name, id] of known) this.#ids.set(name, id);
      throw error;
    }
    return { written, overwritten };
  }

  /** Oldest and newest time of the device's rows in the range. */
  extent(
    device: string,
    range: { readonly from: EpochMs; readonly to: EpochMs },
  ): { readonly first: EpochMs; readonly last: EpochMs } | undefined {
    const id = this.#idOf(device);
    if (id === undefined) return undefined;
    const row = this.#extent.get(id, range.from, range.to);
    const first = row?.first;
    const last = row?.last;
    return typeof first === "number" && typeof last === "number" ? { first, last } : undefined;
  }

  *rows(
    device: string,
    range: { readonly from: EpochMs; readonly to: EpochMs },
  ): Generator<readonly [at: EpochMs, values: SignalValues]> {
    const id = this.#idOf(device);
    if (id === undefined) return;
    const rows: Iterable<unknown> = this.#select.iterate(id, range.from, range.to);
    for (const row of rows) {
      if (Array.isArray(row)) yield [Number(row[0]), JSON.parse(String(row[1]))];
    }
  }

  close(): void {
    closeDatabase(this.#db);
  }

  /** How many values were there before. */
  #insertOrMerge(id: number, row: SeriesRow): number {
    const json = JSON.stringify(row.values);
    if (this.#insert.run(id, row.at, json).changes === 1) return 0;
    const before: SignalValues = JSON.parse(String(this.#stored.get(id, row.at)?.values ?? "{}"));
    const replaced = Object.keys(row.values).filter((signal) => Object.hasOwn(before, signal));
    this.#update.run(JSON.stringify({ ...before, ...row.values }), id, row.at);
    return replaced.length;
  }

  #idOf(device: string): number | undefined {
    const known = this.#ids.get(device);
    if (known !== undefined) return known;
    const stored = this.#findDevice.get(device)?.id;
    if (typeof stored !== "number") return undefined;
    this.#ids.set(device, stored);
    return stored;
  }

  #register(device: string): number {
    const id = Number(this.#addDevice.run(device).lastInsertRowid);
    this.#ids.set(device, id);
    return id;
  }
}
