/** Buckets grow by 1 %, from a microsecond on: a quantile is at most 1 % too high. */
const GROWTH = Math.log(1.01);
const SMALLEST_MS = 0.001;
const BUCKETS = 2_200;

/** Latencies in constant memory, however many there are. */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #max = 0;

  record(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / GROWTH);
    const index = Math.min(bucket, BUCKETS - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    this.#max = Math.max(this.#max, ms);
  }

  get maxMs(): number {
    return this.#max;
  }

  /** Upper bound of the bucket that holds the quantile, `share` in (0, 1]; 0 when nothing was recorded. */
  quantileMs(share: number): number {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return 0;
    for (let index = 0; index < BUCKETS; index += 1) {
      left -= this.#counts[index] ?? 0;
      if (left <= 0) return Math.min(SMALLEST_MS * Math.exp(index * GROWTH), this.#max);
    }
    return this.#max;
  }
}
