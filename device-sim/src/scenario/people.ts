import type { GatewayHttp } from "../gateway-http.ts";
import type { Judgement } from "./seen.ts";
import { does, newestCase, newestProblem, spanText } from "./seen.ts";
import type { AgentStep } from "./steps.ts";

interface Request {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body: unknown;
}

const ENGINEERS_ONLY: ReadonlySet<AgentStep["do"]> = new Set([
  "approve",
  "decline",
  "undo",
  "problem_resolve",
  "problem_dissolve",
  "remedies",
  "reinstate",
  "settings",
  "command",
]);

/** The people of a scenario, each signed in under their own name with no more rights than they need. */
export class People {
  readonly #gateway: GatewayHttp;
  readonly #roles: ReadonlyMap<string, "agent" | "engineer">;
  readonly #signedIn = new Map<string, GatewayHttp>();

  constructor(gateway: GatewayHttp, steps: readonly AgentStep[]) {
    this.#gateway = gateway;
    const byName = Map.groupBy(steps, ({ who }) => who);
    this.#roles = new Map(
      [...byName].map(([who, own]) => [
        who,
        own.some((step) => ENGINEERS_ONLY.has(step.do)) ? "engineer" : "agent",
      ]),
    );
  }

  /** Does it through the API; what goes wrong is a judgement like any other. */
  async act(step: AgentStep): Promise<Judgement> {
    const title = `${step.who} at ${spanText(step.at)}: ${sentence(step)}`;
    const person = await this.#person(step.who);
    const request = await this.#request(step);
    if (typeof request === "string") return { title, failure: request };
    const answer = await person.ask(request.method, request.path, request.body);
    if (step.refused === undefined) {
      return { title, failure: answer === undefined ? undefined : `it was refused: ${answer}` };
    }
    const refused = `${title}, which is refused`;
    if (answer === undefined) return { title: refused, failure: "it was done" };
    const said = answer.toLowerCase().includes(step.refused.toLowerCase());
    return { title: refused, failure: said ? undefined : `it was refused with: ${answer}` };
  }

  async #person(who: string): Promise<GatewayHttp> {
    const known = this.#signedIn.get(who);
    if (known !== undefined) return known;
    const person = await this.#gateway.signIn(who, this.#roles.get(who) ?? "agent");
    this.#signedIn.set(who, person);
    return person;
  }

  /** A text instead: what is meant is not there. */
  async #request(step: AgentStep): Promise<Request | string> {
    if ("case" in step) return this.#onCase(step);
    switch (step.do) {
      case "problem_resolve":
      case "problem_dissolve":
      case "problem_comment": {
        const problem = newestProblem(await this.#gateway.problems(), step.problem);
        if (problem === undefined) return `there is no problem ${step.problem.rule}`;
        const path = `/api/problems/${problem.id}/${step.do.slice("problem_".length)}`;
        return { method: "POST", path, body: { comment: step.comment } };
      }
      case "remedies": {
        const { enabled, product, comment } = step;
        const body = { enabled, product, reason: comment };
        return { method: "PUT", path: "/api/remedies", body };
      }
      case "reinstate": {
        const { product, rule, comment } = step;
        const fixes = await this.#gateway.fixes();
        const fix = fixes.find((one) => one.rule === rule && does(one.what, step.what));
        if (fix === undefined) return `there is no fix ${step.what}`;
        const body = { product, rule, step: fix.step, reason: comment };
        return { method: "POST", path: "/api/fixes/reinstate", body };
      }
      case "settings": {
        const path = `/api/devices/${step.device}/settings`;
        return { method: "PUT", path, body: { settings: step.settings } };
      }
      case "command": {
        const { name, args, expiresIn } = step;
        const body = { name, args, expiresInSeconds: Math.round(expiresIn / 1000) };
        return { method: "POST", path: `/api/devices/${step.device}/commands`, body };
      }
    }
  }

  async #onCase(step: Extract<AgentStep, { case: unknown }>): Promise<Request | string> {
    const { device, rule } = step.case;
    const item = newestCase(await this.#gateway.cases(), step.case);
    if (item === undefined) return `${device} has no case ${rule}`;
    const post = (name: string, body: unknown): Request => ({
      method: "POST",
      path: `/api/cases/${item.id}/${name}`,
      body,
    });
    switch (step.do) {
      case "acknowledge":
        return post("acknowledge", {});
      case "give_back":
        return post("give-back", {});
      case "reopen":
      case "comment":
      case "approve":
      case "decline":
        return post(step.do, { comment: step.comment });
      case "resolve":
        return post("resolve", { comment: step.comment, as: step.as });
      case "verdict":
        return post("verdict", { verdict: step.verdict, comment: step.comment });
      case "owner_called":
        return post("owner-called", { source: step.source });
      case "undo": {
        const page = await this.#gateway.casePage(item.id);
        const action = page.actions.findLast((one) => one.step === step.step - 1);
        if (action === undefined) return `step ${step.step} was not begun`;
        return post("undo", { action: action.id });
      }
    }
  }
}

function sentence(step: AgentStep): string {
  const name = step.do.replaceAll("_", " ");
  if ("case" in step) return `${name} ${step.case.rule} of ${step.case.device}`;
  if ("problem" in step) return `${name} ${step.problem.rule}`;
  if (step.do === "remedies") return `remedies ${step.enabled ? "on" : "off"}`;
  return step.do === "reinstate" ? `${name} ${step.what}` : `${name} of ${step.device}`;
}
