import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EpochMs, Offset } from "#domain/units.ts";
import type { SeriesPoint, SeriesRow, SeriesStore, WriteSummary } from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import {
  closeDatabase,
  openDatabase,
  reasonOf,
  syncFolder,
  transaction,
} from "../sqlite/database.ts";
import type { Month } from "./months.ts";
import { endOf, listMonths, monthOf, startOf } from "./months.ts";
import { Partition } from "./partition.ts";
import { Thinning } from "./thinning.ts";

const META_MIGRATIONS = [
  `CREATE TABLE consumed (id INTEGER PRIMARY KEY CHECK (id = 1), offset INTEGER NOT NULL,
     context TEXT NOT NULL);
   INSERT INTO consumed (id, offset, context) VALUES (1, 0, '');`,
];

/** More would cost memory and file handles; a fleet in time writes one or two. */
const OPEN_PARTITIONS = 8;

type SeriesQuery = Parameters<SeriesStore["read"]>[0];

/**
 * One file per UTC month and `meta.db` with the consumed offset. There is no transaction across
 * files: each month is committed before the offset, so a crash between them only offers rows again.
 * Throws SeriesUnavailableError with the cause.
 */
export class SqliteSeries implements SeriesStore, Disposable {
  readonly #folder: string;
  readonly #partitions = new Map<Month, Partition>();
  #meta: DatabaseSync | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** `context`: what the writer needs to go on from `consumed`; kept in the same transaction. */
  writeSync(rows: readonly SeriesRow[], consumed: Offset, context?: string): WriteSummary {
    return this.#guarded(`writing ${rows.length} rows`, () => {
      const meta = this.#openMeta();
      let written = 0;
      let overwritten = 0;
      for (const [month, own] of Map.groupBy(rows, (row) => monthOf(row.at))) {
        const summary = this.#partition(month).write(own);
        written += summary.written;
        overwritten += summary.overwritten;
      }
      transaction(meta, () => {
        meta
          .prepare("UPDATE consumed SET offset = ?, context = coalesce(?, context)")
          .run(consumed, context ?? null);
      });
      return { written, overwritten };
    });
  }

  consumedSync(): Offset {
    return Number(this.#consumedRow()?.offset ?? 0);
  }

  /** As given to the newest `writeSync`, "" before the first. */
  contextSync(): string {
    return String(this.#consumedRow()?.context ?? "");
  }

  readSync(query: SeriesQuery): readonly SeriesPoint[] {
    const { device, signal, from, to, points } = query;
    return this.#guarded(`reading ${signal} of ${device}`, () => {
      this.#openMeta();
      const months = listMonths(this.#folder).filter(
        (month) => startOf(month) < to && endOf(month) > from,
      );
      const extents = months.flatMap((month) => {
        const extent = this.#partition(month).extent(device, { from, to });
        return extent === undefined ? [] : [{ month, ...extent }];
      });
      const first = extents[0]?.first;
      const last = extents.at(-1)?.last;
      if (first === undefined || last === undefined) return [];
      const thinning = new Thinning(points, { from: first, to: last + 1 });
      for (const { month } of extents) {
        for (const [at, values] of this.#partition(month).rows(device, { from, to })) {
          const value = Object.hasOwn(values, signal) ? values[signal] : undefined;
          if (value !== undefined) thinning.add({ at, value });
        }
      }
      return thinning.result();
    });
  }

  retainSync(before: EpochMs): void {
    this.#guarded(`dropping months that ended before ${before}`, () => {
      this.#openMeta();
      const old = listMonths(this.#folder).filter((month) => endOf(month) <= before);
      for (const month of old) {
        this.#partitions.get(month)?.close();
        this.#partitions.delete(month);
        const path = this.#path(month);
        rmSync(path);
        for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
      }
      if (old.length > 0) syncFolder(this.#folder);
    });
  }

  async write(rows: readonly SeriesRow[], consumed: Offset): Promise<WriteSummary> {
    return this.writeSync(rows, consumed);
  }

  async consumed(): Promise<Offset> {
    return this.consumedSync();
  }

  async read(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    return this.readSync(query);
  }

  async retain(before: EpochMs): Promise<void> {
    this.retainSync(before);
  }

  [Symbol.dispose](): void {
    for (const partition of this.#partitions.values()) partition.close();
    this.#partitions.clear();
    if (this.#meta !== undefined) closeDatabase(this.#meta);
    this.#meta = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  #consumedRow(): Readonly<Record<string, unknown>> | undefined {
    return this.#guarded("looking up the consumed offset", () =>
      this.#openMeta().prepare("SELECT offset, context FROM consumed").get(),
    );
  }

  #openMeta(): DatabaseSync {
    if (this.#meta === undefined) {
      this.#meta = openDatabase(join(this.#folder, "meta.db"), { migrations: META_MIGRATIONS });
      this.#sweep();
    }
    return this.#meta;
  }

  /** A month that was being dropped when the process died may have left its side files. */
  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      const database = name.replace(/-(?:wal|shm)$/, "");
      if (database !== name && !existsSync(join(this.#folder, database))) {
        rmSync(join(this.#folder, name));
      }
    }
  }

  #path(month: Month): string {
    return join(this.#folder, `${month}.db`);
  }

  /** The one used last is at the end; the first one is closed when there are too many. */
  #partition(month: Month): Partition {
    const known = this.#partitions.get(month);
    const partition = known ?? new Partition(this.#path(month));
    this.#partitions.delete(month);
    this.#partitions.set(month, partition);
    for (const [oldest, idle] of this.#partitions) {
      if (this.#partitions.size <= OPEN_PARTITIONS) break;
      this.#partitions.delete(oldest);
      idle.close();
    }
    return partition;
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new SeriesUnavailableError(
        `series store ${this.#folder} failed ${what}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}
