import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { Thinning } from "#pipeline/thinning.ts";
import { SampleTable } from "./codec/sample-table.ts";
import type { Source } from "./source.ts";

export interface Wanted {
  readonly signal: string;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** False: the ends of a run of one state stand for it, and roll-ups of `step` for samples. */
  readonly exact: boolean;
  readonly step?: DurationMs | undefined;
}

/**
 * Hands the points of one signal to `thinning`, oldest first. `sources` in the order written: where
 * two of them have the same time, the later one counts.
 */
export function collect(sources: readonly Source[], wanted: Wanted, thinning: Thinning): void {
  for (const group of overlapping(sources)) {
    const [only, second] = group;
    if (only === undefined) continue;
    if (second === undefined && addRollups(only, wanted, thinning)) continue;
    addSamples(
      second === undefined ? only.read(wanted.signal) : merged(group, wanted),
      wanted,
      thinning,
    );
  }
}

/** Sources whose times overlap, together and in the order written; the groups oldest first. */
export function overlapping<T extends { readonly first: EpochMs; readonly last: EpochMs }>(
  sources: readonly T[],
): readonly (readonly T[])[] {
  const byTime = sources.map((source, order) => ({ source, order }));
  byTime.sort((a, b) => a.source.first - b.source.first || a.order - b.order);
  const groups: (typeof byTime)[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const one of byTime) {
    if (one.source.first > reach) groups.push([]);
    groups.at(-1)?.push(one);
    reach = Math.max(reach, one.source.last);
  }
  return groups.map((group) => group.sort((a, b) => a.order - b.order).map(({ source }) => source));
}

function addRollups(source: Source, wanted: Wanted, thinning: Thinning): boolean {
  const { signal, from, to, step } = wanted;
  if (step === undefined || source.first < from || source.last >= to) return false;
  const buckets = source.rollup(signal, step);
  if (buckets === undefined) return false;
  for (const bucket of buckets) thinning.addRollup(bucket);
  return true;
}

function merged(group: readonly Source[], wanted: Wanted): SampleTable {
  const table = new SampleTable();
  for (const source of group) table.addTable(source.read(wanted.signal));
  return table.inOrder();
}

function addSamples(table: SampleTable, wanted: Wanted, thinning: Thinning): void {
  const cells = table.columns.get(wanted.signal) ?? [];
  const run = new StateRun(thinning);
  for (let row = 0; row < cells.length; row += 1) {
    const value = cells[row];
    const at = table.times[row] ?? 0;
    if (value === undefined || at < wanted.from || at >= wanted.to) continue;
    if (wanted.exact || typeof value === "number") {
      run.end();
      thinning.add({ at, value });
    } else {
      run.add(at, value);
    }
  }
  run.end();
}

/** Gathers equal states, so that hours of one state cost as little as two points. */
class StateRun {
  readonly #thinning: Thinning;
  #value: SignalValue = null;
  #first: EpochMs = 0;
  #last: EpochMs = 0;
  #count = 0;

  constructor(thinning: Thinning) {
    this.#thinning = thinning;
  }

  add(at: EpochMs, value: SignalValue): void {
    if (this.#count > 0 && value !== this.#value) this.end();
    if (this.#count === 0) {
      this.#value = value;
      this.#first = at;
    }
    this.#last = at;
    this.#count += 1;
  }

  end(): void {
    const value = this.#value;
    const first = { at: this.#first, value };
    if (this.#count > 2) {
      this.#thinning.addRun(first, { at: this.#last, value }, this.#count);
    } else if (this.#count > 0) {
      this.#thinning.add(first);
      if (this.#count === 2) this.#thinning.add({ at: this.#last, value });
    }
    this.#count = 0;
  }
}
