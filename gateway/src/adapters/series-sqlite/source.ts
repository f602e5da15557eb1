import type { DurationMs, EpochMs } from "#domain/units.ts";
import { Block } from "./codec/block.ts";
import type { Extent } from "./codec/page-reader.ts";
import type { RollupBucket } from "./codec/rollup.ts";
import { decodeRollup } from "./codec/rollup.ts";
import { SampleTable } from "./codec/sample-table.ts";
import type { ChunkPlace } from "./hot-rows.ts";
import type { BlockPlace, MonthTables } from "./month-tables.ts";

/** Samples of one device that lie together, unpacked when they are needed. */
export interface Source extends Extent {
  /** All signals, or one; times in order. */
  read(signal?: string): SampleTable;
  /** Undefined: not rolled up, or not numbers only. */
  rollup(signal: string, step: DurationMs): readonly RollupBucket[] | undefined;
  times(): readonly EpochMs[];
  /** Signals with a value at each of the times that it has. */
  signalsAt(times: ReadonlySet<EpochMs>): ReadonlyMap<EpochMs, readonly string[]>;
}

export class BlockSource implements Source {
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly #tables: MonthTables;
  readonly #id: number;

  constructor(tables: MonthTables, place: BlockPlace) {
    this.#tables = tables;
    this.#id = place.id;
    this.first = place.first;
    this.last = place.last;
  }

  read(signal?: string): SampleTable {
    const block = new Block(this.#tables.blockBytes(this.#id));
    if (signal === undefined) return block.table();
    const table = new SampleTable();
    const column = block.column(signal);
    if (column === undefined) return table;
    table.times = block.times();
    table.columns.set(signal, column);
    return table;
  }

  times(): readonly EpochMs[] {
    return new Block(this.#tables.blockBytes(this.#id)).times();
  }

  rollup(signal: string, step: DurationMs): readonly RollupBucket[] | undefined {
    const bytes = this.#tables.rollup(this.#id, step);
    return bytes === undefined ? undefined : decodeRollup(bytes, signal, step);
  }

  signalsAt(times: ReadonlySet<EpochMs>): ReadonlyMap<EpochMs, readonly string[]> {
    const block = new Block(this.#tables.blockBytes(this.#id));
    const found = new Map<EpochMs, readonly string[]>();
    for (const [row, at] of block.times().entries()) {
      if (times.has(at)) found.set(at, block.signalsAt(row));
    }
    return found;
  }
}

/** What is not in a block yet: always read as it is. */
class RowsSource implements Source {
  readonly first: EpochMs;
  readonly last: EpochMs;
  readonly #read: (signal?: string) => SampleTable;

  constructor(extent: Extent, read: (signal?: string) => SampleTable) {
    this.first = extent.first;
    this.last = extent.last;
    this.#read = read;
  }

  read(signal?: string): SampleTable {
    // A page may hold a device's rows in any order, and one time twice.
    return this.#read(signal).inOrder();
  }

  times(): readonly EpochMs[] {
    return this.read().times;
  }

  rollup(): undefined {
    return undefined;
  }

  signalsAt(times: ReadonlySet<EpochMs>): ReadonlyMap<EpochMs, readonly string[]> {
    const table = this.#read();
    const found = new Map<EpochMs, string[]>();
    for (const [row, at] of table.times.entries()) {
      if (!times.has(at)) continue;
      const signals = found.get(at) ?? [];
      found.set(at, signals);
      for (const [signal, cells] of table.columns) {
        if (cells[row] !== undefined) signals.push(signal);
      }
    }
    return found;
  }
}

export const chunkSource = (place: ChunkPlace): Source =>
  new RowsSource(place, (signal) => {
    const table = new SampleTable();
    place.page.read(place.offset, table, signal);
    return table;
  });

/** Rows of schema version 1; they are few signals of a file that is rewritten soon, so all are read. */
export const sampleSource = (extent: Extent, read: () => SampleTable): Source =>
  new RowsSource(extent, read);
