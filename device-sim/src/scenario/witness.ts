import type { AnsweredCommand } from "../fleet/answering.ts";
import type { GatewayHttp } from "../gateway-http.ts";
import type { CasePage, DevicePage, ProblemPage } from "../gateway-views.ts";
import { AlertLog } from "./alert-log.ts";
import type { Expectation } from "./expectations.ts";
import type { Scenario } from "./scenario.ts";
import type { CommandHistory, Look, Seen } from "./seen.ts";

/** Watches the gateway while a scenario runs, as closely as its expectations need it. */
export class Witness {
  readonly #gateway: GatewayHttp;
  readonly #scenario: Scenario;
  readonly #alerts: AlertLog;
  readonly #looks = new Map<number, Look>();
  readonly #answers: AnsweredCommand[] = [];
  readonly #commands = new Map<string, CommandHistory>();
  /** Devices whose commands are followed step by step. */
  readonly #followed: readonly string[];
  /** Devices whose pages are read at each look. */
  readonly #read: readonly string[];

  constructor(gateway: GatewayHttp, scenario: Scenario) {
    this.#gateway = gateway;
    this.#scenario = scenario;
    this.#alerts = new AlertLog(() => gateway.alerts());
    const devices = (of: (item: Expectation) => string | undefined): readonly string[] => [
      ...new Set(scenario.expect.flatMap((item) => of(item) ?? [])),
    ];
    this.#followed = devices(
      ({ command, noCommand }) =>
        (command?.states === undefined ? undefined : command.device) ?? noCommand?.device,
    );
    this.#read = devices(({ command, setting }) => command?.device ?? setting?.device);
  }

  /** When somebody has to look, ms since the start, besides at the end. */
  get times(): readonly number[] {
    const times = this.#scenario.expect.flatMap((item) =>
      Object.values(item).flatMap((wanted) =>
        wanted !== undefined && "at" in wanted && wanted.at !== undefined ? [wanted.at] : [],
      ),
    );
    return [...new Set(times)];
  }

  readonly answered = (command: AnsweredCommand): void => {
    this.#answers.push(command);
  };

  /** After each step. */
  async follow(nowMs: number): Promise<void> {
    await this.#alerts.follow(nowMs);
    for (const device of this.#followed) {
      const { commands } = await this.#gateway.device(device);
      for (const command of commands.toReversed()) this.#note(device, command, nowMs);
    }
  }

  async look(at: number): Promise<void> {
    this.#looks.set(at, await this.#lookNow());
  }

  async testify(): Promise<Seen> {
    await this.#alerts.look();
    return {
      end: await this.#lookNow(),
      at: this.#looks,
      alerts: this.#alerts.fired,
      answers: this.#answers,
      commands: [...this.#commands.values()],
    };
  }

  #note(device: string, command: DevicePage["commands"][number], nowMs: number): void {
    const { id, name, state } = command;
    const known = this.#commands.get(id);
    if (known?.states.at(-1) === state) return;
    const before = known ?? { device, id, name, fromMs: nowMs, states: [] };
    this.#commands.set(id, { ...before, states: [...before.states, state] });
  }

  async #lookNow(): Promise<Look> {
    const { expect, given } = this.#scenario;
    const ours = new Set(given.devices.map(({ id }) => id));
    const cases: CasePage[] = [];
    for (const item of await this.#gateway.cases()) {
      if (ours.has(item.device)) cases.push(await this.#gateway.casePage(item.id));
    }
    const aboutProblems = expect.some(
      ({ problem, noProblem, timeline }) =>
        problem !== undefined || noProblem !== undefined || timeline?.problem !== undefined,
    );
    const problems: ProblemPage[] = [];
    for (const { id } of aboutProblems ? await this.#gateway.problems() : []) {
      problems.push(await this.#gateway.problemPage(id));
    }
    const aboutFixes = expect.some(({ fixes }) => fixes !== undefined);
    const devices = new Map<string, DevicePage>();
    for (const id of this.#read) devices.set(id, await this.#gateway.device(id));
    return {
      cases,
      problems,
      fixes: aboutFixes ? await this.#gateway.fixes() : [],
      devices,
    };
  }
}
