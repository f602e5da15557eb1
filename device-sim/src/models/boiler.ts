import { clamp } from "./appliance.ts";

const WATER_J_PER_K = 3_500;
const ELEMENT_J_PER_K = 800;
/** Losses of a machine on a counter. */
const LOSS_W_PER_K = 4;
/** Heating element to water without scale. */
const TRANSFER_W_PER_K = 120;
/** The relief valve opens here, so that a stuck heater ends in steam, not in infinity. */
const RELIEF_C = 140;
const RELIEF_W_PER_K = 220;
const ROOM_C = 21;
export const HEATER_W = 1_400;

/**
 * Two heat stores: the element and the water. Scale insulates them from each other, so a scaled
 * boiler heats slowly and overshoots by what the element still holds.
 */
export class Boiler {
  waterC = ROOM_C;
  #elementC = ROOM_C;
  #inflowJ = 0;

  /** Cold water replaces what was drawn. */
  draw(ml: number): void {
    this.#inflowJ += ml * 4.186 * Math.max(0, this.waterC - 15);
  }

  step(dtS: number, heaterW: number, scalePercent: number): void {
    const transferW =
      TRANSFER_W_PER_K * (1 - 0.75 * (scalePercent / 100)) * (this.#elementC - this.waterC);
    const lossW = LOSS_W_PER_K * (this.waterC - ROOM_C);
    const reliefW = Math.max(0, this.waterC - RELIEF_C) * RELIEF_W_PER_K;
    const takenW = Math.min(this.#inflowJ, 900 * dtS) / dtS;
    this.#inflowJ -= takenW * dtS;
    this.#elementC += ((heaterW - transferW) * dtS) / ELEMENT_J_PER_K;
    this.waterC += ((transferW - lossW - reliefW - takenW) * dtS) / WATER_J_PER_K;
  }
}

/** What the thermostat asks of the heater: proportional around the set point, with the standing loss. */
export function thermostatW(setpointC: number, measuredC: number): number {
  const standing = LOSS_W_PER_K * (setpointC - ROOM_C);
  return clamp(standing + 260 * (setpointC - measuredC), 0, HEATER_W);
}
