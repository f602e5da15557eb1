import type { AnsweredCommand } from "../fleet/answering.ts";
import type { GatewayHttp } from "../gateway-http.ts";
import type { CaseAction, CasePage, DevicePage, ProblemPage } from "../gateway-views.ts";
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
    const byHand = new Set(
      scenario.agents.flatMap((step) => (step.do === "command" ? [step.device] : [])),
    );
    this.#read = devices(
      ({ command, setting }) =>
        setting?.device ?? (byHand.has(command?.device ?? "") ? command?.device : undefined),
    );
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
      for (const one of await this.#gateway.casesOf(device)) {
        for (const action of one.actions) this.#note(device, action, nowMs);
      }
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

  #note(device: string, { id, kind, what, state }: CaseAction, nowMs: number): void {
    if (kind !== "command" && kind !== "undo") return;
    const known = this.#commands.get(id);
    if (known?.states.at(-1) === state) return;
    const { states, seenMs } = known ?? { states: [], seenMs: [] };
    const history = { states: [...states, state], seenMs: [...seenMs, nowMs] };
    this.#commands.set(id, { device, id, what, ...history });
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
    return {
      cases,
      problems,
      fixes: aboutFixes ? await this.#gateway.fixes() : [],
      devices: await this.#devicePages(),
      value: await this.#value(),
    };
  }

  async #value(): Promise<Look["value"]> {
    const found = new Map<string, Readonly<Record<string, unknown>>>();
    for (const { value } of this.#scenario.expect) {
      if (value === undefined) continue;
      const { product, rule } = value;
      found.set(`${product}/${rule}`, await this.#gateway.value(product, rule));
    }
    return found;
  }

  async #devicePages(): Promise<ReadonlyMap<string, DevicePage>> {
    const pages = new Map<string, DevicePage>();
    if (this.#read.length === 0) return pages;
    // Pages of devices may be a second old; with an answer to somebody they are written at once.
    await this.#gateway.ask("POST", "/api/cases/none/acknowledge", {});
    for (const id of this.#read) pages.set(id, await this.#gateway.device(id));
    return pages;
  }
}
