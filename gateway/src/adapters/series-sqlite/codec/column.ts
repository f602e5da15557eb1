import { ByteReader, ByteWriter } from "./bytes.ts";
import { readNumbers, writeNumbers } from "./numbers.ts";
import type { Cell } from "./sample-table.ts";

/** What stands at a place. Numbers in files: never given another meaning. */
const ABSENT = 0;
const NUMBER = 1;
/** Everything else, and -0, which no encoding of numbers keeps. */
const OTHER = 2;

type Kind = typeof ABSENT | typeof NUMBER | typeof OTHER;
type Other = Exclude<Cell, undefined>;

/** -0 has no JSON of its own. */
const MINUS_ZERO = "-0";

const kindOf = (cell: Cell): Kind => {
  if (cell === undefined) return ABSENT;
  return typeof cell === "number" && !Object.is(cell, -0) ? NUMBER : OTHER;
};

/**
 * Cells as runs of kinds, the numbers in one list and the rest as runs of places in a dictionary.
 * `length` cells; those missing at the end are absent.
 */
export function encodeColumn(cells: readonly Cell[], length: number): Uint8Array {
  const out = new ByteWriter();
  const numbers: number[] = [];
  const others: Other[] = [];
  const kinds = new Runs(out);
  for (let row = 0; row < length; row += 1) {
    const cell = cells[row];
    const kind = kindOf(cell);
    kinds.add(kind);
    if (kind === NUMBER) numbers.push(Number(cell));
    else if (cell !== undefined) others.push(cell);
  }
  kinds.end();
  if (numbers.length > 0) writeNumbers(out, numbers);
  if (others.length > 0) writeOthers(out, others);
  return out.copy();
}

export function decodeColumn(bytes: Uint8Array, length: number): Cell[] {
  const input = new ByteReader(bytes);
  const kinds = readRuns(input, length);
  const count = (kind: Kind): number =>
    kinds.reduce((sum, [one, run]) => sum + (one === kind ? run : 0), 0);
  const numberCount = count(NUMBER);
  const numbers = numberCount > 0 ? readNumbers(input, numberCount) : [];
  if (numberCount === length) return numbers;
  const otherCount = count(OTHER);
  const others = otherCount > 0 ? readOthers(input, otherCount) : [];
  if (otherCount === length) return others;
  const cells: Cell[] = [];
  let number = 0;
  let other = 0;
  for (const [kind, run] of kinds) {
    for (let n = 0; n < run; n += 1) {
      if (kind === NUMBER) cells.push(numbers[number++]);
      else cells.push(kind === OTHER ? others[other++] : undefined);
    }
  }
  return cells;
}

/** Whether there is a value in the row, without unpacking values. */
export function hasCell(bytes: Uint8Array, length: number, row: number): boolean {
  let before = 0;
  for (const [kind, run] of readRuns(new ByteReader(bytes), length)) {
    before += run;
    if (row < before) return kind !== ABSENT;
  }
  return false;
}

/** Pairs of a value and how often it comes in a row. */
class Runs {
  readonly #out: ByteWriter;
  #value = -1;
  #length = 0;

  constructor(out: ByteWriter) {
    this.#out = out;
  }

  add(value: number): void {
    if (value !== this.#value) {
      this.end();
      this.#value = value;
    }
    this.#length += 1;
  }

  end(): void {
    if (this.#length === 0) return;
    this.#out.uint(this.#value);
    this.#out.uint(this.#length);
    this.#length = 0;
  }
}

function readRuns(input: ByteReader, length: number): readonly (readonly [number, number])[] {
  const runs: (readonly [number, number])[] = [];
  let read = 0;
  while (read < length) {
    const value = input.uint();
    const run = input.uint();
    runs.push([value, run]);
    read += run;
  }
  return runs;
}

function writeOthers(out: ByteWriter, values: readonly Other[]): void {
  const places = new Map<string, number>();
  const place = (value: Other): number => {
    const json = Object.is(value, -0) ? MINUS_ZERO : JSON.stringify(value);
    const known = places.get(json);
    if (known !== undefined) return known;
    places.set(json, places.size);
    return places.size - 1;
  };
  const body = new ByteWriter();
  const runs = new Runs(body);
  for (const value of values) runs.add(place(value));
  runs.end();
  out.uint(places.size);
  for (const json of places.keys()) out.string(json);
  out.raw(body.written());
}

function readOthers(input: ByteReader, count: number): Other[] {
  const dictionary: Other[] = [];
  const size = input.uint();
  // JSON.parse answers -0 for "-0".
  for (let n = 0; n < size; n += 1) dictionary.push(JSON.parse(input.string()));
  const values = new Array<Other>(count);
  let filled = 0;
  for (const [place, run] of readRuns(input, count)) {
    const value = dictionary[place];
    if (value === undefined) throw new RangeError(`no entry ${place} in ${size} of a dictionary`);
    values.fill(value, filled, filled + run);
    filled += run;
  }
  return values;
}
