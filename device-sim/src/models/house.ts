const HEAT_J_PER_K = 28_800_000;
const LOSS_W_PER_K = 170;
/** People, sun and appliances. */
const FREE_HEAT_W = 350;

/** A house as one store of heat: slow to warm, slow to cool. */
export class House {
  roomC = 20.8;

  /** What keeps the room at the set point, plus a push towards it. */
  demandW(setpointC: number, outdoorC: number): number {
    const standing = LOSS_W_PER_K * (setpointC - outdoorC) - FREE_HEAT_W;
    return Math.max(0, standing + 2_500 * (setpointC - this.roomC));
  }

  step(dtS: number, heatW: number, outdoorC: number): void {
    const lossW = LOSS_W_PER_K * (this.roomC - outdoorC);
    this.roomC += ((heatW + FREE_HEAT_W - lossW) * dtS) / HEAT_J_PER_K;
  }

  /** Heat taken out of the house, e.g. to melt ice. */
  cool(dtS: number, heatW: number): void {
    this.roomC -= (heatW * dtS) / HEAT_J_PER_K;
  }
}
