import type { Random } from "../random.ts";

const FULL_FLOW = 24;
const HEALTHY_BAR = 1.6;
/** Below this air gets in and little water moves. */
const AIR_BELOW_BAR = 0.6;
const LEAK_BAR_PER_H = 0.25;
/** What a worn circulation pump still moves, and how fast it gets there. */
const WORN_PUMP = 0.65;
const WEAR_PER_DAY = 0.15;

/** The heating water of a heat pump: pressure, a pump, and a filter that collects dirt. */
export class WaterCircuit {
  pressureBar = HEALTHY_BAR;
  /** Percent of the filter that is clogged. */
  filterLoad: number;
  #pumpShare = 1;

  constructor(random: Random) {
    this.filterLoad = random.between(5, 35);
  }

  step(dtS: number, how: { readonly leaks: boolean; readonly pumpWears: boolean }): void {
    if (how.leaks) {
      this.pressureBar = Math.max(0.3, this.pressureBar - (dtS / 3_600) * LEAK_BAR_PER_H);
    }
    if (how.pumpWears) {
      this.#pumpShare = Math.max(WORN_PUMP, this.#pumpShare - (dtS / 86_400) * WEAR_PER_DAY);
    }
    this.filterLoad = Math.min(100, this.filterLoad + dtS * 2e-6);
  }

  /** Litres a minute while the machine works. */
  flow(): number {
    const dirt = 1 - 0.62 * (this.filterLoad / 100) ** 2;
    const air = this.pressureBar < AIR_BELOW_BAR ? 0.55 : 1;
    return FULL_FLOW * dirt * air * this.#pumpShare;
  }

  refill(): void {
    this.pressureBar = HEALTHY_BAR;
  }

  service(): void {
    this.refill();
    this.#pumpShare = 1;
    this.filterLoad = Math.min(this.filterLoad, 20);
  }
}
