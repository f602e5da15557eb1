import { UsageError } from "./errors.ts";

/** FNV-1a with a final mix, so that neighbouring seeds give unlike streams. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Seeded random numbers (mulberry32). Each part of the simulation takes its own `fork`, so that one
 * more draw in one part never shifts the others: a seed keeps its story while the code grows.
 */
export class Random {
  readonly #name: string;
  #state: number;
  #spareNormal: number | undefined;

  constructor(seed: number | string) {
    this.#name = String(seed);
    this.#state = hash32(this.#name);
  }

  fork(name: string): Random {
    return new Random(`${this.#name}/${name}`);
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Whole number in [low, high]. */
  integer(low: number, high: number): number {
    return Math.floor(this.between(low, high + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** Whether something with this rate happens within the time; exact for any step length. */
  happens(perHour: number, dtMs: number): boolean {
    return this.chance(1 - Math.exp((-perHour * dtMs) / 3_600_000));
  }

  normal(mean: number, deviation: number): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return mean + deviation * spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.#spareNormal = radius * Math.sin(angle);
    return mean + deviation * radius * Math.cos(angle);
  }

  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new UsageError("nothing to pick from: empty list");
    return item;
  }
}
