import type { Random } from "../random.ts";
import { rounded } from "./appliance.ts";

const CUP_ML = 40;
const RINSE_ML = 25;
const FILTER_PER_CUP = 0.1;
/** Water harder than set: the filter is used up twice as fast. */
const FILTER_PER_CUP_HARD = 0.2;

/** What an espresso machine collects, uses up and counts with every coffee. */
export class EspressoStock {
  /** Percent. */
  scale: number;
  /** Percent left. */
  filter: number;
  grounds = 20;
  tank = 90;
  cups: number;
  waterL: number;
  milkMl: number;

  constructor(random: Random) {
    this.scale = random.between(5, 35);
    this.filter = random.between(40, 95);
    this.cups = random.integer(0, 4_000);
    this.waterL = rounded(this.cups * 0.06, 1);
    this.milkMl = this.cups * 30;
  }

  /** One coffee; returns the water that was drawn, ml. */
  takeCup({ hardWater }: { readonly hardWater: boolean }): number {
    this.cups += 1;
    this.waterL += (CUP_ML + RINSE_ML) / 1000;
    this.tank = Math.max(0, this.tank - 3);
    this.scale = Math.min(100, this.scale + 0.12);
    this.filter = Math.max(0, this.filter - (hardWater ? FILTER_PER_CUP_HARD : FILTER_PER_CUP));
    return CUP_ML;
  }

  /** Whether the container is full and has to be emptied, which the household then does. */
  addGrounds(): boolean {
    this.grounds += 4;
    if (this.grounds < 100) return false;
    this.grounds = 0;
    return true;
  }
}
