import type { Random } from "../random.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Mean over the year's weeks and half the difference between night and day, Celsius. */
export interface Climate {
  readonly meanC: number;
  readonly swingC: number;
}

/** Temperature changes from hour to hour within a day; interpolated, so any step length sees the same. */
export class Weather {
  readonly #random: Random;
  readonly #meanC: number;
  readonly #swingC: number;

  constructor(random: Random, { meanC, swingC }: Climate = { meanC: 3, swingC: 4.5 }) {
    this.#random = random;
    this.#meanC = meanC;
    this.#swingC = swingC;
  }

  /** Coldest at 4 h, warmest at 16 h UTC, with slow fronts and hourly noise. */
  outdoorC(nowMs: number): number {
    const day = Math.sin(((nowMs % DAY_MS) / DAY_MS) * 2 * Math.PI - (10 / 24) * 2 * Math.PI);
    const front = this.#noise("front", nowMs, 30 * HOUR_MS) * 3;
    const gust = this.#noise("hour", nowMs, HOUR_MS) * 0.6;
    return this.#meanC + this.#swingC * day + front + gust;
  }

  #noise(name: string, nowMs: number, periodMs: number): number {
    const index = Math.floor(nowMs / periodMs);
    const share = nowMs / periodMs - index;
    const at = (n: number): number => this.#random.fork(`${name}:${n}`).normal(0, 1);
    return at(index) * (1 - share) + at(index + 1) * share;
  }
}
