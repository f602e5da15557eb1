import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type {
  SeriesPoint,
  SeriesQuery,
  SeriesRejection,
  SeriesRow,
  SeriesStore,
  WriteSummary,
} from "#ports/series-store.ts";
import { SeriesUnavailableError } from "#ports/series-store.ts";
import { makeFolder, reasonOf, syncFolder } from "../sqlite/database.ts";
import { UnstorableError } from "./codec/page.ts";
import { SETTLED_MS } from "./hot.ts";
import type { SealingLimits } from "./limits.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { Month } from "./months.ts";
import { endOf, listMonths, monthOf, startOf } from "./months.ts";
import { Partition } from "./partition.ts";
import { readThinned } from "./read-thinned.ts";
import { AHEAD_PART } from "./sealing.ts";

/** A year and a bit; more would cost memory and file handles. A fleet in time writes one or two. */
const OPEN_PARTITIONS = 16;
/** One transaction of sealing: short, so that a write has not to wait long. */
const SEALING_STEP_MS = 20;
/** Per write that comes while too much waits to be sealed. */
const OVERFULL_SEALING_MS = 200;

/**
 * One file per UTC month. There is no transaction across files: a crash between two of them only
 * means that the rows are offered again. Throws SeriesUnavailableError with the cause.
 */
export class SqliteSeries implements SeriesStore, Disposable {
  readonly #folder: string;
  readonly #limits: SealingLimits;
  readonly #partitions = new Map<Month, Partition>();
  /** Months with nothing to seal. */
  readonly #settled = new Set<Month>();
  #ready = false;

