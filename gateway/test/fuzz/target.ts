import type { Rng } from "./rng.ts";

/** Something that is fed one input at a time, and must answer each in its own terms. */
export interface FuzzTarget<Input> {
  readonly name: string;
  make(rng: Rng): Input;
  /** The outcome by name; an exception is a finding. */
  run(input: Input): string | Promise<string>;
  /** What is kept of an input that failed, so that it can be looked at. */
  show(input: Input): string;
  /** Forgets what the surroundings have noted, so that only leaks of ours remain. */
  tidy?(): void;
}

/** The service did something that it must never do. */
export class FuzzFinding extends Error {}

export function must(holds: boolean, otherwise: () => string): asserts holds {
  if (!holds) {
    throw new FuzzFinding(otherwise());
  }
}
