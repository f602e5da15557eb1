import type { EpochMs } from "#domain/units.ts";
import { DAY_MS } from "#domain/units.ts";
import { transaction } from "../sqlite/database.ts";
import { BlockWriter, dayOf } from "./block-writer.ts";
import { Block } from "./codec/block.ts";
import { SampleTable } from "./codec/sample-table.ts";
import { overlapping } from "./collect.ts";
import type { Hot } from "./hot.ts";
import { SETTLED_MS } from "./hot.ts";
import type { HotRows } from "./hot-rows.ts";
import type { SealingLimits } from "./limits.ts";
import type { BlockPlace, MonthTables, UnmergedDay } from "./month-tables.ts";

/** One device in so many may have a clock that runs ahead. */
export const AHEAD_PART = 20;
/** Rows of schema version 1 turned into blocks at a time. */
const SAMPLE_ROWS = 8_192;

interface Reached {
  readonly devices: number;
  readonly at: EpochMs | undefined;
}

/**
 * Turns pages into blocks per device (flush) and blocks into fewer, larger ones (merge), a little per
 * transaction. Each transaction leaves every row readable: pages go only after all of their rows are
 * in blocks, and where a row is in both, both are the same. What is left to do is in the file.
 * Nothing here looks at the clock: old is what the data has left behind.
 */
export class Sealing {
  readonly #tables: MonthTables;
  readonly #hot: Hot;
  readonly #limits: SealingLimits;
  readonly #blocks: BlockWriter;
  #hasSamples = true;
  #devices: readonly number[] = [];
  #days: readonly UnmergedDay[] | undefined;
  /** How many of `#devices` and of `#days` are done. */
  #flushed = 0;
  #merged = 0;
  /** Days before it are over. */
  #over = Number.NEGATIVE_INFINITY;
  #reached: Reached | undefined;
  #committed: (() => void)[] = [];

  constructor(tables: MonthTables, hot: Hot, limits: SealingLimits) {
    this.#tables = tables;
    this.#limits = limits;
    this.#blocks = new BlockWriter(tables, limits.fullRows);
    this.#hot = hot;
  }

  /** How many devices have blocks here, and how far the data has come, a few wild clocks aside. */
  reached(): Reached {
    this.#reached ??= this.#tables.reached(AHEAD_PART);
    return this.#reached;
  }

  get isOverfull(): boolean {
    return this.#hot.isOverfull;
  }

  hasWork(isPast: boolean): boolean {
    if (this.#hasSamples || this.#hot.frozen !== undefined) return true;
    return this.#hot.isDue(isPast) || this.#daysToMerge(isPast)[this.#merged] !== undefined;
  }

  /** One transaction of about as long as `isTimeUp` allows. */
  step(isPast: boolean, isTimeUp: () => boolean): void {
    const flushed = this.#flushed;
    this.#committed = [];
    const { db } = this.#tables;
    // A power cut may take the newest of these transactions back, which loses nothing; the write-ahead
    // log keeps their order, and the next write makes them durable with itself.
    db.exec("PRAGMA synchronous = NORMAL");
    try {
      transaction(db, () => {
        while (this.#next(isPast) && !isTimeUp());
      });
    } catch (error) {
      // Days are not tried again before the next flush: a damaged block must not keep the others waiting.
      this.#flushed = flushed;
      this.#hasSamples = true;
      throw error;
    } finally {
      db.exec("PRAGMA synchronous = FULL");
    }
    for (const note of this.#committed) note();
  }

  /** False: what is done must be committed before anything else is. */
  #next(isPast: boolean): boolean {
    if (this.#hasSamples) return this.#convert();
    if (this.#hot.frozen !== undefined) return this.#flush(this.#hot.frozen);
    if (this.#hot.isDue(isPast)) {
      this.#devices = this.#hot.freeze().devices();
      this.#flushed = 0;
      return true;
    }
    return this.#merge(isPast);
  }

  /** Before anything newer goes into blocks, as the order of blocks says what was written later. */
  #convert(): boolean {
    const tables = this.#tables;
    const some = tables.anySample();
    if (some === undefined) {
      this.#hasSamples = false;
      return true;
    }
    const end = (dayOf(some.at) + 1) * DAY_MS;
    const table = tables.samples(some.device, some.at, end, SAMPLE_ROWS);
    for (const day of this.#blocks.write(some.device, table)) {
      tables.markUnmerged(some.device, day);
    }
    tables.dropSamples(some.device, some.at, (table.times.at(-1) ?? some.at) + 1);
    this.#days = undefined;
    return true;
  }

  #flush(frozen: HotRows): boolean {
    const device = this.#devices[this.#flushed];
    if (device === undefined) {
      this.#tables.dropPages(frozen.lastPageId);
      this.#days = undefined;
      this.#reached = undefined;
      this.#committed.push(() => this.#hot.thaw());
      return false;
    }
    this.#flushed += 1;
    const table = new SampleTable();
    for (const { page, offset } of frozen.chunksOf(device)) page.read(offset, table);
    for (const day of this.#blocks.write(device, table.inOrder())) {
      this.#tables.markUnmerged(device, day);
    }
    const newest = frozen.newest(device);
    if (newest !== undefined) this.#tables.raiseNewest(device, newest);
    this.#committed.push(() => frozen.forget(device));
    return true;
  }

  #merge(isPast: boolean): boolean {
    const next = this.#daysToMerge(isPast)[this.#merged];
    if (next === undefined) return false;
    this.#merged += 1;
    const from = next.day * DAY_MS;
    const blocks = this.#tables.blocks(next.device, from, from + DAY_MS);
    for (const group of toMerge(blocks, this.#limits.fullRows / 2))
      this.#mergeBlocks(next.device, group);
    this.#tables.setUnmerged(next.device, next.day, next.day < this.#over ? 0 : 1);
    return true;
  }

  /** Looked up again after every flush, and once the data has left the month. */
  #daysToMerge(isPast: boolean): readonly UnmergedDay[] {
    if (this.#days === undefined || isPast !== (this.#over === Number.POSITIVE_INFINITY)) {
      this.#over = isPast ? Number.POSITIVE_INFINITY : this.#overBefore();
      this.#days = this.#tables.unmerged(this.#over, this.#limits.manyBlocks);
      this.#merged = 0;
    }
    return this.#days;
  }

  #mergeBlocks(device: number, blocks: readonly BlockPlace[]): void {
    const table = new SampleTable();
    for (const { id } of blocks) table.addTable(new Block(this.#tables.blockBytes(id)).table());
    // Before the old ones are dropped: the new ids must be the highest.
    this.#blocks.write(device, table.inOrder());
    for (const { id } of blocks) this.#tables.dropBlock(id);
  }

  /** The first day that is not over yet. */
  #overBefore(): number {
    const { at } = this.reached();
    return at === undefined ? Number.NEGATIVE_INFINITY : dayOf(at - SETTLED_MS);
  }
}

/** Runs of blocks that overlap or have fewer rows than `enough`; `blocks` in the order written. */
function toMerge(
  blocks: readonly BlockPlace[],
  enough: number,
): readonly (readonly BlockPlace[])[] {
  const runs: BlockPlace[][] = [];
  let run: BlockPlace[] = [];
  for (const group of overlapping(blocks)) {
    const [only, second] = group;
    const isSmall = only !== undefined && second === undefined && only.count < enough;
    if (second === undefined && !isSmall) {
      runs.push(run);
      run = [];
    } else {
      run.push(...group);
    }
  }
  runs.push(run);
  return runs
    .filter((blocks) => blocks.length > 1)
    .map((blocks) => blocks.sort((a, b) => a.id - b.id));
}