  constructor(folder: string, limits: SealingLimits = DEFAULT_LIMITS) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** One transaction per month; durable when it returns. */
  writeSync(rows: readonly SeriesRow[]): WriteSummary {
    return this.#guarded(`writing ${rows.length} rows`, () => {
      this.#open();
      const rejected: SeriesRejection[] = [];
      let written = 0;
      let overwritten = 0;
      for (const [month, own] of byMonth(rows, rejected)) {
        const summary = this.#writeMonth(month, own, rejected);
        written += summary.written;
        overwritten += summary.overwritten;
      }
      return { written, overwritten, rejected };
    });
  }

  readSync(query: SeriesQuery): readonly SeriesPoint[] {
    const { device, signal, from, to } = query;
    return this.#guarded(`reading ${signal} of ${device}`, () => {
      this.#open();
      const months = listMonths(this.#folder)
        .filter((month) => startOf(month) < to && endOf(month) > from)
        .map((month) => () => this.#partition(month).sources(device, { from, to }));
      return readThinned(months, query);
    });
  }

  /**
   * Sorts what was written into compressed blocks per device, for about `budgetMs`. True: there is
   * more to do. What is not done yet is read as well, so it may wait for a quiet moment.
   */
  upkeepSync(budgetMs: DurationMs): boolean {
    return this.#guarded("sealing", () => {
      this.#open();
      const until = performance.now() + budgetMs;
      // Newest first: how far that one has come says whether an older month is over.
      for (const month of listMonths(this.#folder).toReversed()) {
        if (this.#settled.has(month)) continue;
        // After a start every month is opened once to see what is left to do in it.
        if (performance.now() >= until || this.#seal(month, until)) return true;
        this.#settled.add(month);
      }
      return false;
    });
  }

  retainSync(before: EpochMs): void {
    this.#guarded(`dropping months that ended before ${before}`, () => {
      this.#open();
      const old = listMonths(this.#folder).filter((month) => endOf(month) <= before);
      for (const month of old) {
        this.#partitions.get(month)?.close();
        this.#partitions.delete(month);
        this.#settled.delete(month);
        const path = this.#path(month);
        rmSync(path);
        for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
      }
      if (old.length > 0) syncFolder(this.#folder);
    });
  }

  async write(rows: readonly SeriesRow[]): Promise<WriteSummary> {
    return this.writeSync(rows);
  }

  async read(query: SeriesQuery): Promise<readonly SeriesPoint[]> {
    return this.readSync(query);
  }

  async retain(before: EpochMs): Promise<void> {
    this.retainSync(before);
  }

  [Symbol.dispose](): void {
    for (const partition of this.#partitions.values()) partition.close();
    this.#partitions.clear();
    this.#ready = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
  }

  #writeMonth(
    month: Month,
    rows: readonly SeriesRow[],
    rejected: SeriesRejection[],
  ): Omit<WriteSummary, "rejected"> {
    const partition = this.#partition(month);
    let summary: Omit<WriteSummary, "rejected">;
    try {
      summary = partition.write(rows);
    } catch (error) {
      if (!(error instanceof UnstorableError)) throw error;
      summary = partition.write(
        rows.filter((row) => {
          const reason = refusalOf(row);
          if (reason !== undefined) rejected.push({ row, reason });
          return reason === undefined;
        }),
      );
    }
    this.#settled.delete(month);
    // Whoever writes faster than is sealed waits for it: memory is bounded.
    if (partition.sealing.isOverfull) this.#seal(month, performance.now() + OVERFULL_SEALING_MS);
    return summary;
  }

  /** True if time was up before the work was done. */
  #seal(month: Month, until: number): boolean {
    const { sealing } = this.#partition(month);
    const isPast = this.#isPast(month, sealing.reached().devices);
    while (sealing.hasWork(isPast)) {
      const now = performance.now();
      if (now >= until) return true;
      const stepEnd = Math.min(until, now + SEALING_STEP_MS);
      sealing.step(isPast, () => performance.now() >= stepEnd);
    }
    return false;
  }

  /** The data has gone on to a later month: that of a good part of the devices, not one wild clock. */
  #isPast(month: Month, devices: number): boolean {
    const end = endOf(month) + SETTLED_MS;
    for (const [later, { sealing }] of this.#partitions) {
      if (startOf(later) < endOf(month)) continue;
      const reached = sealing.reached();
      if (reached.devices * AHEAD_PART >= devices && (reached.at ?? 0) >= end) return true;
    }
    return false;
  }

  #open(): void {
    if (this.#ready) return;
    makeFolder(this.#folder);
    this.#sweep();
    this.#ready = true;
  }

  /** A month that was being dropped when the process died may have left its side files. */
  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      const database = name.replace(/-(?:wal|shm)$/, "");
      if (database !== name && !existsSync(join(this.#folder, database))) {
        rmSync(join(this.#folder, name));
      }
    }
  }

  #path(month: Month): string {
    return join(this.#folder, `${month}.db`);
  }

  /** The one used last is at the end; the first one is closed when there are too many. */
  #partition(month: Month): Partition {
    const known = this.#partitions.get(month);
    const partition = known ?? new Partition(this.#path(month), this.#limits);
    this.#partitions.delete(month);
    this.#partitions.set(month, partition);
    for (const [oldest, idle] of this.#partitions) {
      if (this.#partitions.size <= OPEN_PARTITIONS) break;
      this.#partitions.delete(oldest);
      idle.close();
    }
    return partition;
  }

  #guarded<T>(what: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new SeriesUnavailableError(
        `series store ${this.#folder} failed ${what}: ${reasonOf(error)}`,
        { cause: error },
      );
    }
  }
}

/** Rows whose time is no time go to `rejected`. */
function byMonth(
  rows: readonly SeriesRow[],
  rejected: SeriesRejection[],
): ReadonlyMap<Month, readonly SeriesRow[]> {
  const months = new Map<Month, SeriesRow[]>();
  let own: SeriesRow[] = [];
  let from = 0;
  let to = 0;
  for (const row of rows) {
    const { at } = row;
    if (at >= from && at < to && Number.isSafeInteger(at)) {
      own.push(row);
      continue;
    }
    const reason = refusalOf(row);
    if (reason !== undefined) {
      rejected.push({ row, reason });
      continue;
    }
    // A page is of one month but for two minutes in it: the bounds spare a date per row.
    const month = monthOf(at);
    own = months.get(month) ?? [];
    months.set(month, own);
    own.push(row);
    from = startOf(month);
    to = endOf(month);
  }
  return months;
}

/** Why the row can never be stored, or undefined. */
function refusalOf(row: SeriesRow): string | undefined {
  if (!Number.isSafeInteger(row.at)) return `at is ${row.at}, not a whole number of milliseconds`;
  for (const signal in row.values) {
    const value = row.values[signal];
    if (typeof value === "number" && !Number.isFinite(value)) return `${signal} is ${value}`;
  }
  return undefined;
}
