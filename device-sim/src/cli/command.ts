import type { Machine } from "../gateway-child.ts";

/** What a command may use of the terminal and the process; tests hand in their own. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** Rewrites the last line; undefined when nobody watches. */
  readonly progress: ((line: string) => void) | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly machine: Machine;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly help: string;
  /** Returns the exit code. */
  run(argv: readonly string[], terminal: Terminal): Promise<number>;
}
