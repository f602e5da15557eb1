import type { SignalValues } from "@voorzorg/firmware-contracts";
import type { CommandOutcome } from "../command-desk.ts";
import type { Random } from "../random.ts";
import type { DeviceSettings } from "./device-settings.ts";

/** What surrounds a device at one moment. */
export interface Environment {
  readonly nowMs: number;
  readonly outdoorC: number;
}

export interface ApplianceEvent {
  readonly code: string;
  readonly atMs: number;
  readonly attrs: Readonly<Record<string, unknown>>;
}

export interface ApplianceCommand {
  /** Absent: nobody waits for an answer that comes later. */
  readonly id?: string;
  readonly name: string;
  readonly args: Readonly<Record<string, string | number | boolean>>;
}

/** A trouble that is over, and what ended it: a command, the owner, or time. */
export interface EndedTrouble {
  readonly trouble: string;
  readonly atMs: number;
  readonly by: string;
}

/** What the device says of a command that takes a while, after it has accepted it. */
export interface LaterAnswer {
  readonly id: string;
  readonly atMs: number;
  readonly outcome: CommandOutcome;
}

/** How the person who has the device behaves. */
export interface Owner {
  /** Chance that an advice is followed, 0 to 1. */
  readonly followsAdvice: number;
  /** The first advice that is heeded at all; those before it are only read. Default 1. */
  readonly heedsFromAdvice?: number;
  /** Use compared with the typical owner. */
  readonly appetite: number;
}

const HOUR_MS = 3_600_000;
/** Not a trouble of the device: somebody has it open, cleans or loads it, and it refuses to move. */
const HANDS_INSIDE = "hands_inside";

/**
 * A simulated device without its network: physics, firmware and the owner's habits. It knows no
 * clock and no chance but what it is handed, so that a seed gives the same life again.
 */
export abstract class Appliance {
  abstract readonly product: string;
  /** Longest step that the physics stays stable and honest with. */
  abstract readonly substepMs: number;
  protected readonly random: Random;
  protected readonly owner: Owner;
  protected nowMs = 0;
  readonly #troubles = new Set<string>();
  #events: ApplianceEvent[] = [];
  #ended: EndedTrouble[] = [];
  #heedAtMs: number | undefined;
  #advices = 0;
  /** Commands under way, by name: a device does one of a kind at a time. */
  readonly #running = new Map<string, string>();
  #answers: LaterAnswer[] = [];

  constructor(random: Random, owner: Owner) {
    this.random = random;
    this.owner = owner;
  }

  /** Every signal as the device measures it now. */
  abstract readings(): SignalValues;
  /** What it was told to work with. */
  protected abstract readonly options: DeviceSettings;
  /** Moves the physics by at most `substepMs`. */
  protected abstract substep(dtS: number, environment: Environment): void;
  /** Runs a command; it changes the physics and nothing else. */
  protected abstract obey(command: ApplianceCommand): CommandOutcome;
  /** The owner does what an advice asked for. */
  protected abstract heedAdvice(): void;
  /** What a trouble does to the device when it begins. */
  protected abstract onBegin(trouble: string): void;

  /** Brings the device back to normal where ending the trouble alone does not. */
  protected abstract onRepair(): void;

  /** Troubles that are real now. */
  get troubles(): ReadonlySet<string> {
    return this.#troubles;
  }

  begin(trouble: string, nowMs: number): void {
    this.nowMs = nowMs;
    this.#troubles.add(trouble);
    this.onBegin(trouble);
  }

  has(trouble: string): boolean {
    return this.#troubles.has(trouble);
  }

  /** Lives on for `dtMs` until `environment.nowMs`. */
  step(dtMs: number, environment: Environment): void {
    const endMs = environment.nowMs;
    for (let left = dtMs; left > 0; ) {
      const part = Math.min(left, this.substepMs);
      left -= part;
      this.nowMs = endMs - left;
      if (this.#heedAtMs !== undefined && this.nowMs >= this.#heedAtMs) {
        this.#heedAtMs = undefined;
        this.emit("advice_read");
        this.heedAdvice();
      }
      this.substep(part / 1000, { ...environment, nowMs: this.nowMs });
    }
  }

  command(command: ApplianceCommand): CommandOutcome {
    if (command.name === "show_advice") {
      this.#advices += 1;
      const heeds = this.#advices >= (this.owner.heedsFromAdvice ?? 1);
      if (heeds && this.#heedAtMs === undefined && this.random.chance(this.owner.followsAdvice)) {
        this.#heedAtMs = this.nowMs + this.random.between(0.2, 3) * HOUR_MS;
      }
      return { state: "succeeded" };
    }
    // Whoever has the machine open has switched its drives off, whatever the service knows of it.
    if (this.has(HANDS_INSIDE)) return this.unsafe(command.name, "somebody works on the device");
    const outcome = this.obey(command);
    if (outcome.state === "accepted" && command.id !== undefined) {
      this.#running.set(command.name, command.id);
    }
    return outcome;
  }

  /** Settings in use. */
  settings(): SignalValues {
    return this.options.values();
  }

  /** Takes over what it can do of it; `settings` tells what became of the rest. */
  applySettings(wanted: SignalValues): void {
    this.options.take(wanted);
  }

  /** The owner does at once what the service asks for, by telephone or on the spot. */
  helpOwner(): void {
    this.heedAdvice();
  }

  takeAnswers(): readonly LaterAnswer[] {
    const answers = this.#answers;
    this.#answers = [];
    return answers;
  }

  takeEvents(): readonly ApplianceEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  takeEnded(): readonly EndedTrouble[] {
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  /** A technician comes, or people change: the trouble ends without a command. */
  endTrouble(trouble: string, by: string): void {
    if (!this.#troubles.has(trouble)) return;
    this.end([trouble], by);
    if (trouble !== HANDS_INSIDE) this.onRepair();
  }

  protected end(troubles: readonly string[], by: string): void {
    for (const trouble of troubles) {
      if (this.#troubles.delete(trouble)) this.#ended.push({ trouble, atMs: this.nowMs, by });
    }
  }

  protected emit(code: string, attrs: Readonly<Record<string, unknown>> = {}): void {
    this.#events.push({ code, atMs: this.nowMs, attrs });
  }

  /** How a command that was accepted goes on; nothing if none of that name is under way. */
  protected report(name: string, outcome: CommandOutcome): void {
    const id = this.#running.get(name);
    if (id === undefined) return;
    if (outcome.state !== "progress") this.#running.delete(name);
    this.#answers.push({ id, atMs: this.nowMs, outcome });
  }

  protected unknownCommand(name: string): CommandOutcome {
    return {
      state: "rejected",
      code: "unknown_command",
      msg: `this device has no command ${name}`,
    };
  }

  protected unsafe(name: string, state: string): CommandOutcome {
    return { state: "rejected", code: "unsafe", msg: `${name} is not safe while ${state}` };
  }
}

/** Lets something happen at most once per pause, e.g. an error code that is repeated while it holds. */
export class Repeater {
  readonly #everyMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  due(nowMs: number): boolean {
    if (nowMs - this.#lastMs < this.#everyMs) return false;
    this.#lastMs = nowMs;
    return true;
  }

  reset(): void {
    this.#lastMs = Number.NEGATIVE_INFINITY;
  }
}

export const clamp = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Rounded as a sensor would send it: digits cost bytes. */
export const rounded = (value: number, digits: number): number => {
  const factor = 10 ** digits;
  return Math.round(value * factor) / factor;
};
