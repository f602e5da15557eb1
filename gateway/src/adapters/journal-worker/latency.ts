import type { Histogram } from "./messages.ts";

const BOUNDS_S = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts durations in the worker, where no metrics registry is. */
export class Latency {
  readonly #counts: number[] = new Array(BOUNDS_S.length + 1).fill(0);
  #sum = 0;

  add(seconds: number): void {
    const bound = BOUNDS_S.findIndex((limit) => seconds <= limit);
    const index = bound < 0 ? BOUNDS_S.length : bound;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += seconds;
  }

  get histogram(): Histogram {
    return { bounds: BOUNDS_S, counts: [...this.#counts], sum: this.#sum };
  }
}
