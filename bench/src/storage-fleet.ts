import { Random } from "@voorzorg/device-sim";
import type { SignalValues } from "@voorzorg/firmware-contracts";
import { REPORTING } from "../../device-sim/src/fleet/reporting.ts";
import type { Appliance } from "../../device-sim/src/models/appliance.ts";
import type { ProductId } from "../../device-sim/src/models/make-appliance.ts";
import { makeAppliance, PRODUCTS } from "../../device-sim/src/models/make-appliance.ts";
import { Weather } from "../../device-sim/src/models/weather.ts";
import type { SeriesRow } from "../../gateway/src/ports/series-store.ts";

const SLICE_MS = 15 * 60_000;
/** Appliances that are lived through per product; the other devices repeat their readings with clocks of their own. */
const LIVES = 8;
/** How far a device's report is off the round second. */
const JITTER_MS = 40;

interface Reading {
  readonly at: number;
  readonly values: SignalValues;
}

class Life {
  readonly product: ProductId;
  readonly #appliance: Appliance;
  readonly #weather: Weather;
  #nowMs: number;

  constructor(product: ProductId, random: Random, startMs: number) {
    this.product = product;
    const owner = { followsAdvice: 0.5, appetite: random.between(0.7, 1.3) };
    this.#appliance = makeAppliance(product, random.fork("appliance"), owner);
    this.#weather = new Weather(random.fork("weather"));
    this.#nowMs = startMs;
  }

  /** What it measures until then, as often as it does in calm hours. */
  until(endMs: number): readonly Reading[] {
    const { calm, sessions } = REPORTING[this.product];
    const readings: Reading[] = [];
    while (this.#nowMs < endMs) {
      const next = this.#nowMs + calm.sampleMs;
      if (sessions !== undefined && this.#nowMs % sessions.everyMs >= sessions.lengthMs) {
        this.#nowMs = endMs;
        break;
      }
      const environment = { nowMs: next, outdoorC: this.#weather.outdoorC(next) };
      this.#appliance.step(calm.sampleMs, environment);
      this.#appliance.takeEvents();
      this.#nowMs = next;
      readings.push({ at: next, values: this.#appliance.readings() });
    }
    return readings;
  }
}

/** The simulator's appliances as rows of the series store, in the order in which a gateway would see them. */
export class StorageFleet {
  readonly devices: readonly string[];
  readonly #lives: readonly Life[];
  readonly #random: Random;
  readonly #shifts: readonly number[];
  #nowMs: number;

  constructor(devices: number, startMs: number, seed: string) {
    const random = new Random(seed);
    this.#random = random.fork("jitter");
    this.#nowMs = startMs;
    this.#lives = Array.from({ length: PRODUCTS.length * LIVES }, (_, n) => {
      const product = PRODUCTS[n % PRODUCTS.length] ?? "espresso-pro";
      return new Life(product, random.fork(`life-${n}`), startMs);
    });
    this.devices = Array.from({ length: devices }, (_, n) => `${this.#life(n).product}-${n}`);
    this.#shifts = this.devices.map(() => Math.floor(this.#random.between(0, 60_000)));
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** The rows of the next quarter of an hour. */
  next(): readonly SeriesRow[] {
    this.#nowMs += SLICE_MS;
    const readings = this.#lives.map((life) => life.until(this.#nowMs));
    const rows: SeriesRow[] = [];
    for (const [n, device] of this.devices.entries()) {
      const { product } = this.#life(n);
      for (const { at, values } of readings[n % this.#lives.length] ?? []) {
        const jitter = Math.floor(this.#random.next() * JITTER_MS);
        rows.push({ product, device, at: at + (this.#shifts[n] ?? 0) + jitter, values });
      }
    }
    return rows.sort((a, b) => a.at - b.at);
  }

  #life(device: number): Life {
    const life = this.#lives[device % this.#lives.length];
    if (life === undefined) throw new RangeError("a fleet has at least one life");
    return life;
  }
}
