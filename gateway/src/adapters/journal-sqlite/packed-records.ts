import assert from "node:assert";
import { endianness } from "node:os";

/** Records one behind the other, as they cross from thread to thread and lie in a block. */
export interface PackedRecords {
  readonly lengths: Uint32Array;
  readonly bytes: Uint8Array;
}

export function packRecords(records: readonly Uint8Array[]): PackedRecords {
  const lengths = Uint32Array.from(records, (record) => record.byteLength);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const record of records) {
    bytes.set(record, start);
    start += record.byteLength;
  }
  return { lengths, bytes };
}

/** Where each record starts, and where the last one ends. */
export function startsOf(lengths: Iterable<number> & { readonly length: number }): Uint32Array {
  const starts = new Uint32Array(lengths.length + 1);
  let index = 0;
  let end = 0;
  for (const length of lengths) {
    end += length;
    index += 1;
    starts[index] = end;
  }
  return starts;
}

const LITTLE_ENDIAN = endianness() === "LE";

/** Four bytes per length, little endian on every machine. A view where the machine is so, too. */
export function lengthBytes(lengths: Uint32Array): Uint8Array {
  if (LITTLE_ENDIAN) {
    return new Uint8Array(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  }
  const bytes = new Uint8Array(lengths.byteLength);
  const view = new DataView(bytes.buffer);
  for (const [index, length] of lengths.entries()) view.setUint32(index * 4, length, true);
  return bytes;
}

export function lengthsFrom(bytes: Uint8Array): Uint32Array {
  assert(bytes.byteLength % 4 === 0, `${bytes.byteLength} bytes are no whole number of lengths`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lengths = new Uint32Array(bytes.byteLength / 4);
  for (let index = 0; index < lengths.length; index += 1) {
    lengths[index] = view.getUint32(index * 4, true);
  }
  return lengths;
}
