import { prng } from "../support/prng.ts";

/** What a fuzzer asks of chance. The same seed and index give the same input, whatever came before. */
export class Rng {
  readonly #next: () => number;

  constructor(seed: number, index = 0) {
    this.#next = prng((Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b)) >>> 0);
    // Neighbouring states give alike first numbers.
    this.#next();
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return Math.floor(this.#next() * below);
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  unit(): number {
    return this.#next();
  }

  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) {
      throw new RangeError(`cannot pick from a list of ${list.length}`);
    }
    return picked;
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at += 1) {
      bytes[at] = this.below(256);
    }
    return bytes;
  }
}
