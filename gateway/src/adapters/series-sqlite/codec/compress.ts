import * as zlib from "node:zlib";

/** First byte of what `compress` answers. Numbers in files: never given another meaning. */
const PLAIN = 0;
const DEFLATE = 1;
const ZSTD = 2;

/** Below this the call costs more time at each read than it saves space. */
const WORTH_BYTES = 128;
const ZSTD_LEVEL = 6;

export interface CompressOptions {
  /** False: as on a Node without zstd, where it is still experimental. */
  readonly zstd?: boolean;
}

const hasZstd = typeof zlib.zstdCompressSync === "function";
const zstdOptions = {
  params: { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
} as const;

/** A codec byte and the content, compressed only if that is smaller. */
export function compress(bytes: Uint8Array, options: CompressOptions = {}): Uint8Array {
  if (bytes.length >= WORTH_BYTES) {
    const zstd = hasZstd && options.zstd !== false;
    const packed = zstd ? zlib.zstdCompressSync(bytes, zstdOptions) : zlib.deflateRawSync(bytes);
    if (packed.length < bytes.length) return withCodec(zstd ? ZSTD : DEFLATE, packed);
  }
  return withCodec(PLAIN, bytes);
}

/** Only the codec byte in front: for what is rewritten soon. */
export const uncompressed = (bytes: Uint8Array): Uint8Array => withCodec(PLAIN, bytes);

export function decompress(bytes: Uint8Array): Uint8Array {
  const content = bytes.subarray(1);
  switch (bytes[0]) {
    case PLAIN:
      return content;
    case DEFLATE:
      return zlib.inflateRawSync(content);
    case ZSTD:
      return zlib.zstdDecompressSync(content);
    default:
      throw new RangeError(`codec ${bytes[0]} is none of ${PLAIN}, ${DEFLATE}, ${ZSTD}`);
  }
}

function withCodec(codec: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(content.length + 1);
  bytes[0] = codec;
  bytes.set(content, 1);
  return bytes;
}
