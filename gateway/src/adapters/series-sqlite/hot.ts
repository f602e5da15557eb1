import type { EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS } from "#domain/units.ts";
import type { Chunk } from "./codec/page.ts";
import { Page } from "./codec/page-reader.ts";
import type { ChunkPlace } from "./hot-rows.ts";
import { HotRows } from "./hot-rows.ts";
import type { SealingLimits } from "./limits.ts";

/** How far the data must have gone on: late rows within it need no second sealing. */
export const SETTLED_MS = 2 * HOUR_MS;

/**
 * Pages that wait to be sealed: `frozen` is being sealed while `gathering` takes what comes. Only
 * when all of `frozen` is in blocks do its pages leave the file.
 */
export class Hot {
  readonly #limits: SealingLimits;
  #gathering = new HotRows();
  #frozen: HotRows | undefined;
  #oldest: EpochMs = Number.POSITIVE_INFINITY;
  #newest: EpochMs = Number.NEGATIVE_INFINITY;

  constructor(limits: SealingLimits) {
    this.#limits = limits;
  }

  get frozen(): HotRows | undefined {
    return this.#frozen;
  }

  get isEmpty(): boolean {
    return this.#gathering.bytes === 0 && this.#frozen === undefined;
  }

  /** More is in memory than two fillings: sealing cannot wait. */
  get isOverfull(): boolean {
    const { fullBytes } = this.#limits;
    return this.#gathering.bytes > (this.#frozen === undefined ? 2 * fullBytes : fullBytes);
  }

  add(id: number, bytes: Uint8Array, chunks: readonly Chunk[]): void {
    const page = new Page(bytes);
    this.#gathering.add(id, page, chunks);
    // Of a row in the middle: one device with a wild clock must not decide what is old.
    const middle = chunks[Math.floor(chunks.length / 2)];
    if (middle === undefined) return;
    const at = page.newest(middle.offset);
    this.#oldest = Math.min(this.#oldest, at);
    this.#newest = Math.max(this.#newest, at);
  }

  load(id: number, bytes: Uint8Array): void {
    this.add(id, bytes, new Page(bytes).chunks());
  }

  newest(device: number): EpochMs | undefined {
    const frozen = this.#frozen?.newest(device);
    const gathering = this.#gathering.newest(device);
    if (frozen === undefined || gathering === undefined) return gathering ?? frozen;
    return Math.max(frozen, gathering);
  }

  /** Oldest write first. */
  chunksOf(device: number): readonly ChunkPlace[] {
    const frozen = this.#frozen?.chunksOf(device) ?? [];
    return [...frozen, ...this.#gathering.chunksOf(device)];
  }

  /** `isPast`: the data has gone on to another month. */
  isDue(isPast: boolean): boolean {
    const { bytes } = this.#gathering;
    if (this.#frozen !== undefined || bytes === 0) return false;
    const span = this.#newest - this.#oldest;
    if (isPast || bytes >= this.#limits.fullBytes) return true;
    return span >= SETTLED_MS && (bytes >= this.#limits.fewBytes || span >= DAY_MS);
  }

  freeze(): HotRows {
    const frozen = this.#gathering;
    this.#frozen = frozen;
    this.#gathering = new HotRows();
    this.#oldest = Number.POSITIVE_INFINITY;
    this.#newest = Number.NEGATIVE_INFINITY;
    return frozen;
  }

  /** All of it is in blocks, and its pages are out of the file. */
  thaw(): void {
    this.#frozen = undefined;
  }
}
