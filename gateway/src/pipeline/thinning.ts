import type { DurationMs, EpochMs } from "#domain/units.ts";
import type { SeriesPoint } from "#ports/series-store.ts";

interface Bucket {
  /** Of numbers. */
  first: SeriesPoint | undefined;
  last: SeriesPoint | undefined;
  min: SeriesPoint | undefined;
  max: SeriesPoint | undefined;
  /** Of changes to or from something that is no number. */
  firstChange: SeriesPoint | undefined;
  lastChange: SeriesPoint | undefined;
}

const FEWEST_POINTS = 4;

export interface ThinningRange {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly step?: DurationMs | undefined;
}

/** Numbers of one step of time; of equal extremes the earlier one. */
export interface RolledUpPoints {
  readonly count: number;
  readonly first: SeriesPoint;
  readonly last: SeriesPoint;
  readonly min: SeriesPoint;
  readonly max: SeriesPoint;
}

/**
 * Thins one signal to about as many points as a chart can show. Numbers: first, last, smallest and
 * largest of each time bucket. Everything else (states, flags, texts, null): the changes.
 * Points come oldest first; up to `points` of them pass unchanged.
 */
export class Thinning {
  readonly #points: number;
  readonly #from: EpochMs;
  readonly #count: number;
  readonly #width: number;
  readonly #buckets: Bucket[] = [];
  #all: SeriesPoint[] | undefined = [];
  #changes: SeriesPoint[] | undefined = [];
  #previous: SeriesPoint | undefined;
  #numbers = 0;
  #seen = 0;
  #isRough = false;

  /**
   * `from` and `to` (exclusive) should be those of the data: empty time wastes buckets. With `step`
   * no bucket begins or ends within a multiple of it, as roll-ups of that step need.
   */
  constructor(points: number, range: ThinningRange) {
    this.#points = Math.max(FEWEST_POINTS, Math.trunc(points));
    this.#count = Math.floor(this.#points / FEWEST_POINTS);
    const { from, to, step } = range;
    const width = Math.max(1, to - from) / this.#count;
    this.#from = step === undefined ? from : Math.floor(from / step) * step;
    this.#width = step === undefined ? width : Math.ceil(width / step) * step;
  }

  /** False: so few points are there that all of them are wanted, but some were given as roll-ups or runs. */
  get isComplete(): boolean {
    return !this.#isRough || this.#seen > this.#points;
  }

  add(point: SeriesPoint): void {
    this.#seen += 1;
    if (this.#all !== undefined) {
      this.#all.push(point);
      if (this.#all.length > this.#points) this.#all = undefined;
    }
    this.#take(point);
  }

  /** In place of `count` points from one to the other, all of the same state, flag, text or null. */
  addRun(first: SeriesPoint, last: SeriesPoint, count: number): void {
    this.#addRough(count);
    this.#take(first);
    this.#take(last);
  }

  /** In place of the points of one step of time. */
  addRollup(rollup: RolledUpPoints): void {
    this.#addRough(rollup.count);
    const { first, last, min, max } = rollup;
    const [earlier, later] = min.at < max.at ? [min, max] : [max, min];
    this.#take(first);
    if (earlier.at > first.at) this.#take(earlier);
    if (later.at > Math.max(first.at, earlier.at)) this.#take(later);
    if (last.at > Math.max(first.at, later.at)) this.#take(last);
  }

  #addRough(count: number): void {
    this.#seen += count;
    this.#all = undefined;
    this.#isRough = true;
  }

  #take(point: SeriesPoint): void {
    const bucket = this.#bucketOf(point.at);
    if (typeof point.value === "number") {
      this.#numbers += 1;
      addNumber(bucket, point, point.value);
    }
    const before = this.#previous;
    const changed = before === undefined || before.value !== point.value;
    if (changed && (isState(point) || (before !== undefined && isState(before)))) {
      this.#addChange(bucket, point);
    }
    this.#previous = point;
  }

  result(): readonly SeriesPoint[] {
    if (this.#all !== undefined) return this.#all;
    if (this.#numbers === 0 && this.#changes !== undefined) return this.#changesToTheEnd();
    return this.#buckets.flatMap((bucket) => pointsOf(bucket));
  }

  #addChange(bucket: Bucket, point: SeriesPoint): void {
    bucket.firstChange ??= point;
    bucket.lastChange = point;
    if (this.#changes === undefined) return;
    this.#changes.push(point);
    // One place stays free for the newest point, which shows how long the last state held.
    if (this.#changes.length >= this.#points) this.#changes = undefined;
  }

  #changesToTheEnd(): readonly SeriesPoint[] {
    const changes = this.#changes ?? [];
    if (this.#previous === undefined || changes.at(-1)?.at === this.#previous.at) return changes;
    return [...changes, this.#previous];
  }

  #bucketOf(at: EpochMs): Bucket {
    const raw = Math.floor((at - this.#from) / this.#width);
    const index = Math.min(Math.max(0, raw), this.#count - 1);
    let bucket = this.#buckets[index];
    if (bucket === undefined) {
      bucket = {
        first: undefined,
        last: undefined,
        min: undefined,
        max: undefined,
        firstChange: undefined,
        lastChange: undefined,
      };
      this.#buckets[index] = bucket;
    }
    return bucket;
  }
}

const isState = (point: SeriesPoint): boolean => typeof point.value !== "number";

function addNumber(bucket: Bucket, point: SeriesPoint, value: number): void {
  bucket.first ??= point;
  bucket.last = point;
  if (bucket.min === undefined || value < Number(bucket.min.value)) bucket.min = point;
  if (bucket.max === undefined || value > Number(bucket.max.value)) bucket.max = point;
}

/** At most four: where states interrupt the numbers, first and last make room for the changes. */
function pointsOf(bucket: Bucket): readonly SeriesPoint[] {
  const { first, last, min, max, firstChange, lastChange } = bucket;
  const wanted =
    firstChange === undefined ? [first, min, max, last] : [min, max, firstChange, lastChange];
  const byTime = new Map<EpochMs, SeriesPoint>();
  for (const point of wanted) if (point !== undefined) byTime.set(point.at, point);
  return [...byTime.values()].sort((a, b) => a.at - b.at);
}
