import type { SignalValues } from "@voorzorg/firmware-contracts";

type SettingValue = string | number | boolean;

interface Setting {
  /** As it leaves the factory. */
  readonly value: SettingValue;
  /** What this device can do, which may be less than its product's contract allows. */
  readonly range?: readonly [low: number, high: number];
}

/** What a device was told to work with. It takes what it can do, and keeps its own value for the rest. */
export class DeviceSettings {
  readonly #known: Readonly<Record<string, Setting>>;
  readonly #values: Record<string, SettingValue>;

  constructor(known: Readonly<Record<string, Setting>>) {
    this.#known = known;
    this.#values = Object.fromEntries(
      Object.entries(known).map(([name, { value }]) => [name, value]),
    );
  }

  /** What it works with now: the truth that it reports, whatever was wanted. */
  values(): SignalValues {
    return { ...this.#values };
  }

  number(name: string): number {
    return Number(this.#values[name]);
  }

  /** By the device's own buttons or by command; false, and nothing happens, if it cannot do that. */
  set(name: string, value: SettingValue): boolean {
    const known = this.#known[name];
    if (known === undefined || typeof value !== typeof known.value) return false;
    if (typeof value === "number" && known.range !== undefined) {
      const [low, high] = known.range;
      if (!(value >= low && value <= high)) return false;
    }
    this.#values[name] = value;
    return true;
  }

  /** Each wanted value by itself: one that cannot be does not keep the others from being taken. */
  take(wanted: SignalValues): void {
    for (const [name, value] of Object.entries(wanted)) if (value !== null) this.set(name, value);
  }
}
