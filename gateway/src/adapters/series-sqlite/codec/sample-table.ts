import type { SignalValue, SignalValues } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";

/** Undefined: the signal has no value at that moment. */
export type Cell = SignalValue | undefined;

/**
 * Rows of one device turned into columns. `times` may repeat and be out of order until `inOrder` was
 * called: of the values of one signal at one time the last added counts.
 */
export class SampleTable {
  times: EpochMs[] = [];
  columns = new Map<string, Cell[]>();

  get length(): number {
    return this.times.length;
  }

  addRow(at: EpochMs, values: SignalValues): void {
    this.addTime(at);
    for (const signal of Object.keys(values)) this.addCell(signal, values[signal]);
  }

  addTime(at: EpochMs): void {
    this.times.push(at);
  }

  /** Of the row added last. */
  addCell(signal: string, value: Cell): void {
    let column = this.columns.get(signal);
    if (column === undefined) {
      column = [];
      this.columns.set(signal, column);
    }
    const row = this.times.length - 1;
    while (column.length < row) column.push(undefined);
    column[row] = value;
  }

  addTable(other: SampleTable): void {
    const before = this.times.length;
    for (const at of other.times) this.times.push(at);
    for (const [signal, cells] of other.columns) {
      let column = this.columns.get(signal);
      if (column === undefined) {
        column = [];
        this.columns.set(signal, column);
      }
      while (column.length < before) column.push(undefined);
      for (const cell of cells) column.push(cell);
    }
  }

  /** The same samples, times ascending and each once. */
  inOrder(): SampleTable {
    if (isAscending(this.times)) return this;
    const order = this.times.map((_, row) => row);
    order.sort((a, b) => (this.times[a] ?? 0) - (this.times[b] ?? 0) || a - b);
    const table = new SampleTable();
    const target: number[] = [];
    for (const row of order) {
      const at = this.times[row] ?? 0;
      if (table.times.at(-1) !== at) table.times.push(at);
      target.push(table.times.length - 1);
    }
    for (const [signal, cells] of this.columns) {
      const column: Cell[] = table.times.map(() => undefined);
      for (const [index, row] of order.entries()) {
        const cell = cells[row];
        if (cell !== undefined) column[target[index] ?? 0] = cell;
      }
      table.columns.set(signal, column);
    }
    return table;
  }

  /** Rows `from` to `to` (exclusive); signals without a value there are left out. */
  slice(from: number, to: number): SampleTable {
    if (from === 0 && to === this.length) return this;
    const table = new SampleTable();
    table.times = this.times.slice(from, to);
    for (const [signal, cells] of this.columns) {
      const column = cells.slice(from, to);
      if (column.some((cell) => cell !== undefined)) table.columns.set(signal, column);
    }
    return table;
  }

  /** Number of values. */
  points(): number {
    let points = 0;
    for (const cells of this.columns.values()) {
      for (const cell of cells) if (cell !== undefined) points += 1;
    }
    return points;
  }
}

function isAscending(times: readonly EpochMs[]): boolean {
  let before = Number.NEGATIVE_INFINITY;
  for (const at of times) {
    if (at <= before) return false;
    before = at;
  }
  return true;
}
