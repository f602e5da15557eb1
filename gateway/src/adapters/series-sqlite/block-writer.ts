import type { DurationMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "#domain/units.ts";
import { encodeBlock } from "./codec/block.ts";
import { encodeRollup } from "./codec/rollup.ts";
import type { SampleTable } from "./codec/sample-table.ts";
import type { MonthTables } from "./month-tables.ts";

/** Smaller blocks are merged soon: compressing them is work for nothing. */
const COMPRESSED_ROWS = 64;

/** Narrowest first. */
const ROLLUP_STEPS: readonly DurationMs[] = [MINUTE_MS, HOUR_MS];
/** A roll-up of fewer rows costs more space than it saves time. */
const ROLLED_UP_ROWS = 30;

export const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** Cuts what one device sent into blocks, none across the end of a day. */
export class BlockWriter {
  readonly #tables: MonthTables;
  readonly #fullRows: number;

  constructor(tables: MonthTables, fullRows: number) {
    this.#tables = tables;
    this.#fullRows = fullRows;
  }

  /** Days that got a block. `table` in order. */
  write(device: number, table: SampleTable): ReadonlySet<number> {
    const days = new Set<number>();
    let start = 0;
    while (start < table.length) {
      const day = dayOf(table.times[start] ?? 0);
      let end = start + 1;
      while (end < table.length && dayOf(table.times[end] ?? 0) === day) end += 1;
      this.#writeDay(device, table.slice(start, end));
      days.add(day);
      start = end;
    }
    return days;
  }

  /** In blocks of about the same size. */
  #writeDay(device: number, day: SampleTable): void {
    const blocks = Math.ceil(day.length / this.#fullRows);
    for (let n = 0; n < blocks; n += 1) {
      const from = Math.floor((n * day.length) / blocks);
      const to = Math.floor(((n + 1) * day.length) / blocks);
      writeBlock(this.#tables, device, day.slice(from, to));
    }
  }
}

function writeBlock(tables: MonthTables, device: number, table: SampleTable): void {
  const first = table.times[0] ?? 0;
  const last = table.times.at(-1) ?? 0;
  const compressed = table.length >= COMPRESSED_ROWS;
  const bytes = encodeBlock(table, { compressed });
  const id = tables.addBlock(device, { first, last }, { count: table.length, bytes });
  for (const step of ROLLUP_STEPS) {
    const steps = (last - first) / step + 1;
    if (table.length / steps < ROLLED_UP_ROWS) continue;
    const rollup = encodeRollup(table, step);
    if (rollup !== undefined) tables.addRollup(id, step, rollup);
  }
}
