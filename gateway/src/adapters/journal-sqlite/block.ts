import { crc32, zstdDecompressSync } from "node:zlib";
import type { Offset } from "#domain/units.ts";
import type { StoredRecord } from "#ports/journal.ts";
import type { PackedRecords } from "./packed-records.ts";
import { LENGTH_BYTES, lengthBytes, startsFrom } from "./packed-records.ts";

/** `lengths` and `bytes` as they are. */
export const RAW = 0;
/** `bytes` holds the lengths and the records, both under zstd; `lengths` is empty. */
export const ZSTD = 1;

/** Consecutive records as they are read: views, no copies. */
export interface Block {
  readonly first: Offset;
  readonly count: number;
  /** Of each record in `bytes`, and the end of the last one. */
  readonly starts: Uint32Array;
  readonly bytes: Uint8Array;
}

/** What `blockOf` reads, in its order. */
export const BLOCK_COLUMNS = "first, count, codec, crc, lengths, bytes";

/** Measured: half the time of the default for a block of 1 MiB. */
const DECOMPRESS_CHUNK_BYTES = 128 * 1024;
/** A batch is 4 MiB at most; more in a block is no record of ours. */
const LONGEST_BLOCK_BYTES = 64 * 1024 * 1024;

/** Over the row as it is stored, so that damage is told before anything is decompressed. */
export const checksum = (lengths: Uint8Array, bytes: Uint8Array): number =>
  crc32(bytes, crc32(lengths));

/** Throws RangeError when the row is not what was written. */
export function blockOf(row: unknown): Block {
  if (!Array.isArray(row)) throw new RangeError("it is no row");
  const [first, count, codec, crc, lengths, bytes] = row;
  if (
    typeof first !== "number" ||
    typeof count !== "number" ||
    !(lengths instanceof Uint8Array && bytes instanceof Uint8Array)
  ) {
    throw new RangeError("a column has another type");
  }
  const sum = checksum(lengths, bytes);
  if (sum !== crc) throw new RangeError(`its checksum is ${sum} instead of ${String(crc)}`);
  switch (codec) {
    case RAW:
      return checked({ first, count, starts: startsFrom(lengths), bytes });
    case ZSTD: {
      const whole = zstdDecompressSync(bytes, {
        chunkSize: DECOMPRESS_CHUNK_BYTES,
        maxOutputLength: LONGEST_BLOCK_BYTES,
      });
      const end = count * LENGTH_BYTES;
      const starts = startsFrom(whole.subarray(0, end));
      return checked({ first, count, starts, bytes: whole.subarray(end) });
    }
    default:
      throw new RangeError(`its codec ${String(codec)} is unknown`);
  }
}

function checked(block: Block): Block {
  if (block.starts.length !== block.count + 1 || block.starts.at(-1) !== block.bytes.byteLength) {
    throw new RangeError(
      `it holds ${block.starts.length - 1} records and ${block.bytes.byteLength} bytes instead of ${block.count} records and ${block.starts.at(-1)} bytes`,
    );
  }
  return block;
}

/** Up to `limit` records of the block from `from` on are added. */
export function takeRecords(
  records: StoredRecord[],
  block: Block,
  range: { readonly from: Offset; readonly limit: number },
): void {
  const { first, starts, bytes } = block;
  const begin = Math.max(0, range.from - first);
  const end = Math.min(block.count, begin + range.limit - records.length);
  for (let index = begin; index < end; index += 1) {
    records.push({
      offset: first + index,
      bytes: bytes.subarray(starts[index], starts[index + 1]),
    });
  }
}

/** What the codecs but RAW compress. */
export const compressible = (packed: PackedRecords): readonly Uint8Array[] => [
  lengthBytes(packed.lengths),
  packed.bytes,
];
