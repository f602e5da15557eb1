import type { ChangedViews, Effects } from "#domain/effects.ts";
import type { EpochMs } from "#domain/units.ts";
import { DecisionPoints } from "#pipeline/points/decision-points.ts";
import { DeviceChanges } from "#pipeline/points/device-points.ts";
import type { ServicePoint } from "#ports/point-store.ts";

/** What the deciding side tells of itself. Offered everything once, in order. */
export class ServicePoints {
  readonly #decisions = new DecisionPoints();
  readonly #devices = new DeviceChanges();

  /** `at`: service clock of the views. */
  of(effects: readonly Effects[], views: ChangedViews, at: EpochMs): readonly ServicePoint[] {
    this.#devices.forget(views.removedDevices);
    const decided = effects.flatMap((one) => this.#decisions.of(one));
    return [...decided, ...this.#devices.of(views.devices, at)];
  }
}
