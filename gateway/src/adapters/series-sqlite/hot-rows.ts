import type { EpochMs } from "#domain/units.ts";
import type { Chunk } from "./codec/page.ts";
import type { Extent, Page } from "./codec/page-reader.ts";

interface Head {
  /** Newest chunk of the device. */
  chunk: number;
  newest: EpochMs;
}

const NONE = -1;
const FIRST_CAPACITY = 1_024;

export interface ChunkPlace extends Extent {
  readonly page: Page;
  readonly offset: number;
}

/**
 * Pages that are not sorted by device yet, in memory, with a chain of chunks per device. The chains
 * are plain number arrays: a million chunks cost 12 MB and the garbage collector nothing.
 */
export class HotRows {
  readonly #pages: Page[] = [];
  readonly #heads = new Map<number, Head>();
  #pageOf = new Int32Array(FIRST_CAPACITY);
  #offsetOf = new Int32Array(FIRST_CAPACITY);
  #before = new Int32Array(FIRST_CAPACITY);
  #chunks = 0;
  #bytes = 0;
  #lastPageId = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Of the newest page; 0 without any. */
  get lastPageId(): number {
    return this.#lastPageId;
  }

  add(id: number, page: Page, chunks: readonly Chunk[]): void {
    const place = this.#pages.push(page) - 1;
    this.#bytes += page.bytes.length;
    this.#lastPageId = id;
    while (this.#chunks + chunks.length > this.#pageOf.length) this.#grow();
    for (const { device, offset } of chunks) {
      const chunk = this.#chunks;
      this.#chunks += 1;
      this.#pageOf[chunk] = place;
      this.#offsetOf[chunk] = offset;
      const newest = page.newest(offset);
      const head = this.#heads.get(device);
      this.#before[chunk] = head?.chunk ?? NONE;
      if (head === undefined) {
        this.#heads.set(device, { chunk, newest });
      } else {
        head.chunk = chunk;
        if (newest > head.newest) head.newest = newest;
      }
    }
  }

  newest(device: number): EpochMs | undefined {
    return this.#heads.get(device)?.newest;
  }

  /** Ascending, as their blocks are stored next to each other then. */
  devices(): readonly number[] {
    return [...this.#heads.keys()].sort((a, b) => a - b);
  }

  /** Oldest write first. */
  chunksOf(device: number): readonly ChunkPlace[] {
    const places: ChunkPlace[] = [];
    let chunk = this.#heads.get(device)?.chunk ?? NONE;
    while (chunk !== NONE) {
      const page = this.#pages[this.#pageOf[chunk] ?? 0];
      const offset = this.#offsetOf[chunk] ?? 0;
      if (page !== undefined) places.push({ page, offset, ...page.extent(offset) });
      chunk = this.#before[chunk] ?? NONE;
    }
    return places.reverse();
  }

  /** The device's rows are in blocks now. */
  forget(device: number): void {
    this.#heads.delete(device);
  }

  #grow(): void {
    const capacity = this.#pageOf.length * 2;
    this.#pageOf = grown(this.#pageOf, capacity);
    this.#offsetOf = grown(this.#offsetOf, capacity);
    this.#before = grown(this.#before, capacity);
  }
}

function grown(array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(capacity);
  larger.set(array);
  return larger;
}
