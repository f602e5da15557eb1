import type { ServicePoint } from "#ports/point-store.ts";

/** Over an hour of what is sampled of a fleet with ten products. */
const MOST_POINTS = 20_000;

/** Points that are worth nothing after a while: the oldest make room for new ones. */
export class PointRing {
  readonly #limit: number;
  #points: ServicePoint[] = [];
  #dropped = 0;

  constructor(limit = MOST_POINTS) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#points.length;
  }

  /** Since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  add(points: readonly ServicePoint[]): void {
    this.#points.push(...points);
    const over = this.#points.length - this.#limit;
    if (over <= 0) return;
    this.#dropped += over;
    this.#points = this.#points.slice(over);
  }

  /** Takes the oldest out. */
  take(limit: number): readonly ServicePoint[] {
    return this.#points.splice(0, limit);
  }

  /** They could not be told: in front again, as far as there is room. */
  putBack(points: readonly ServicePoint[]): void {
    const room = Math.max(0, this.#limit - this.#points.length);
    const kept = room === 0 ? [] : points.slice(-room);
    this.#dropped += points.length - kept.length;
    this.#points = [...kept, ...this.#points];
  }
}
