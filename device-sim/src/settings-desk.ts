import type { SignalValues } from "@voorzorg/firmware-contracts";
import { decodeDesired } from "@voorzorg/firmware-contracts";

export interface SettingsReport {
  /** Newest version of the wanted settings that the device has looked at. */
  readonly version: number;
  /** What it works with now: where this differs from what was wanted, it could not take it. */
  readonly settings: SignalValues;
}

/** A device's side of wanted settings: newer ones are taken over, older ones change nothing, both are reported. */
export class SettingsDesk {
  readonly #take: (settings: SignalValues) => void;
  readonly #inUse: () => SignalValues;
  #version = 0;

  constructor(device: {
    readonly take: (settings: SignalValues) => void;
    readonly inUse: () => SignalValues;
  }) {
    this.#take = device.take;
    this.#inUse = device.inUse;
  }

  /** What to report; undefined if the message cannot be read. */
  receive(payload: Uint8Array): SettingsReport | undefined {
    const desired = decodeDesired(payload);
    if (!desired.ok) return undefined;
    const { version, settings } = desired.value;
    if (version > this.#version) {
      this.#version = version;
      this.#take(settings);
    }
    return { version: this.#version, settings: this.#inUse() };
  }
}
