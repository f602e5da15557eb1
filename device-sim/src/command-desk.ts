import type { CommandMessage, CommandState } from "@voorzorg/firmware-contracts";

/** What running a command came to so far; `accepted` and `progress` are followed by another. */
export interface CommandOutcome {
  readonly state: "accepted" | "progress" | "succeeded" | "failed" | "rejected";
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

export interface CommandDeskOptions {
  readonly run: (command: CommandMessage) => CommandOutcome;
  /** Names of commands that must not be done twice by two ids, whatever the network does; default: descaling. */
  readonly neverTwice?: readonly string[];
}

const NEVER_TWICE: readonly string[] = ["start_descale"];

/** The contract's least: a device remembers this many commands across reboots. */
const REMEMBERED = 32;

/**
 * A device's side of the command contract: runs each id once, answers a repeat with `duplicate` and
 * the stored state, and refuses what came too late. It outlives a reboot: a device keeps it in
 * non-volatile memory.
 */
export class CommandDesk {
  readonly #options: CommandDeskOptions;
  readonly #done = new Map<string, CommandState>();
  #highest = Number.NEGATIVE_INFINITY;

  constructor(options: CommandDeskOptions) {
    this.#options = options;
  }

  /**
   * `nowMs` is the device's clock, undefined if it has none: then only `ttl` counts, in seconds
   * since receipt.
   */
  answer(command: CommandMessage, nowMs: number | undefined, heldForMs = 0): CommandAnswer {
    const { id, name } = command;
    const was = this.#done.get(id);
    if (was !== undefined) return { id, state: "duplicate", was };
    const expired =
      nowMs === undefined ? heldForMs > command.ttl * 1000 : nowMs + heldForMs > command.exp;
    if (expired) {
      const msg = `${name} came after its time and was not run`;
      return this.#remember({ id, state: "expired", code: "expired", msg });
    }
    const { run, neverTwice = NEVER_TWICE } = this.#options;
    if (command.ctr <= this.#highest && neverTwice.includes(name)) {
      const msg = `${name} is older than a command that was run already`;
      return this.#remember({ id, state: "rejected", code: "replayed", msg });
    }
    this.#highest = Math.max(this.#highest, command.ctr);
    return this.#remember({ id, ...run(command) });
  }

  /** What a command that was accepted came to; undefined if the device knows nothing of it any more. */
  goesOn(id: string, outcome: CommandOutcome): CommandAnswer | undefined {
    if (this.#done.get(id) !== "accepted") return undefined;
    const answer = { id, ...outcome };
    return outcome.state === "progress" ? answer : this.#remember(answer);
  }

  /** The power fails: what was under way is lost, and the device says so when it is back. */
  interrupted(): readonly CommandAnswer[] {
    const running = [...this.#done].filter(([, state]) => state === "accepted");
    return running.map(([id]) =>
      this.#remember({ id, state: "failed", code: "interrupted", msg: "the device restarted" }),
    );
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
