import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { SeriesRow } from "#ports/series-store.ts";
import { ByteWriter } from "./bytes.ts";

/** Low three bits of each value. Numbers in files: never given another meaning. 0 to 3: decimals. */
export const TAG_CONSTANT = 4;
export const TAG_STRING = 5;
export const TAG_DOUBLE = 6;
export const CONSTANTS: readonly SignalValue[] = [null, false, true];
export const PAGE_LAYOUT = 1;
/** At the end of a page: where its index starts. */
export const TRAILER_BYTES = 4;

const MOST_DECIMALS = 3;
/** With the sign and the tag it still fits in 31 bits. */
const LARGEST_WHOLE = 2 ** 27 - 1;
const MOST_SHAPES = 4_096;

/** A row of the page can never be stored: the page has to be made again without it. */
export class UnstorableError extends RangeError {}

interface Shape {
  readonly signals: readonly string[];
  /** The page that `place` is of. */
  page: number;
  place: number;
}

export interface Chunk {
  readonly device: number;
  /** In the page. */
  readonly offset: number;
}

/**
 * Packs what one write brings, device by device, for the hot path: one pass over each row and no
 * object per value. Layout: layout byte; per device a chunk (count of rows, first time, length of
 * time, then per row its shape, time and values); index of chunks, shapes and texts.
 */
export class PageWriter {
  readonly #out = new ByteWriter(1 << 18);
  readonly #shapes = new Map<string, Shape>();
  #used: Shape[] = [];
  #texts = new Map<string, number>();
  #chunks: Chunk[] = [];
  #page = 0;
  /** Most devices of a page send the same signals in the same order. */
  #last: Shape | undefined;

  begin(): void {
    this.#out.truncate(0);
    this.#out.uint(PAGE_LAYOUT);
    this.#used = [];
    this.#texts = new Map();
    this.#chunks = [];
    this.#page += 1;
  }

  /** Rows of one device, in the order they came in; answers the number of values. */
  add(device: number, rows: readonly SeriesRow[]): number {
    const out = this.#out;
    this.#chunks.push({ device, offset: out.length });
    let oldest = Number.POSITIVE_INFINITY;
    let newest = Number.NEGATIVE_INFINITY;
    for (const { at } of rows) {
      if (at < oldest) oldest = at;
      if (at > newest) newest = at;
    }
    out.uint(rows.length);
    out.double(oldest);
    out.uint(newest - oldest);
    let values = 0;
    for (const row of rows) values += this.#row(row, oldest);
    return values;
  }

  /** The page and its chunks. */
  end(): { readonly bytes: Uint8Array<ArrayBuffer>; readonly chunks: readonly Chunk[] } {
    const out = this.#out;
    const start = out.length;
    out.uint(this.#chunks.length);
    let before = 0;
    for (const { device, offset } of this.#chunks) {
      out.uint(device);
      out.uint(offset - before);
      before = offset;
    }
    out.uint(this.#used.length);
    for (const shape of this.#used) {
      out.uint(shape.signals.length);
      for (const signal of shape.signals) out.string(JSON.stringify(signal));
    }
    out.uint(this.#texts.size);
    for (const text of this.#texts.keys()) out.string(JSON.stringify(text));
    const trailer = new Uint8Array(TRAILER_BYTES);
    new DataView(trailer.buffer).setUint32(0, start, true);
    out.raw(trailer);
    return { bytes: out.copy(), chunks: this.#chunks };
  }

  #row(row: SeriesRow, oldest: number): number {
    const out = this.#out;
    const start = out.length;
    let shape = this.#last;
    if (shape !== undefined) {
      const count = this.#rowAs(shape, row, oldest);
      if (count >= 0) return count;
      out.truncate(start);
    }
    shape = this.#shapeOf(row);
    this.#last = shape;
    return this.#rowAs(shape, row, oldest);
  }

  /** -1 if the row has other signals than the shape: what was written must go again. */
  #rowAs(shape: Shape, row: SeriesRow, oldest: number): number {
    const out = this.#out;
    if (shape.page !== this.#page) this.#use(shape);
    out.uint(shape.place);
    out.uint(row.at - oldest);
    const { signals } = shape;
    const { values } = row;
    let count = 0;
    for (const signal in values) {
      if (signal !== signals[count]) return -1;
      const value = values[signal];
      if (typeof value === "number") writeNumber(out, value);
      else this.#other(value);
      count += 1;
    }
    return count === signals.length ? count : -1;
  }

  #other(value: SignalValue | undefined): void {
    if (typeof value === "string") {
      let place = this.#texts.get(value);
      if (place === undefined) {
        place = this.#texts.size;
        this.#texts.set(value, place);
      }
      this.#out.uint(place * 8 + TAG_STRING);
    } else {
      const place = value === true ? 2 : value === false ? 1 : 0;
      this.#out.uint(place * 8 + TAG_CONSTANT);
    }
  }

  #shapeOf(row: SeriesRow): Shape {
    const signals = Object.keys(row.values);
    const key = JSON.stringify(signals);
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { signals, page: -1, place: 0 };
      // A device chooses which signals it sends together: the memory of them must not grow for ever.
      if (this.#shapes.size >= MOST_SHAPES) this.#shapes.clear();
      this.#shapes.set(key, shape);
    }
    return shape;
  }

  #use(shape: Shape): void {
    shape.page = this.#page;
    shape.place = this.#used.length;
    this.#used.push(shape);
  }
}

function writeNumber(out: ByteWriter, value: number): void {
  let scale = 1;
  for (let decimals = 0; decimals <= MOST_DECIMALS; decimals += 1) {
    const whole = Math.round(value * scale);
    if (whole > LARGEST_WHOLE || whole < -LARGEST_WHOLE) break;
    if (whole / scale === value) {
      // -0 equals 0 but is another value.
      if (whole === 0 && Object.is(value, -0)) break;
      out.uint((whole < 0 ? -2 * whole - 1 : 2 * whole) * 8 + decimals);
      return;
    }
    scale *= 10;
  }
  if (!Number.isFinite(value)) throw new UnstorableError(`${value} is not a finite number`);
  out.uint(TAG_DOUBLE);
  out.double(value);
}
