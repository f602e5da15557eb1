import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Extent } from "./codec/page-reader.ts";
import { SampleTable } from "./codec/sample-table.ts";

export interface BlockPlace extends Extent {
  readonly id: number;
  readonly count: number;
}

export interface UnmergedDay {
  readonly device: number;
  /** Days since 1970. */
  readonly day: number;
  /** Written since the last merge. */
  readonly blocks: number;
}

/** The statements of a month; whoever writes opens the transaction. */
export class MonthTables {
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.db = db;
  }

  findDevice(name: string): { readonly id: number; readonly newest: EpochMs | null } | undefined {
    const row = this.#sql("SELECT id, newest FROM device WHERE name = ?").get(name);
    if (row === undefined) return undefined;
    return { id: Number(row.id), newest: row.newest === null ? null : Number(row.newest) };
  }

  addDevice(name: string): number {
    return Number(this.#sql("INSERT INTO device (name) VALUES (?)").run(name).lastInsertRowid);
  }

  /** Newest time in blocks. */
  raiseNewest(device: number, newest: EpochMs): void {
    this.#sql("UPDATE device SET newest = max(coalesce(newest, ?2), ?2) WHERE id = ?1").run(
      device,
      newest,
    );
  }

  /** That which one device in `part` has passed: a few wild clocks do not count. */
  reached(part: number): { readonly devices: number; readonly at: EpochMs | undefined } {
    const count = this.#sql("SELECT count(newest) AS n FROM device").get();
    const devices = Number(count?.n ?? 0);
    const row = this.#sql(
      "SELECT newest FROM device WHERE newest IS NOT NULL ORDER BY newest DESC LIMIT 1 OFFSET ?",
    ).get(Math.floor(devices / part));
    return { devices, at: row === undefined ? undefined : Number(row.newest) };
  }

  addPage(bytes: Uint8Array): number {
    return Number(this.#sql("INSERT INTO page (bytes) VALUES (?)").run(bytes).lastInsertRowid);
  }

  *pages(): Generator<{ readonly id: number; readonly bytes: Uint8Array }> {
    for (const row of this.#sql("SELECT id, bytes FROM page ORDER BY id").iterate()) {
      if (row.bytes instanceof Uint8Array) yield { id: Number(row.id), bytes: row.bytes };
    }
  }

  dropPages(upTo: number): void {
    this.#sql("DELETE FROM page WHERE id <= ?").run(upTo);
  }

  addBlock(device: number, extent: Extent, block: { count: number; bytes: Uint8Array }): number {
    const added = this.#sql(
      "INSERT INTO block (device_id, first, last, count, bytes) VALUES (?, ?, ?, ?, ?)",
    ).run(device, extent.first, extent.last, block.count, block.bytes);
    return Number(added.lastInsertRowid);
  }

  dropBlock(id: number): void {
    this.#sql("DELETE FROM block WHERE id = ?").run(id);
    this.#sql("DELETE FROM rollup WHERE block_id = ?").run(id);
  }

  /** With a row at from <= at < to, or spanning it; in the order written. */
  blocks(device: number, from: EpochMs, to: EpochMs): readonly BlockPlace[] {
    const rows = this.#sql(
      `SELECT id, first, last, count FROM block
       WHERE device_id = ? AND last >= ? AND first < ? ORDER BY id`,
    ).all(device, from, to);
    return rows.map((row) => ({
      id: Number(row.id),
      first: Number(row.first),
      last: Number(row.last),
      count: Number(row.count),
    }));
  }

  blockBytes(id: number): Uint8Array {
    return bytesOf(this.#sql("SELECT bytes FROM block WHERE id = ?").get(id)?.bytes);
  }

  addRollup(block: number, step: DurationMs, bytes: Uint8Array): void {
    this.#sql("INSERT INTO rollup (block_id, step, bytes) VALUES (?, ?, ?)").run(
      block,
      step,
      bytes,
    );
  }

  rollup(block: number, step: DurationMs): Uint8Array | undefined {
    const row = this.#sql("SELECT bytes FROM rollup WHERE block_id = ? AND step = ?").get(
      block,
      step,
    );
    return row === undefined ? undefined : bytesOf(row.bytes);
  }

  markUnmerged(device: number, day: number): void {
    this.#sql(
      `INSERT INTO unmerged (device_id, day, blocks) VALUES (?, ?, 1)
       ON CONFLICT DO UPDATE SET blocks = blocks + 1`,
    ).run(device, day);
  }

  /** Whole days up to `before`, and those that have gathered `many` blocks. */
  unmerged(before: number, many: number): readonly UnmergedDay[] {
    const rows = this.#sql(
      "SELECT device_id, day, blocks FROM unmerged WHERE day < ? OR blocks >= ?",
    ).all(before, many);
    return rows.map((row) => ({
      device: Number(row.device_id),
      day: Number(row.day),
      blocks: Number(row.blocks),
    }));
  }

  setUnmerged(device: number, day: number, blocks: number): void {
    if (blocks === 0) {
      this.#sql("DELETE FROM unmerged WHERE device_id = ? AND day = ?").run(device, day);
    } else {
      this.#sql("UPDATE unmerged SET blocks = ?3 WHERE device_id = ?1 AND day = ?2").run(
        device,
        day,
        blocks,
      );
    }
  }

  /** Rows of schema version 1, oldest first. */
  samples(device: number, from: EpochMs, to: EpochMs, limit = -1): SampleTable {
    const table = new SampleTable();
    const rows = this.#sql(
      `SELECT at, "values" FROM sample WHERE device_id = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?`,
    ).iterate(device, from, to, limit);
    for (const row of rows) {
      const values: SignalValues = JSON.parse(String(row.values));
      table.addRow(Number(row.at), values);
    }
    return table;
  }

  sampleExtent(device: number, from: EpochMs, to: EpochMs): Extent | undefined {
    const row = this.#sql(
      "SELECT min(at) AS first, max(at) AS last FROM sample WHERE device_id = ? AND at >= ? AND at < ?",
    ).get(device, from, to);
    if (typeof row?.first !== "number" || typeof row.last !== "number") return undefined;
    return { first: row.first, last: row.last };
  }

  /** Some row of schema version 1. */
  anySample(): { readonly device: number; readonly at: EpochMs } | undefined {
    const row = this.#sql("SELECT device_id, at FROM sample LIMIT 1").get();
    return row === undefined ? undefined : { device: Number(row.device_id), at: Number(row.at) };
  }

  dropSamples(device: number, from: EpochMs, to: EpochMs): void {
    this.#sql("DELETE FROM sample WHERE device_id = ? AND at >= ? AND at < ?").run(
      device,
      from,
      to,
    );
  }

  #sql(text: string): StatementSync {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.db.prepare(text);
      this.#statements.set(text, statement);
    }
    return statement;
  }
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new RangeError("a block that was listed is gone");
}
