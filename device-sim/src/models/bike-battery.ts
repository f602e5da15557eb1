import type { Random } from "../random.ts";
import { clamp } from "./appliance.ts";

const NEW_WH = 500;
const CHARGER_W = 150;
const HEAT_J_PER_K = 3_000;
const LOSS_W_PER_K = 0.6;

export interface BatteryLoad {
  readonly airC: number;
  readonly drawW: number;
  /** `hot`: a broken charger that turns much of its power into heat inside the pack. */
  readonly charger: "none" | "good" | "hot";
}

/** A lithium battery that ages with every cycle, faster when it is warm. */
export class BikeBattery {
  soc: number;
  temperatureC = 10;
  /** Percent of the capacity when new. */
  health: number;
  cycles: number;
  chargeW = 0;
  imbalanceMv = 0;

  constructor(random: Random) {
    this.soc = random.between(60, 95);
    this.cycles = random.between(5, 250);
    this.health = 100 - this.cycles * 0.05;
  }

  step(dtS: number, { airC, drawW, charger }: BatteryLoad): void {
    const capacityWh = (NEW_WH * this.health) / 100;
    const taper = clamp((101 - this.soc) / 15, 0.15, 1);
    this.chargeW = charger === "none" ? 0 : CHARGER_W * taper;
    const flowW = this.chargeW * 0.95 - drawW * 1.08;
    const before = this.soc;
    this.soc = clamp(this.soc + (flowW * dtS) / 36 / capacityWh, 0, 100);
    const throughput = Math.abs(this.soc - before) / 200;
    this.cycles += throughput;
    const stress = this.temperatureC > 45 ? 6 : 1;
    this.health = Math.max(20, this.health - throughput * 0.05 * stress);
    const heatW = drawW * 0.06 + this.chargeW * 0.04 + (charger === "hot" ? 50 : 0);
    this.temperatureC += ((heatW - LOSS_W_PER_K * (this.temperatureC - airC)) * dtS) / HEAT_J_PER_K;
  }

  /** Weak cells fall behind the others by so much, as far as `mostMv`. */
  weaken(mv: number, mostMv: number): void {
    if (this.imbalanceMv < mostMv) this.imbalanceMv = Math.min(mostMv, this.imbalanceMv + mv);
  }

  voltage(drawW: number): number {
    return clamp(31 + this.soc * 0.105 - drawW * 0.004, 24, 43);
  }

  /** Millivolts between the strongest and the weakest cell. */
  spread(random: Random): number {
    return clamp(12 + this.imbalanceMv + random.normal(0, 3), 0, 500);
  }
}
