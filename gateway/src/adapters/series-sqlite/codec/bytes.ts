const START_BYTES = 256;
const TWO_28 = 2 ** 28;
const TWO_32 = 2 ** 32;
const text = { encode: new TextEncoder(), decode: new TextDecoder() } as const;

/** Grows as it is written to. Numbers little-endian. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor(size = START_BYTES) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  /** Goes back to an earlier length, or to 0 to be used again. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Whole numbers from 0 to 2^53, 7 bits to the byte. */
  uint(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= TWO_32) {
      bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    let small = rest >>> 0;
    while (small >= 128) {
      bytes[this.#length++] = (small & 127) | 128;
      small >>>= 7;
    }
    bytes[this.#length++] = small;
  }

  /** Whole numbers from -2^52 to 2^52, small ones of either sign in few bytes. */
  int(value: number): void {
    this.uint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    if (this.#length + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** With its length in front. */
  blob(bytes: Uint8Array): void {
    this.uint(bytes.length);
    this.raw(bytes);
  }

  raw(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Half a surrogate pair comes back as U+FFFD; JSON text survives. */
  string(value: string): void {
    this.blob(text.encode.encode(value));
  }

  /** A view on what was written, valid until the next write. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(more: number): void {
    const bytes = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    bytes.set(this.written());
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** Reads what ByteWriter wrote; throws a RangeError behind the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #view: DataView | undefined;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  skip(length: number): void {
    this.#at += length;
  }

  uint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++];
    if (byte !== undefined && byte < 128) return byte;
    let value = 0;
    let scale = 1;
    while (byte !== undefined) {
      // Up to 28 bits by whole numbers of the machine, which is much faster.
      value = scale < TWO_28 ? value | ((byte & 127) * scale) : value + (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
      byte = bytes[this.#at++];
    }
    throw new RangeError(`a number goes on behind the end of ${bytes.length} bytes`);
  }

  int(): number {
    const value = this.uint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    this.#view ??= new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  blob(): Uint8Array {
    return this.raw(this.uint());
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      throw new RangeError(`${length} bytes at ${this.#at} of ${this.#bytes.length}`);
    }
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  string(): string {
    return text.decode.decode(this.blob());
  }
}
