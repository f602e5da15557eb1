import type { EpochMs } from "#domain/units.ts";
import type { SeriesRow, WriteSummary } from "#ports/series-store.ts";
import { closeDatabase, openDatabase, transaction } from "../sqlite/database.ts";
import { PageWriter } from "./codec/page.ts";
import { Hot } from "./hot.ts";
import type { SealingLimits } from "./limits.ts";
import { MonthTables } from "./month-tables.ts";
import { MIGRATIONS } from "./schema.ts";
import { Sealing } from "./sealing.ts";
import type { Source } from "./source.ts";
import { BlockSource, chunkSource, sampleSource } from "./source.ts";

interface DeviceState {
  readonly name: string;
  /** Number in the file; 0 while it is not registered. */
  id: number;
  newest: EpochMs;
  /** Of the page that is being written. */
  rows: SeriesRow[];
}

type Range = { readonly from: EpochMs; readonly to: EpochMs };

/**
 * One month of samples. What is written goes as one page into one row of the file, whatever number
 * of devices it is about, and stays in memory too; `sealing` sorts it into blocks per device later.
 */
export class Partition {
  readonly sealing: Sealing;
  readonly #tables: MonthTables;
  readonly #hot: Hot;
  readonly #writer = new PageWriter();
  readonly #devices = new Map<string, DeviceState>();

  constructor(path: string, limits: SealingLimits) {
    this.#hot = new Hot(limits);
    this.#tables = new MonthTables(openDatabase(path, { migrations: MIGRATIONS }));
    try {
      for (const { id, bytes } of this.#tables.pages()) this.#hot.load(id, bytes);
      this.sealing = new Sealing(this.#tables, this.#hot, limits);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** One transaction; durable when it returns. Throws UnstorableError if a row can never be stored. */
  write(rows: readonly SeriesRow[]): Omit<WriteSummary, "rejected"> {
    const touched = this.#group(rows);
    try {
      return this.#writePage(touched);
    } catch (error) {
      // Numbers given in the transaction that failed are not in the file.
      for (const state of touched) this.#devices.delete(state.name);
      throw error;
    } finally {
      for (const state of touched) state.rows = [];
    }
  }

  /** Everything of the device that may have a row in the range, in the order written. */
  sources(device: string, { from, to }: Range): readonly Source[] {
    const id = this.#find(device)?.id;
    return id === undefined ? [] : this.#sourcesOf(id, { from, to });
  }

  close(): void {
    closeDatabase(this.#tables.db);
  }

  #group(rows: readonly SeriesRow[]): readonly DeviceState[] {
    const touched: DeviceState[] = [];
    for (const row of rows) {
      let state = this.#devices.get(row.device);
      if (state === undefined) {
        state = this.#find(row.device) ?? unregistered(row.device);
        this.#devices.set(row.device, state);
      }
      if (state.rows.length === 0) touched.push(state);
      state.rows.push(row);
    }
    return touched;
  }

  #writePage(touched: readonly DeviceState[]): Omit<WriteSummary, "rejected"> {
    if (touched.length === 0) return { written: 0, overwritten: 0 };
    let values = 0;
    let overwritten = 0;
    const writer = this.#writer;
    const page = transaction(this.#tables.db, () => {
      writer.begin();
      for (const state of touched) {
        if (state.id === 0) state.id = this.#tables.addDevice(state.name);
        values += writer.add(state.id, state.rows);
        if (!isNewer(state)) overwritten += this.#overwrites(state);
      }
      const { bytes, chunks } = writer.end();
      return { id: this.#tables.addPage(bytes), bytes, chunks };
    });
    this.#hot.add(page.id, page.bytes, page.chunks);
    for (const state of touched) {
      for (const { at } of state.rows) if (at > state.newest) state.newest = at;
    }
    return { written: values - overwritten, overwritten };
  }

  /** Values whose time has one already, in the file or earlier in the page. */
  #overwrites({ id, rows }: DeviceState): number {
    const times = new Set(rows.map((row) => row.at));
    const stored = new Map<EpochMs, Set<string>>();
    const range = { from: Math.min(...times), to: Math.max(...times) + 1 };
    for (const source of this.#sourcesOf(id, range)) {
      for (const [at, signals] of source.signalsAt(times)) {
        const known = stored.get(at) ?? new Set();
        stored.set(at, known);
        for (const signal of signals) known.add(signal);
      }
    }
    let overwritten = 0;
    for (const row of rows) {
      const known = stored.get(row.at) ?? new Set();
      stored.set(row.at, known);
      for (const signal of Object.keys(row.values)) {
        if (known.has(signal)) overwritten += 1;
        else known.add(signal);
      }
    }
    return overwritten;
  }

  #sourcesOf(id: number, { from, to }: Range): readonly Source[] {
    const tables = this.#tables;
    const sources: Source[] = [];
    const samples = tables.sampleExtent(id, from, to);
    if (samples !== undefined) {
      sources.push(sampleSource(samples, () => tables.samples(id, from, to)));
    }
    for (const place of tables.blocks(id, from, to)) sources.push(new BlockSource(tables, place));
    for (const chunk of this.#hot.chunksOf(id)) {
      if (chunk.last >= from && chunk.first < to) sources.push(chunkSource(chunk));
    }
    return sources;
  }

  #find(name: string): DeviceState | undefined {
    const known = this.#devices.get(name);
    if (known !== undefined) return known.id === 0 ? undefined : known;
    const stored = this.#tables.findDevice(name);
    if (stored === undefined) return undefined;
    const newest = Math.max(
      stored.newest ?? Number.NEGATIVE_INFINITY,
      this.#hot.newest(stored.id) ?? Number.NEGATIVE_INFINITY,
    );
    const state: DeviceState = { name, id: stored.id, newest, rows: [] };
    this.#devices.set(name, state);
    return state;
  }
}

const unregistered = (name: string): DeviceState => ({
  name,
  id: 0,
  newest: Number.NEGATIVE_INFINITY,
  rows: [],
});

/** True if no row can replace one: the usual case, which needs no look into the file. */
function isNewer({ newest, rows }: DeviceState): boolean {
  let before = newest;
  for (const { at } of rows) {
    if (at <= before) return false;
    before = at;
  }
  return true;
}
