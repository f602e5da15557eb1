import type { CommandMessage, CommandState } from "@voorzorg/firmware-contracts";

/** What running a command came to. */
export interface CommandOutcome {
  readonly state: "succeeded" | "failed" | "rejected";
  /** lower_snake_case; says why it did not succeed. */
  readonly code?: string;
  readonly msg?: string;
}

export interface CommandAnswer {
  readonly id: string;
  readonly state: CommandState;
  readonly code?: string;
  readonly msg?: string;
  readonly was?: CommandState;
}

/** The contract's least: a device remembers this many commands across reboots. */
const REMEMBERED = 32;

/**
 * A device's side of the command contract: runs each id once, answers a repeat with `duplicate` and
 * the stored state, and refuses what came too late.
 */
export class CommandDesk {
  readonly #run: (command: CommandMessage) => CommandOutcome;
  readonly #done = new Map<string, CommandState>();

  constructor(run: (command: CommandMessage) => CommandOutcome) {
    this.#run = run;
  }

  /**
   * `nowMs` is the device's clock, undefined if it has none: then only `ttl` counts, in seconds
   * since receipt.
   */
  answer(command: CommandMessage, nowMs: number | undefined, heldForMs = 0): CommandAnswer {
    const was = this.#done.get(command.id);
    if (was !== undefined) return { id: command.id, state: "duplicate", was };
    const expired =
      nowMs === undefined ? heldForMs > command.ttl * 1000 : nowMs + heldForMs > command.exp;
    if (expired) {
      return this.#remember({
        id: command.id,
        state: "expired",
        code: "expired",
        msg: `${command.name} came after its time and was not run`,
      });
    }
    return this.#remember({ id: command.id, ...this.#run(command) });
  }

  #remember(answer: CommandAnswer): CommandAnswer {
    this.#done.set(answer.id, answer.state);
    if (this.#done.size > REMEMBERED) {
      const oldest = this.#done.keys().next();
      if (!oldest.done) this.#done.delete(oldest.value);
    }
    return answer;
  }
}
