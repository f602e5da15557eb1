import type { DeviceState } from "#domain/engine/state.ts";

/** What a device may have in common with others, by name: its attributes, `cohort` and `firmware`. */
export type Traits = Readonly<Record<string, string>>;

const LONGEST_VALUE = 60;
/** An attribute with more values tells devices apart instead of grouping them. */
const MOST_VALUES = 100;

export function traitsOf({ registered, firmware }: DeviceState): Traits {
  const traits: Record<string, string> = {};
  for (const [name, value] of Object.entries(registered.attrs)) {
    const text = String(value);
    if (text !== "" && text.length <= LONGEST_VALUE) traits[name] = text;
  }
  if (registered.cohort !== "") traits.cohort = registered.cohort;
  if (firmware !== "") traits.firmware = firmware;
  return traits;
}

/** How many devices have which value of which attribute. */
export class TraitCounts {
  #size = 0;
  readonly #byName = new Map<string, Map<string, number>>();

  add(traits: Traits, by: 1 | -1): void {
    this.#size += by;
    for (const name in traits) {
      const value = traits[name] ?? "";
      const values = this.#byName.get(name) ?? new Map<string, number>();
      const next = (values.get(value) ?? 0) + by;
      if (next === 0) values.delete(value);
      else values.set(value, next);
      this.#byName.set(name, values);
    }
  }

  get size(): number {
    return this.#size;
  }

  count(name: string, value: string): number {
    return this.#byName.get(name)?.get(value) ?? 0;
  }

  /** True if devices can be compared by it. */
  isShared(name: string): boolean {
    const values = this.#byName.get(name)?.size ?? 0;
    return values >= 1 && values <= MOST_VALUES;
  }

  /** Number of values, over all attributes, that a case is compared by. */
  get compared(): number {
    let sum = 0;
    for (const [name, values] of this.#byName) if (this.isShared(name)) sum += values.size;
    return sum;
  }
}
