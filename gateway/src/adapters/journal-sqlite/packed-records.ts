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

/** Of one length. */
export const LENGTH_BYTES = 4;

const LITTLE_ENDIAN = endianness() === "LE";

/** Four bytes per length, little endian on every machine. A view where the machine is so, too. */
export function lengthBytes(lengths: Uint32Array): Uint8Array {
  if (LITTLE_ENDIAN) {
    return new Uint8Array(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  }
  const bytes = new Uint8Array(lengths.byteLength);
  const view = new DataView(bytes.buffer);
  for (const [index, length] of lengths.entries())
    view.setUint32(index * LENGTH_BYTES, length, true);
  return bytes;
}

/** Where each record starts, and where the last one ends, from what `lengthBytes` made. */
export function startsFrom(lengths: Uint8Array): Uint32Array {
  const count = lengths.byteLength / LENGTH_BYTES;
  if (!Number.isInteger(count)) {
    throw new RangeError(`${lengths.byteLength} bytes are no whole number of lengths`);
  }
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength);
  const starts = new Uint32Array(count + 1);
  let end = 0;
  for (let index = 0; index < count; index += 1) {
    end += view.getUint32(index * LENGTH_BYTES, true);
    starts[index + 1] = end;
  }
  return starts;
}
