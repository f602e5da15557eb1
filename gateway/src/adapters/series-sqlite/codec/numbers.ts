import type { ByteReader, ByteWriter } from "./bytes.ts";

/** How a list of numbers is written. Numbers in files: never given another meaning. */
const DOUBLES = 32;
const FLOATS = 33;
/** 0 to MOST_DECIMALS: whole numbers after multiplying by that power of ten, each as its step from the one before. */
const MOST_DECIMALS = 9;
/** Above, a step between two of them would not fit in 2^53 any more. */
const LARGEST_SCALED = 2 ** 51;

export const POWERS_OF_TEN = Array.from({ length: MOST_DECIMALS + 1 }, (_, n) => 10 ** n);

/** Lossless for every finite number but -0, which the caller keeps apart; `decimals` if known already. */
export function writeNumbers(
  out: ByteWriter,
  values: readonly number[],
  decimals = decimalsOf(values),
): void {
  if (decimals !== undefined) {
    out.uint(decimals);
    writeScaled(out, values, POWERS_OF_TEN[decimals] ?? 1);
  } else if (values.every((value) => Math.fround(value) === value)) {
    out.uint(FLOATS);
    out.raw(shuffled(new Uint8Array(Float32Array.from(values).buffer), 4));
  } else {
    out.uint(DOUBLES);
    out.raw(shuffled(new Uint8Array(Float64Array.from(values).buffer), 8));
  }
}

export function readNumbers(input: ByteReader, count: number): number[] {
  const kind = input.uint();
  if (kind === FLOATS) {
    return [...new Float32Array(unshuffled(input.raw(count * 4), 4).buffer)];
  }
  if (kind === DOUBLES) {
    return [...new Float64Array(unshuffled(input.raw(count * 8), 8).buffer)];
  }
  const scale = POWERS_OF_TEN[kind];
  if (scale === undefined) throw new RangeError(`number encoding ${kind} is unknown`);
  const values = new Array<number>(count);
  let whole = 0;
  for (let n = 0; n < count; n += 1) {
    whole += input.int();
    values[n] = whole / scale;
  }
  return values;
}

/** Fewest decimals with which every value is exact, undefined if none do. */
export function decimalsOf(values: readonly number[]): number | undefined {
  let decimals = 0;
  for (const value of values) {
    while (!isScaled(value, POWERS_OF_TEN[decimals] ?? 1)) {
      decimals += 1;
      if (decimals > MOST_DECIMALS) return undefined;
    }
  }
  // More decimals than the first values needed may carry those out of range.
  const scale = POWERS_OF_TEN[decimals] ?? 1;
  return values.every((value) => isScaled(value, scale)) ? decimals : undefined;
}

function isScaled(value: number, scale: number): boolean {
  const whole = Math.round(value * scale);
  return whole / scale === value && Math.abs(whole) <= LARGEST_SCALED;
}

function writeScaled(out: ByteWriter, values: readonly number[], scale: number): void {
  let before = 0;
  for (const value of values) {
    // Adding 0 turns the -0 that rounding may give into 0.
    const whole = Math.round(value * scale) + 0;
    out.int(whole - before);
    before = whole;
  }
}

/** Bytes of the same weight side by side, which compress far better. */
function shuffled(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.length / width;
  const result = new Uint8Array(bytes.length);
  for (let n = 0; n < count; n += 1) {
    for (let byte = 0; byte < width; byte += 1) {
      result[byte * count + n] = bytes[n * width + byte] ?? 0;
    }
  }
  return result;
}

function unshuffled(bytes: Uint8Array, width: number): Uint8Array<ArrayBuffer> {
  const count = bytes.length / width;
  const result = new Uint8Array(bytes.length);
  for (let n = 0; n < count; n += 1) {
    for (let byte = 0; byte < width; byte += 1) {
      result[n * width + byte] = bytes[byte * count + n] ?? 0;
    }
  }
  return result;
}
