import { clamp, Repeater, rounded } from "./appliance.ts";
import { Boiler, HEATER_W, thermostatW } from "./boiler.ts";

const HOUR_MS = 3_600_000;
/** A worn contact that was parted sticks again after this. */
const PARTED_FOR_MS = 3 * HOUR_MS;
/** A thermostat out of tune holds so much more than it was set to. */
const OUT_OF_TUNE_K = 13;
/** What the regulation of firmware 2.5.0 aims at, whatever it was set to. */
const WRONG_SETPOINT_C = 132;

/** What the machine around the heater knows at the moment. */
export interface HeaterSurroundings {
  readonly nowMs: number;
  readonly setpointC: number;
  readonly scalePercent: number;
  /** Whether this trouble is real now. */
  readonly has: (trouble: string) => boolean;
}

/** Boiler, element, relay and temperature sensor of an espresso machine, and what can go wrong with them. */
export class EspressoHeater {
  readonly boiler = new Boiler();
  watts = 0;
  #allowed = true;
  #allowedAgainAtMs = Number.POSITIVE_INFINITY;
  #commandedW = 0;
  #defiantS = 0;
  #stuckAgainAtMs = 0;
  #frozenC: number | undefined;
  #driftC = 0;
  readonly #error = new Repeater(HOUR_MS);

  constructor() {
    this.boiler.waterC = 90;
  }

  get allowed(): boolean {
    return this.#allowed;
  }

  allow(): void {
    this.#allowed = true;
    this.#allowedAgainAtMs = Number.POSITIVE_INFINITY;
  }

  /** Switching parts a sticky contact and takes the thermostat out of the circuit, but parts no weld. */
  forbid(nowMs: number, untilMs: number): void {
    this.#allowed = false;
    this.#allowedAgainAtMs = untilMs;
    this.#stuckAgainAtMs = nowMs + PARTED_FOR_MS;
  }

  /** The sensor's value stays what it is now. */
  freeze(measuredC: number | null): void {
    this.#frozenC = measuredC ?? 93;
  }

  repair(): void {
    this.allow();
    this.#driftC = 0;
  }

  measuredC(noise: () => number, has: HeaterSurroundings["has"]): number | null {
    if (has("sensor_lost")) return null;
    if (has("sensor_stuck") && this.#frozenC !== undefined) return this.#frozenC;
    return rounded(clamp(this.boiler.waterC + this.#driftC + noise(), 0, 180), 1);
  }

  step(dtS: number, { nowMs, setpointC, scalePercent, has }: HeaterSurroundings): void {
    if (nowMs >= this.#allowedAgainAtMs) this.allow();
    const driftedC = this.boiler.waterC + this.#driftC;
    const feltC = has("sensor_stuck") ? (this.#frozenC ?? this.boiler.waterC) : driftedC;
    const aimC = setpointC + (has("thermostat_warm") ? OUT_OF_TUNE_K : 0);
    const wanted = has("sensor_lost") ? 0 : thermostatW(aimC, feltC);
    this.#commandedW = this.#allowed ? wanted : 0;
    if (this.#allowed && has("heater_thermostat_stuck")) this.#commandedW = HEATER_W;
    // The firmware answers to its commands and drives the output as it likes.
    if (has("firmware_runs_hot")) this.#commandedW = thermostatW(WRONG_SETPOINT_C, feltC);
    const worn = has("heater_relay_worn") && nowMs >= this.#stuckAgainAtMs;
    const closed = worn || has("heater_relay_stuck") || has("heater_relay_welded");
    this.watts = closed ? HEATER_W : this.#commandedW;
    if (has("sensor_drift")) this.#driftC = Math.max(-14, this.#driftC - (dtS / 3600) * 2);
    this.boiler.step(dtS, this.watts, scalePercent);
  }

  /** Whether the machine's own supervision reports now that the heater does not follow. */
  defies(dtS: number, nowMs: number): boolean {
    const defiant = this.watts > this.#commandedW + 200;
    this.#defiantS = defiant ? this.#defiantS + dtS : 0;
    if (!defiant) this.#error.reset();
    return this.#defiantS >= 60 && this.#error.due(nowMs);
  }
}
