import type { ReadinessOptions } from "./gateway-process.ts";

/** A failure that the person at the terminal can do something about; the message says what. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}

/** What a bench may use of the process it runs in; only main.ts knows the rest. */
export interface BenchContext extends ReadinessOptions {
  readonly out: (line: string) => void;
  /** CPU time of this process so far, all threads. */
  readonly cpuMs: () => number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface NumberOption {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

/** One measurement; K and T are the names of its options that are numbers and text. */
export interface Bench<K extends string = string, T extends string = string> {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<K, NumberOption>>;
  /** Paths and names, with their help. */
  readonly texts?: Readonly<Record<T, string>>;
  /**
   * Runs and returns its figures, one JSON object.
   * @throws BenchError when it cannot measure here, e.g. because a program is missing.
   */
  run(
    options: Readonly<Record<K, number>>,
    context: BenchContext,
    texts: Readonly<Partial<Record<T, string>>>,
  ): Promise<BenchResult>;
}

/** Ties the option names that `run` reads to those that are declared. */
export const defineBench = <K extends string, T extends string = never>(
  bench: Bench<K, T>,
): Bench => bench;

export interface BenchResult {
  readonly figures: Readonly<Record<string, unknown>>;
  /** False when a promise was broken, whatever the speed. */
  readonly ok: boolean;
}

/** @throws BenchError that names the option, its value and what would be right. */
export function readOptions(
  bench: Bench,
  given: Readonly<Record<string, string | undefined>>,
): Record<string, number> {
  const values: Record<string, number> = {};
  for (const [name, option] of Object.entries(bench.options)) {
    const text = given[name];
    const value = text === undefined ? option.default : Number(text);
    if (text?.trim() === "" || !(value >= option.min && value <= option.max)) {
      throw new BenchError(
        `--${name} is "${text}"; it must be a number from ${option.min} to ${option.max}`,
      );
    }
    values[name] = value;
  }
  return values;
}
