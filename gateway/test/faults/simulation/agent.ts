import type { Action } from "#domain/record.ts";
import { HOUR_MS, SECOND_MS } from "#domain/units.ts";
import type { Asked } from "./oracle.ts";
import type { Simulation } from "./simulation.ts";

/** A person's client: asks again under the same key until it has an answer. */
export class Agent {
  readonly #simulation: Simulation;
  #keys = 0;
  #open = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  get isDone(): boolean {
    return this.#open === 0;
  }

  /** Something about some case; `what` chooses both. */
  act(what: number): void {
    const { machine, oracle } = this.#simulation;
    const ids = [...machine.cases.views().keys()].sort();
    this.#keys += 1;
    const key = `k${this.#keys}`;
    const note = `note ${key}`;
    const caseId = ids[what % Math.max(1, ids.length)];
    const action = caseId === undefined ? commandTo(what) : onCase(what, caseId, note);
    const asked: Asked = { key, note, answer: "none" };
    if (action.name === "comment") oracle.asked.push(asked);
    this.#open += 1;
    this.#ask(action, asked);
  }

  #ask(action: Action, asked: Asked): void {
    const { gateway, machine } = this.#simulation;
    let settled = false;
    const again = (): void => {
      if (settled) return;
      settled = true;
      this.#ask(action, asked);
    };
    machine.scheduler.after(30 * SECOND_MS, undefined, again);
    if (gateway?.link === undefined) return;
    gateway.service.act(action, "eve", asked.key).then(
      (answer) => {
        // "Recorded, the service is busy" is no answer yet.
        if (settled || (!answer.ok && answer.reason.includes("is busy"))) return;
        settled = true;
        this.#open -= 1;
        asked.answer = answer.ok ? "done" : "refused";
      },
      // The journal is down: asked again later.
      () => undefined,
    );
  }
}

const commandTo = (what: number): Action => ({
  name: "command",
  device: `b${(what % 3) + 1}`,
  command: "cool",
  args: { level: what % 3 },
  expiresInMs: HOUR_MS,
});

function onCase(what: number, caseId: string, comment: string): Action {
  switch (what % 7) {
    case 0:
      return { name: "acknowledge", caseId };
    case 1:
      return { name: "resolve", caseId, comment };
    case 2:
      return { name: "reopen", caseId, comment };
    case 3:
      return { name: "verdict", caseId, verdict: "false_alarm", comment };
    case 4:
      return commandTo(what);
    default:
      return { name: "comment", caseId, comment };
  }
}
