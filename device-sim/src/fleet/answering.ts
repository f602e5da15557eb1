import type { CommandMessage, CommandState } from "@voorzorg/firmware-contracts";
import type { CommandAnswer } from "../command-desk.ts";
import type { AnswerFate, DeviceClient } from "../device-client.ts";
import type { Agenda } from "./agenda.ts";
import type { NetworkState } from "./uplink.ts";

/** A command as the device saw it, whatever became of the answer. */
export interface AnsweredCommand {
  readonly device: string;
  /** Simulated time at the device. */
  readonly atMs: number;
  readonly id: string;
  readonly name: string;
  readonly state: CommandState;
  readonly code?: string;
  readonly was?: CommandState;
}

const LATE_MS = 40 * 60_000;

export interface AnsweringOptions {
  readonly device: string;
  readonly agenda: Agenda;
  readonly client: () => DeviceClient;
  readonly network: () => NetworkState;
  readonly nowMs: () => number;
  readonly onAnswer?: (answered: AnsweredCommand) => void;
}

/** What becomes of a device's answers on the way: sent, sent much later, or lost with the connection. */
export class Answering {
  readonly #options: AnsweringOptions;
  readonly #names = new Map<string, string>();
  #powerFailed = false;

  constructor(options: AnsweringOptions) {
    this.#options = options;
  }

  /** Decides about the first answer to a command. */
  fate(command: CommandMessage, answer: CommandAnswer): AnswerFate {
    this.#names.set(command.id, command.name);
    this.#note(answer);
    const network = this.#options.network();
    if (network === "answers_late") {
      this.#later(answer);
      return "keep";
    }
    // Who lost the answer to a repeat as well would never get any through.
    const breaks = network === "acks_lost" || network === "power_fails";
    if (!breaks || answer.state === "duplicate") return "send";
    this.#powerFailed = network === "power_fails";
    return "lose";
  }

  /** What a command that takes a while comes to. */
  goesOn(id: string, outcome: Parameters<DeviceClient["goesOn"]>[1]): void {
    const answer = this.#options.client().goesOn(id, outcome);
    if (answer === undefined) return;
    this.#note(answer);
    if (this.#options.network() === "answers_late") this.#later(answer);
    else this.#options.client().tell(answer);
  }

  /** After the power failed the device starts anew; returns what it has to say of what that cut short. */
  restarted(): readonly CommandAnswer[] {
    if (!this.#powerFailed) return [];
    this.#powerFailed = false;
    const cutShort = this.#options.client().reboot();
    for (const answer of cutShort) this.#note(answer);
    return cutShort;
  }

  #later(answer: CommandAnswer): void {
    const { agenda, client, nowMs } = this.#options;
    agenda.at(nowMs() + LATE_MS, () => client().tell(answer));
  }

  #note({ id, state, code, was }: CommandAnswer): void {
    const { device, nowMs, onAnswer } = this.#options;
    onAnswer?.({
      device,
      atMs: nowMs(),
      id,
      name: this.#names.get(id) ?? "",
      state,
      ...(code === undefined ? {} : { code }),
      ...(was === undefined ? {} : { was }),
    });
  }
}
