import type { DurationMs, EpochMs } from "#domain/units.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "#domain/units.ts";
import { devicePoint } from "#pipeline/points/device-points.ts";
import type { FleetFacts } from "#pipeline/points/fleet-facts.ts";
import { fleetPoints, openCasePoints, rulePoints } from "#pipeline/points/fleet-points.ts";
import type { Day } from "#pipeline/points/use-points.ts";
import { CohortUse, daysToTell, usePoints } from "#pipeline/points/use-points.ts";
import { valuePoints, valueWindow } from "#pipeline/points/value-points.ts";
import type { ServicePoint } from "#ports/point-store.ts";
import type { FleetReader } from "../cases-sqlite/fleet-reader.ts";
import type { SqliteValueReader } from "../cases-sqlite/sqlite-value-reader.ts";
import type { PointRing } from "./point-ring.ts";
import type { Sweeps } from "./sweeps.ts";
import type { UsePlace } from "./use-place.ts";

const DEVICES_EVERY_MS: DurationMs = 15 * MINUTE_MS;
/** Where the service clock runs faster than life, what looks at everything is spared. */
const LARGE_EVERY_MS: DurationMs = 10 * SECOND_MS;

export interface FleetSamplerDeps {
  readonly fleet: Pick<FleetReader, "presence" | "open" | "rules" | "products" | "devices" | "use">;
  readonly value: Pick<SqliteValueReader, "count">;
  readonly facts: FleetFacts;
  readonly ring: PointRing;
  readonly sweeps: Sweeps;
  readonly place: Pick<UsePlace, "load" | "save">;
  /** What has passed really, from some moment on. */
  readonly elapsed: () => DurationMs;
}

/** Samples the fleet whenever the service clock has come to the next minute, quarter, hour or day. */
export class FleetSampler {
  readonly #deps: FleetSamplerDeps;
  #minute: EpochMs = 0;
  #quarter: EpochMs = 0;
  #hour: EpochMs = 0;
  #valueHour: EpochMs = 0;
  #told: Day | undefined;
  /** Days whose sweep is on its way. */
  #telling: Day | undefined;
  readonly #largeAt = new Map<string, DurationMs>();

  constructor(deps: FleetSamplerDeps) {
    this.#deps = deps;
    this.#told = deps.place.load();
  }

  /** @throws StoreUnavailableError; what is due then is due again the next time. */
  sample(serviceTime: EpochMs): void {
    if (serviceTime <= 0) return;
    const { fleet, facts, ring } = this.#deps;
    const minute = begun(serviceTime, MINUTE_MS);
    if (minute > this.#minute) {
      const open = fleet.open();
      ring.add(fleetPoints(facts, { presence: fleet.presence(), open }, minute));
      ring.add(openCasePoints(facts, open, minute));
      this.#minute = minute;
    }
    const hour = begun(serviceTime, HOUR_MS);
    if (hour > this.#hour && this.#mayLook("rules")) {
      const counts = { rules: fleet.rules(serviceTime), products: fleet.products(serviceTime) };
      ring.add(rulePoints(facts, counts, hour));
      this.#hour = hour;
    }
    const quarter = begun(serviceTime, DEVICES_EVERY_MS);
    if (quarter > this.#quarter && this.#mayLook("devices")) {
      this.#sweepDevices(minute);
      this.#quarter = quarter;
    }
    if (hour > this.#valueHour && this.#mayLook("value")) {
      this.#sweepValue(begun(hour, DAY_MS));
      this.#valueHour = hour;
    }
    this.#sweepUse(serviceTime);
  }

  #mayLook(what: string): boolean {
    const now = this.#deps.elapsed();
    const before = this.#largeAt.get(what);
    if (before !== undefined && now - before < LARGE_EVERY_MS) return false;
    this.#largeAt.set(what, now);
    return true;
  }

  #sweepDevices(at: EpochMs): void {
    const { fleet, sweeps } = this.#deps;
    sweeps.add("devices", {
      *pages() {
        for (const page of fleet.devices()) yield page.map((device) => devicePoint(device, at));
      },
      done: () => undefined,
    });
  }

  /** Of the days before this one, anew each hour: verdicts and calls come later than their cases. */
  #sweepValue(day: EpochMs): void {
    const { value, facts, sweeps } = this.#deps;
    sweeps.add("value", {
      *pages() {
        const pages = value.count(valueWindow(day));
        for (;;) {
          const page = pages.next();
          yield page.done === true ? valuePoints(facts, page.value, day) : NOTHING;
          if (page.done === true) return;
        }
      },
      done: () => undefined,
    });
  }

  #sweepUse(serviceTime: EpochMs): void {
    const { fleet, facts, sweeps, place } = this.#deps;
    const days = daysToTell(serviceTime, this.#told);
    const newest = days.at(-1);
    if (newest === undefined || newest === this.#telling || !this.#mayLook("use")) return;
    this.#telling = newest;
    sweeps.add("use", {
      *pages() {
        const cohort = new CohortUse(days);
        for (const page of fleet.use()) {
          for (const device of page) cohort.add(device);
          yield NOTHING;
        }
        for (const page of fleet.use()) {
          yield page.flatMap((device) => usePoints(device, days, { facts, cohort }));
        }
      },
      done: () => {
        this.#told = newest;
        this.#telling = undefined;
        place.save(newest);
      },
    });
  }
}

const NOTHING: readonly ServicePoint[] = [];

const begun = (at: EpochMs, every: DurationMs): EpochMs => Math.floor(at / every) * every;
