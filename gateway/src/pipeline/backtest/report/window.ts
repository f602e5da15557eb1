import type { SignalValue } from "@voorzorg/firmware-contracts";
import type { EpochMs } from "#domain/units.ts";
import type { Recorded } from "#pipeline/backtest/recorded.ts";

/** Lowest and highest value of a signal in one slice of the window. */
export interface Slice {
  readonly low: number;
  readonly high: number;
  readonly last: number;
}

const SLICES = 400;

/** What a device sent between two times, thinned to what a chart can show. Rows may come in any order. */
export class Window {
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Number of events by code. */
  readonly events = new Map<string, number>();
  /** Slices in which at least one event came, as their start within the window, 0 to 1. */
  readonly ticks = new Set<number>();
  readonly #signals = new Map<string, (Slice | undefined)[]>();

  constructor(from: EpochMs, to: EpochMs) {
    this.from = from;
    this.to = to;
  }

  /** Names of signals with numbers in the window, in the order of the recording. */
  get signals(): readonly string[] {
    return [...this.#signals.keys()];
  }

  /** One entry per slice, oldest first; undefined = nothing known in it. */
  slices(signal: string): readonly (Slice | undefined)[] {
    return this.#signals.get(signal) ?? [];
  }

  take(item: Recorded): void {
    const { tsMs } = item;
    if (tsMs === undefined || tsMs < this.from || tsMs > this.to) return;
    const share = (tsMs - this.from) / Math.max(1, this.to - this.from);
    const index = Math.min(SLICES - 1, Math.floor(share * SLICES));
    if (item.kind === "event") {
      this.events.set(item.code, (this.events.get(item.code) ?? 0) + 1);
      this.ticks.add(index / SLICES);
      return;
    }
    for (const [name, value] of Object.entries(item.values)) {
      const number = numberOf(value);
      if (number !== undefined) this.#add(name, index, number);
    }
  }

  #add(name: string, index: number, value: number): void {
    let slices = this.#signals.get(name);
    if (slices === undefined) {
      slices = new Array<Slice | undefined>(SLICES).fill(undefined);
      this.#signals.set(name, slices);
    }
    const known = slices[index];
    slices[index] = {
      low: Math.min(known?.low ?? value, value),
      high: Math.max(known?.high ?? value, value),
      last: value,
    };
  }
}

function numberOf(value: SignalValue): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "boolean" ? Number(value) : undefined;
}
