import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";
import { ByteReader } from "./bytes.ts";
import { POWERS_OF_TEN } from "./numbers.ts";
import type { Chunk } from "./page.ts";
import {
  CONSTANTS,
  PAGE_LAYOUT,
  TAG_CONSTANT,
  TAG_DOUBLE,
  TAG_STRING,
  TRAILER_BYTES,
} from "./page.ts";
import type { SampleTable } from "./sample-table.ts";

/** Oldest and newest time, both inclusive. */
export interface Extent {
  readonly first: EpochMs;
  readonly last: EpochMs;
}

/** A page as PageWriter packed it. */
export class Page {
  readonly bytes: Uint8Array;
  #shapes: readonly (readonly string[])[] | undefined;
  #texts: readonly string[] = [];

  constructor(bytes: Uint8Array) {
    if (bytes[0] !== PAGE_LAYOUT) throw new RangeError(`page layout ${bytes[0]} is unknown`);
    this.bytes = bytes;
  }

  chunks(): readonly Chunk[] {
    return readChunks(this.#index());
  }

  extent(offset: number): Extent {
    const input = new ByteReader(this.bytes, offset);
    input.uint();
    const first = input.double();
    return { first, last: first + input.uint() };
  }

  newest(offset: number): EpochMs {
    return this.extent(offset).last;
  }

  /** Adds the chunk's rows to the table; with `only`, the cells of that signal alone. */
  read(offset: number, table: SampleTable, only?: string): void {
    const shapes = this.#readShapes();
    const input = new ByteReader(this.bytes, offset);
    const rows = input.uint();
    const oldest = input.double();
    input.uint();
    for (let row = 0; row < rows; row += 1) {
      const signals = shapes[input.uint()];
      if (signals === undefined) throw new RangeError("a row has a shape that the page has not");
      table.addTime(oldest + input.uint());
      for (const signal of signals) {
        const value = this.#value(input);
        if (only === undefined || only === signal) table.addCell(signal, value);
      }
    }
  }

  #value(input: ByteReader): SignalValue {
    const packed = input.uint();
    const tag = packed % 8;
    const content = (packed - tag) / 8;
    if (tag === TAG_DOUBLE) return input.double();
    if (tag === TAG_STRING || tag === TAG_CONSTANT) {
      const value = (tag === TAG_STRING ? this.#texts : CONSTANTS)[content];
      if (value === undefined) throw new RangeError(`a value has no entry ${content} in its page`);
      return value;
    }
    const whole = content % 2 === 0 ? content / 2 : -(content + 1) / 2;
    return whole / (POWERS_OF_TEN[tag] ?? 1);
  }

  #index(): ByteReader {
    const { bytes } = this;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new ByteReader(bytes, view.getUint32(bytes.byteLength - TRAILER_BYTES, true));
  }

  #readShapes(): readonly (readonly string[])[] {
    if (this.#shapes !== undefined) return this.#shapes;
    const input = this.#index();
    readChunks(input);
    const shapes: (readonly string[])[] = [];
    for (let shapesLeft = input.uint(); shapesLeft > 0; shapesLeft -= 1) {
      shapes.push(readTexts(input));
    }
    this.#texts = readTexts(input);
    this.#shapes = shapes;
    return shapes;
  }
}

function readChunks(input: ByteReader): readonly Chunk[] {
  const chunks: Chunk[] = [];
  let offset = 0;
  for (let left = input.uint(); left > 0; left -= 1) {
    const device = input.uint();
    offset += input.uint();
    chunks.push({ device, offset });
  }
  return chunks;
}

function readTexts(input: ByteReader): readonly string[] {
  const texts: string[] = [];
  for (let left = input.uint(); left > 0; left -= 1) {
    texts.push(String(JSON.parse(input.string())));
  }
  return texts;
}
