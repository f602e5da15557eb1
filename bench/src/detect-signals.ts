import type { SignalValues } from "@voorzorg/firmware-contracts";
import { GAUGES } from "./detect-rules.ts";

const ROUNDS = 96 * 7;
const MACHINES = 16;

/**
 * A week of readings per machine, over and over: a daily course, noise of its own and, rarely, a
 * breach. Made once and shared, so that a bench measures the rules and not the making.
 */
export class Daily {
  readonly #week: readonly SignalValues[];
  readonly #shift: number;

  constructor(index: number) {
    this.#week = weeks()[index % MACHINES] ?? [];
    this.#shift = Math.floor(index / MACHINES);
  }

  valuesAt(round: number): SignalValues {
    return this.#week[(round + this.#shift) % ROUNDS] ?? {};
  }
}

let made: readonly (readonly SignalValues[])[] | undefined;

function weeks(): readonly (readonly SignalValues[])[] {
  made ??= Array.from({ length: MACHINES }, (_, machine) => {
    const random = mulberry(machine + 1);
    return Array.from({ length: ROUNDS }, (_, round) => valuesOf(round, random));
  });
  return made;
}

function valuesOf(round: number, random: () => number): SignalValues {
  const values: Record<string, number | string | boolean> = {};
  for (const [index, gauge] of GAUGES.entries()) {
    const course = 20 * Math.sin((2 * Math.PI * (round + 12 * index)) / 96);
    const breach = random() < 0.001 ? 40 : 0;
    values[gauge] = Math.round(100 * (50 + course + 6 * (random() + random() - 1) + breach)) / 100;
  }
  const hour = Math.floor(round / 4) % 24;
  values.state = hour < 6 ? "standby" : round % 5 === 0 ? "idle" : "busy";
  values.door_open = random() < 0.02;
  return values;
}

/** Small seeded generator (mulberry32): the same numbers in every run. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
