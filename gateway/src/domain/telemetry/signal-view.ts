import type { ProductModel, SignalValue } from "@voorzorg/firmware-contracts";
import type { SignalView } from "#domain/detect/detector.ts";
import type { Presence } from "#domain/device-view.ts";
import type { EpochMs } from "#domain/units.ts";

/** A gauge is unknown after this many expected periods without a sample. */
const STALE_PERIODS = 3;

export interface KnownSignals {
  readonly signals: Readonly<Record<string, readonly [value: SignalValue, at: EpochMs]>>;
  readonly presence: Presence;
}

/**
 * What is known of a device's signals at device time `at`. A gauge or counter goes unknown after
 * three expected periods without a sample; a state, flag or text holds while the device is online;
 * `null` is unknown now.
 */
export class DeviceSignals implements SignalView {
  readonly at: EpochMs;
  readonly #known: KnownSignals;
  readonly #model: ProductModel;

  constructor(model: ProductModel, known: KnownSignals, at: EpochMs) {
    this.#model = model;
    this.#known = known;
    this.at = at;
  }

  get(name: string): number | string | boolean | undefined {
    const now = this.#known.signals[name];
    if (now === undefined) return undefined;
    const [value, sampledAt] = now;
    if (value === null) return undefined;
    const model = this.#model.signals[name];
    if (model === undefined) return undefined;
    if (model.kind === "gauge" || model.kind === "counter") {
      const period = model.periodMs ?? this.#model.expectedPeriodMs;
      return this.at - sampledAt > STALE_PERIODS * period ? undefined : value;
    }
    return this.#known.presence === "online" ? value : undefined;
  }
}
