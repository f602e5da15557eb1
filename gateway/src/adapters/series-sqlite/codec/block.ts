import type { EpochMs } from "#domain/units.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { decodeColumn, encodeColumn, hasCell } from "./column.ts";
import type { CompressOptions } from "./compress.ts";
import { compress, decompress, uncompressed } from "./compress.ts";
import type { Cell } from "./sample-table.ts";
import { SampleTable } from "./sample-table.ts";

/** First byte of a block: its layout. */
const LAYOUT = 1;

export interface EncodeOptions extends CompressOptions {
  /** False: written fast, to be merged soon. */
  readonly compressed?: boolean;
}

/**
 * Layout: version, count of rows, times, count of signals, then name and column of each. Times and
 * columns are compressed one by one, so that reading one signal unpacks no other.
 * `table` in order, not empty, its times less than 2^50 ms apart.
 */
export function encodeBlock(table: SampleTable, options: EncodeOptions = {}): Uint8Array {
  const pack = (bytes: Uint8Array): Uint8Array =>
    options.compressed === false ? uncompressed(bytes) : compress(bytes, options);
  const out = new ByteWriter();
  out.uint(LAYOUT);
  out.uint(table.length);
  out.blob(pack(encodeTimes(table.times)));
  out.uint(table.columns.size);
  for (const [signal, cells] of table.columns) {
    // JSON keeps every name as it is, even one that is no well-formed Unicode.
    out.string(JSON.stringify(signal));
    out.blob(pack(encodeColumn(cells, table.length)));
  }
  return out.copy();
}

/** A block of which each part is unpacked when it is asked for. */
export class Block {
  readonly length: number;
  readonly #times: Uint8Array;
  readonly #columns = new Map<string, Uint8Array>();

  constructor(bytes: Uint8Array) {
    const input = new ByteReader(bytes);
    const layout = input.uint();
    if (layout !== LAYOUT) throw new RangeError(`block layout ${layout} is unknown`);
    this.length = input.uint();
    this.#times = input.blob();
    const signals = input.uint();
    for (let n = 0; n < signals; n += 1) {
      const signal = String(JSON.parse(input.string()));
      this.#columns.set(signal, input.blob());
    }
  }

  get signals(): readonly string[] {
    return [...this.#columns.keys()];
  }

  times(): EpochMs[] {
    return decodeTimes(decompress(this.#times), this.length);
  }

  column(signal: string): Cell[] | undefined {
    const bytes = this.#columns.get(signal);
    return bytes === undefined ? undefined : decodeColumn(decompress(bytes), this.length);
  }

  /** Signals that have a value in the row. */
  signalsAt(row: number): readonly string[] {
    const signals: string[] = [];
    for (const [signal, bytes] of this.#columns) {
      if (hasCell(decompress(bytes), this.length, row)) signals.push(signal);
    }
    return signals;
  }

  table(): SampleTable {
    const table = new SampleTable();
    table.times = this.times();
    for (const signal of this.#columns.keys()) {
      table.columns.set(signal, this.column(signal) ?? []);
    }
    return table;
  }
}

/** Numbers in files: never given another meaning. */
const STEP_BY_STEP = 0;
/** For a device that keeps time: pairs of a change and how often it comes in a row. */
const RUNS = 1;

/** The first, and then how much each step differs from the one before. */
function encodeTimes(times: readonly EpochMs[]): Uint8Array {
  const changes: number[] = [];
  let before = times[0] ?? 0;
  let step = 0;
  for (let row = 1; row < times.length; row += 1) {
    const at = times[row] ?? 0;
    const next = at - before;
    changes.push(next - step);
    step = next;
    before = at;
  }
  const single = new ByteWriter();
  single.double(times[0] ?? 0);
  single.uint(STEP_BY_STEP);
  for (const change of changes) single.int(change);
  const runs = new ByteWriter();
  runs.double(times[0] ?? 0);
  runs.uint(RUNS);
  for (let row = 0; row < changes.length; ) {
    const change = changes[row] ?? 0;
    let end = row + 1;
    while (changes[end] === change) end += 1;
    runs.int(change);
    runs.uint(end - row);
    row = end;
  }
  // Much shorter only: compression makes more of a change per byte.
  return runs.length * RUNS_GAIN < single.length ? runs.copy() : single.copy();
}

const RUNS_GAIN = 8;

function decodeTimes(bytes: Uint8Array, length: number): EpochMs[] {
  const input = new ByteReader(bytes);
  let at = input.double();
  const isRuns = input.uint() === RUNS;
  const times = new Array<EpochMs>(length);
  times[0] = at;
  let step = 0;
  for (let row = 1; row < length; ) {
    const change = input.int();
    const end = row + (isRuns ? input.uint() : 1);
    for (; row < end && row < length; row += 1) {
      step += change;
      at += step;
      times[row] = at;
    }
  }
  return times;
}
