import { encodeReported } from "@voorzorg/firmware-contracts";
import type { CaseAction } from "#domain/case/case.ts";
import type { ActionAnswer, Effects, OutboxEntry } from "#domain/effects.ts";
import type { Action, JournalRecord } from "#domain/record.ts";
import type { FixView } from "#domain/remedy/fix.ts";
import { EngineRig } from "../../support/bench-engine.ts";
import {
  act,
  answer,
  measured,
  minute,
  outcome,
  ruleset,
  tick,
} from "../../support/raw-messages.ts";
import { head } from "../../support/records.ts";

const HEAD = `product: boiler
rules:
  - id: too-hot
    kind: fault
    severity: urgent
    title: The boiler runs too hot
    why: It wears the seals.
    when: temp > 135.0 && state != 'off'
    clear: temp < 120.0
    for: 2m
    keep: 5m
`;

/** A second fault, which may begin after a step. */
export const LOW = `  - id: too-cold
    kind: fault
    title: The boiler is too cold
    why: Nobody likes cold water.
    when: temp < 20.0
    playbook:
      - escalate: { next: Look at it. }
`;

const indent = (text: string): string =>
  text
    .trim()
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");

/** The test product says when it is in use and has a second setting. */
const product = (text: string): string =>
  text
    .replace("counter: cups }", "counter: cups, while: state == 'on' }")
    .replace("settings:\n", "settings:\n  eco: { title: Eco, kind: boolean, default: false }\n");

export const playbook = (steps: string, more = ""): string =>
  `${HEAD}    playbook:\n${indent(steps)}\n${more}`;

/** One playbook for the rule too-hot, and devices that are read once a minute. */
export class PlaybookBench {
  readonly rig = new EngineRig();
  readonly records: JournalRecord[] = [];
  /** Looks at each record's effects. */
  look: ((effects: Effects) => void) | undefined;
  readonly #seqs = new Map<string, number>();
  /** Minutes since the start. */
  now = 0;

  constructor(rules: string, devices: readonly string[] = ["b1"]) {
    this.apply(...head(devices), this.#ruleset(rules));
    if (this.rig.count("rulesets_refused_total") > 0) throw new Error("the playbook is refused");
  }

  change(rules: string): void {
    this.apply(this.#ruleset(rules));
  }

  apply(...records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.records.push(record);
      const effects = this.rig.apply(record);
      if (effects !== undefined) this.look?.(effects);
    }
  }

  /** Lets minutes pass with a reading each. */
  read(
    values: { temp?: number; state?: string | null; cups?: number },
    { minutes = 1, device = "b1" }: { minutes?: number; device?: string } = {},
  ): this {
    for (let i = 0; i < minutes; i++) {
      this.now += 1;
      const seq = (this.#seqs.get(device) ?? 0) + 1;
      this.#seqs.set(device, seq);
      const at = minute(this.now);
      this.#tickTo(at);
      const all = { temp: 150, state: "on", ...values };
      this.apply(measured({ boot: 1, seq, ts: at }, all, { at, device }));
    }
    return this;
  }

  /** The rule fires after two minutes and a reading. */
  hot(device = "b1"): this {
    return this.read({ temp: 150 }, { minutes: 3, device });
  }

  /** Nothing is heard meanwhile. */
  pass(minutes: number): this {
    this.now += minutes;
    this.#tickTo(minute(this.now));
    this.apply(tick(minute(this.now)));
    return this;
  }

  /** As the gateway does: a record for each deadline that passes without traffic. */
  #tickTo(at: number): void {
    const { engine } = this.rig;
    for (let due = engine.nextDeadline(); due !== undefined && due < at; ) {
      this.apply(tick(due));
      due = engine.nextDeadline();
    }
  }

  get last(): Extract<OutboxEntry, { kind: "command" }> {
    const found = this.rig.commands.at(-1);
    if (found === undefined) throw new Error("no command was sent");
    return found;
  }

  /** Names of the commands that were owed, in order. */
  get sent(): readonly string[] {
    return this.rig.commands.map((command) => command.command);
  }

  deliver(id = this.last.id): this {
    this.apply(outcome(id, minute(this.now)));
    return this;
  }

  reply(
    state: Parameters<typeof answer>[1],
    {
      id = this.last.id,
      code,
      device = "b1",
    }: { id?: string; code?: string; device?: string } = {},
  ): this {
    const more = code === undefined ? {} : { code };
    this.apply(answer(id, state, { at: minute(this.now), device, ...more }));
    return this;
  }

  /** The device works with these settings. */
  report(version: number, settings: Record<string, number | boolean>, device = "b1"): this {
    this.apply({
      kind: "message",
      appendedAt: minute(this.now),
      product: "boiler",
      device,
      class: "rep",
      qos: 1,
      payload: encodeReported({ version, settings }, "json"),
    });
    return this;
  }

  do(action: Action): ActionAnswer | undefined {
    this.apply(act(action, minute(this.now)));
    return this.rig.effects.at(-1)?.answer;
  }

  get case() {
    return this.rig.caseOf("too-hot");
  }

  get caseId(): string {
    return this.case.id;
  }

  action(index: number): CaseAction {
    const found = this.case.actions[index];
    if (found === undefined) throw new Error(`the case has no action ${index}`);
    return found;
  }

  reasons(kind: string): readonly string[] {
    return this.rig.events.filter((event) => event.kind === kind).map(({ reason }) => reason);
  }

  /** Statistics of the step that does this. */
  fix(what: string): Partial<FixView> {
    return this.rig.fixes.find((fix) => fix.what === what) ?? {};
  }

  get kinds(): readonly string[] {
    return this.rig.kinds;
  }

  #ruleset(rules: string): JournalRecord {
    return ruleset(minute(this.now), { product, rules: () => rules });
  }
}
