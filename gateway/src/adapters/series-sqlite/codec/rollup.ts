import type { DurationMs, EpochMs } from "#domain/units.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { CompressOptions } from "./compress.ts";
import { compress, decompress, uncompressed } from "./compress.ts";
import { decimalsOf, POWERS_OF_TEN, readNumbers, writeNumbers } from "./numbers.ts";
import type { Cell, SampleTable } from "./sample-table.ts";

interface NumberAt {
  readonly at: EpochMs;
  readonly value: number;
}

/** The numbers of one signal in one step of time; of equal extremes the earlier one. */
export interface RollupBucket {
  /** Multiple of the step. */
  readonly start: EpochMs;
  readonly count: number;
  readonly first: NumberAt;
  readonly last: NumberAt;
  readonly min: NumberAt;
  readonly max: NumberAt;
  /** Rounded to the decimals of the values, if they have some. */
  readonly sum: number;
}

type Draft = { -readonly [K in keyof RollupBucket]: RollupBucket[K] };

const LAYOUT = 1;
const WORTH_BYTES = 2_048;

const startOfStep = (at: EpochMs, step: DurationMs): EpochMs => Math.floor(at / step) * step;

/** Undefined for a signal that is not numbers only: states are read from the samples. Times ascending. */
export function rollUp(
  times: readonly EpochMs[],
  cells: readonly Cell[],
  step: DurationMs,
): readonly RollupBucket[] | undefined {
  const buckets: Draft[] = [];
  let bucket: Draft | undefined;
  for (let row = 0; row < cells.length; row += 1) {
    const value = cells[row];
    if (value === undefined) continue;
    if (typeof value !== "number" || Object.is(value, -0)) return undefined;
    const point: NumberAt = { at: times[row] ?? 0, value };
    const start = startOfStep(point.at, step);
    if (bucket === undefined || bucket.start !== start) {
      bucket = { start, count: 0, first: point, last: point, min: point, max: point, sum: 0 };
      buckets.push(bucket);
    }
    bucket.count += 1;
    bucket.last = point;
    bucket.sum += value;
    if (value < bucket.min.value) bucket.min = point;
    if (value > bucket.max.value) bucket.max = point;
  }
  const decimals = decimalsOf(cells.filter((cell) => typeof cell === "number"));
  const scale = POWERS_OF_TEN[decimals ?? -1];
  if (scale !== undefined) {
    for (const one of buckets) one.sum = Math.round(one.sum * scale) / scale + 0;
  }
  return buckets;
}

/** Bucket lists of all signals that have one; undefined if none has. */
export function encodeRollup(
  table: SampleTable,
  step: DurationMs,
  options: CompressOptions = {},
): Uint8Array | undefined {
  const body = new ByteWriter();
  let signals = 0;
  for (const [signal, cells] of table.columns) {
    const buckets = rollUp(table.times, cells, step);
    if (buckets === undefined || buckets.length === 0) continue;
    signals += 1;
    body.string(JSON.stringify(signal));
    const out = new ByteWriter();
    writeBuckets(out, buckets, step);
    body.blob(out.written());
  }
  if (signals === 0) return undefined;
  const out = new ByteWriter();
  out.uint(LAYOUT);
  out.uint(signals);
  out.raw(body.written());
  // Reading a year unpacks a thousand of them: small ones stay as they are.
  return out.length < WORTH_BYTES ? uncompressed(out.written()) : compress(out.written(), options);
}

/** Undefined: the signal must be read from the samples. */
export function decodeRollup(
  bytes: Uint8Array,
  signal: string,
  step: DurationMs,
): readonly RollupBucket[] | undefined {
  const input = new ByteReader(decompress(bytes));
  const layout = input.uint();
  if (layout !== LAYOUT) throw new RangeError(`roll-up layout ${layout} is unknown`);
  const wanted = JSON.stringify(signal);
  let rest = input.uint();
  for (; rest > 0; rest -= 1) {
    const isWanted = input.string() === wanted;
    const list = input.blob();
    if (isWanted) return readBuckets(new ByteReader(list), step);
  }
  return undefined;
}

const POINTS = ["first", "last", "min", "max"] as const;

function writeBuckets(out: ByteWriter, buckets: readonly RollupBucket[], step: DurationMs): void {
  out.uint(buckets.length);
  const first = buckets[0]?.start ?? 0;
  out.double(first);
  writeNumbers(
    out,
    buckets.map((bucket) => (bucket.start - first) / step),
  );
  writeNumbers(
    out,
    buckets.map((bucket) => bucket.count),
  );
  for (const name of POINTS) {
    writeNumbers(
      out,
      buckets.map((bucket) => bucket[name].value),
    );
    writeNumbers(
      out,
      buckets.map((bucket) => bucket[name].at - bucket.start),
    );
  }
  writeNumbers(
    out,
    buckets.map((bucket) => bucket.sum),
  );
}

function readBuckets(input: ByteReader, step: DurationMs): readonly RollupBucket[] {
  const length = input.uint();
  const first = input.double();
  const starts = readNumbers(input, length).map((place) => first + place * step);
  const counts = readNumbers(input, length);
  const lists = POINTS.map(() => {
    const values = readNumbers(input, length);
    const offsets = readNumbers(input, length);
    return starts.map((start, n) => ({ at: start + (offsets[n] ?? 0), value: values[n] ?? 0 }));
  });
  const sums = readNumbers(input, length);
  const point = (name: (typeof POINTS)[number], n: number): NumberAt =>
    lists[POINTS.indexOf(name)]?.[n] ?? { at: 0, value: 0 };
  return starts.map((start, n) => ({
    start,
    count: counts[n] ?? 0,
    first: point("first", n),
    last: point("last", n),
    min: point("min", n),
    max: point("max", n),
    sum: sums[n] ?? 0,
  }));
}
