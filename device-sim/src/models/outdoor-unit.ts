import { clamp } from "./appliance.ts";

const FAN_FULL = 900;
/** What a worn bearing still lets through. */
const FAN_WORN = 430;
/** A leak of a twentieth a day; the low-pressure switch of real machines acts about here. */
const LEAK_PER_S = 0.05 / 86_400;
const LEAST_REFRIGERANT = 0.7;

export interface OutdoorConditions {
  readonly running: boolean;
  readonly outdoorC: number;
  /** Heat output over the machine's most. */
  readonly heatShare: number;
}

/** Evaporator and fan: little air makes it cold, cold makes it ice, ice lets less air through. */
export class OutdoorUnit {
  outdoorC = 5;
  evaporatorC = 5;
  /** Percent of the fins' area. */
  ice = 0;
  fanTarget = 0;
  fanSpeed = 0;
  /** Share of full speed that the controller may ask for. */
  fanLimit = 1;
  fanWorn = false;
  leaking = false;
  /** Share of the refrigerant that is left. */
  #refrigerant = 1;

  refill(): void {
    this.#refrigerant = 1;
  }

  step(dtS: number, { running, outdoorC, heatShare }: OutdoorConditions): void {
    this.outdoorC = outdoorC;
    this.fanTarget = running ? FAN_FULL * this.fanLimit * clamp(0.55 + heatShare / 2, 0.3, 1) : 0;
    const reachable = this.fanWorn ? Math.min(this.fanTarget, FAN_WORN) : this.fanTarget;
    this.fanSpeed += (reachable - this.fanSpeed) * Math.min(1, dtS / 20);
    const air = clamp((this.fanSpeed / FAN_FULL) * (1 - this.ice / 160), 0.1, 1);
    if (this.leaking)
      this.#refrigerant = Math.max(LEAST_REFRIGERANT, this.#refrigerant - dtS * LEAK_PER_S);
    const missing = 1 - this.#refrigerant;
    const goalC = running ? outdoorC - 3 - 5 * heatShare - 2.2 / air - 20 * missing : outdoorC;
    this.evaporatorC += (goalC - this.evaporatorC) * Math.min(1, dtS / 120);
    if (running) this.#freeze(dtS);
    else if (outdoorC > 1) this.melt((dtS / 3600) * 0.3);
  }

  /** Below zero the fins collect frost; deep cold is dry, so that most ice grows around freezing. */
  #freeze(dtS: number): void {
    if (this.evaporatorC >= 0) return;
    const damp = clamp(1.2 - Math.abs(this.outdoorC - 1) / 12, 0.2, 1);
    const growth = clamp(-this.evaporatorC / 10, 0.1, 1) * damp;
    this.ice = Math.min(100, this.ice + (dtS / 3600) * 45 * growth);
  }

  melt(share: number): void {
    this.ice = Math.max(0, this.ice - 100 * share);
  }

  /** Share of the asked heat that ice lets through and the refrigerant carries. */
  capacity(): number {
    return (1 - 0.45 * (this.ice / 100)) * this.#refrigerant;
  }

  /** Half of Carnot's, which is what good machines reach, less without refrigerant. */
  cop(flowC: number): number {
    const lift = Math.max(12, flowC - this.evaporatorC);
    return clamp((0.5 * this.#refrigerant * (flowC + 273)) / lift, 1.2, 7);
  }
}
