import { join } from "node:path";
import type { EpochMs } from "#domain/units.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import type { Clock } from "#ports/clock.ts";
import type { PointRejection, PointStore, ServicePoint } from "#ports/point-store.ts";
import { FleetReader } from "../cases-sqlite/fleet-reader.ts";
import { PointReader } from "../cases-sqlite/point-reader.ts";
import { SqliteValueReader } from "../cases-sqlite/sqlite-value-reader.ts";
import { FleetSampler } from "./fleet-sampler.ts";
import type { PointStats } from "./messages.ts";
import { PointLoop } from "./point-loop.ts";
import { PointRing } from "./point-ring.ts";
import { PointSender } from "./point-sender.ts";
import { Sweeps } from "./sweeps.ts";
import { UsePlace } from "./use-place.ts";

export interface ServiceTellingOptions {
  readonly store: PointStore;
  /** Names the store among those that the gateway may have used. */
  readonly storeName: string;
  readonly seriesFolder: string;
  /** Exists already. */
  readonly casesPath: string;
  readonly facts: FleetFacts;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onTold: (upTo: number) => void;
  readonly onRejected: (rejected: readonly PointRejection[]) => void;
}

/** Tells a store what the service decided and how it is, beside the samples. */
export class ServiceTelling implements AsyncDisposable {
  readonly #ring = new PointRing();
  readonly #waiting: PointReader;
  readonly #fleet: FleetReader;
  readonly #value: SqliteValueReader;
  readonly #sender: PointSender;
  readonly #sampler: FleetSampler;
  readonly #loop: PointLoop;

  constructor(options: ServiceTellingOptions) {
    const { store, storeName, seriesFolder, casesPath, facts, clock, random } = options;
    const { onTold, onRejected } = options;
    this.#waiting = new PointReader(casesPath);
    this.#fleet = new FleetReader(casesPath);
    this.#value = new SqliteValueReader(casesPath);
    const sweeps = new Sweeps();
    const ring = this.#ring;
    const waiting = this.#waiting;
    this.#sender = new PointSender({ store, waiting, ring, sweeps, onTold, onRejected });
    this.#sampler = new FleetSampler({
      fleet: this.#fleet,
      value: this.#value,
      facts,
      ring,
      sweeps,
      place: new UsePlace(join(seriesFolder, `${storeName}.use`)),
      elapsed: () => clock.elapsed(),
    });
    this.#loop = new PointLoop({ sender: this.#sender, clock, random });
  }

  get stats(): PointStats {
    return this.#sender.stats;
  }

  /** Takes points sampled elsewhere and samples the fleet where it is time. */
  sample(serviceTime: EpochMs, points: readonly ServicePoint[]): void {
    this.#ring.add(points);
    this.#sampler.sample(serviceTime);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#loop.close();
    this.#waiting[Symbol.dispose]();
    this.#fleet[Symbol.dispose]();
    this.#value[Symbol.dispose]();
  }
}
