import type { UpMessage } from "@voorzorg/firmware-contracts";
import type { CaseAction, CaseView } from "#domain/case/case.ts";
import type { Effects, OutboxEntry } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import type { PlaybookStep } from "#domain/rules/rule.ts";
import type { DeviceAnswer, RuleTestCase, TestStep } from "#domain/rules/rule-tests.ts";
import type { CompiledProduct, CompiledRule, CompiledRuleset } from "#domain/rules/ruleset.ts";
import type { EpochMs } from "#domain/units.ts";

const DEVICE = "device-under-test";
/** Devices of a test are peers of each other. */
const COHORT = "test";

type Owed = Extract<OutboxEntry, { kind: "command" | "settings" }>;

/**
 * The real deciding core over one device, for what a playbook does: the device gets its commands while it
 * is online and answers at once, as the test says.
 */
export class CaseBench {
  readonly #engine: Engine;
  readonly #product: string;
  readonly #answers: Readonly<Record<string, DeviceAnswer>>;
  readonly #activatedAt: EpochMs;
  readonly #cases = new Map<string, CaseView>();
  readonly #peers = new Set<string>();
  #owed: Owed[] = [];
  #isOnline = true;
  #settings: Record<string, string | number | boolean> = {};
  #offset = 0;
  #now: EpochMs;

  constructor(
    product: CompiledProduct,
    test: Pick<RuleTestCase, "rules" | "answers">,
    times: { readonly activatedAt: EpochMs; readonly now: EpochMs },
  ) {
    this.#product = product.model.id;
    this.#answers = test.answers;
    this.#activatedAt = times.activatedAt;
    this.#now = times.now;
    this.#engine = new Engine([], { ruleset: rulesetOf(product, test.rules) });
    this.#apply({ kind: "config", appendedAt: times.now, clock: "live" });
    this.#register(DEVICE);
  }

  /** Cases of a rule on the device under test, oldest first. */
  casesOf(rule: string): readonly CaseView[] {
    return [...this.#cases.values()].filter((view) => view.rule === rule && view.device === DEVICE);
  }

  passTo(until: EpochMs): void {
    for (let due = this.#engine.nextDeadline(); due !== undefined && due <= until; ) {
      this.#now = Math.max(this.#now, due);
      this.#apply({ kind: "tick", appendedAt: this.#now });
      due = this.#engine.nextDeadline();
    }
    this.#now = Math.max(this.#now, until);
    this.#apply({ kind: "tick", appendedAt: this.#now });
  }

  apply(step: TestStep): void {
    switch (step.kind) {
      case "samples": {
        const { peer = DEVICE, values } = step;
        if (peer !== DEVICE && !this.#peers.has(peer)) this.#register(peer);
        this.#peers.add(peer);
        const points = [{ offsetMs: 0, values }];
        this.#heard({ class: "tele", ts: this.#now, points }, peer);
        return;
      }
      case "event": {
        const events = [{ code: step.code, offsetMs: 0, attrs: {} }];
        this.#heard({ class: "event", ts: this.#now, events });
        return;
      }
      case "status": {
        const { status } = step;
        this.#isOnline = status === "online";
        this.#send(
          status === "planned"
            ? { class: "status", state: "offline", reason: "planned" }
            : { class: "status", state: status },
        );
        return;
      }
      case "downtime": {
        const lastAliveAt = this.#now;
        this.#now += step.lasted;
        const appendedAt = this.#now;
        this.#apply({ kind: "service", appendedAt, event: "started", reason: "", lastAliveAt });
        return;
      }
    }
  }

  #register(id: string): void {
    const device = {
      id,
      product: this.#product,
      attrs: {},
      cohort: COHORT,
      owner: "",
      activatedAt: this.#activatedAt,
    };
    this.#apply({ kind: "registry", appendedAt: this.#now, change: "put", device, by: "test" });
  }

  #heard(message: UpMessage, device = DEVICE): void {
    if (device === DEVICE) this.#isOnline = true;
    this.#send(message, device);
  }

  #send(message: UpMessage, device = DEVICE): void {
    this.#offset += 1;
    const record = {
      kind: "message",
      appendedAt: this.#now,
      product: this.#product,
      device,
      class: message.class,
      qos: 1,
      payload: new Uint8Array(0),
    } as const;
    this.#took(
      this.#engine.applyDecoded(this.#offset, record, () => ({ ok: true, value: message })),
    );
  }

  #apply(record: JournalRecord): void {
    this.#offset += 1;
    this.#took(this.#engine.apply(this.#offset, record));
  }

  #took(effects: Effects | undefined): void {
    for (const view of this.#engine.takeViews({ devices: false }).cases) {
      this.#cases.set(view.id, view);
    }
    const cancelled = new Set(effects?.cancelled);
    this.#owed = this.#owed.filter(({ id }) => !cancelled.has(id));
    for (const entry of effects?.outbox ?? []) {
      const isOurs = entry.kind === "command" || entry.kind === "settings";
      if (isOurs && entry.device === DEVICE && !cancelled.has(entry.id)) this.#owed.push(entry);
    }
    while (this.#isOnline) {
      const entry = this.#owed.shift();
      if (entry === undefined) return;
      this.#receive(entry);
    }
  }

  #receive(entry: Owed): void {
    const answer = this.#answers[entry.kind === "command" ? entry.command : "settings"];
    if (entry.kind === "settings") {
      if (answer === "nothing") return;
      const isTaken = answer === undefined || answer === "succeeded";
      if (isTaken) this.#settings = { ...this.#settings, ...entry.settings };
      this.#send({ class: "rep", version: entry.version, settings: this.#settings });
      return;
    }
    if (entry.expiresAt <= this.#now) return;
    const appendedAt = this.#now;
    const { id } = entry;
    const outcome = { commandId: id, device: DEVICE, outcome: "delivered", detail: "" } as const;
    this.#apply({ kind: "command_outcome", appendedAt, ...outcome });
    if (answer !== "nothing") this.#send({ class: "res", id, state: answer ?? "succeeded" });
  }
}

/** Steps of a playbook that were begun, over all cases of its rule; not the advice beside an escalation. */
export const stepsOf = (
  cases: readonly CaseView[],
  playbook: readonly PlaybookStep[],
): readonly string[] =>
  cases.flatMap(({ actions }) =>
    actions.filter(({ step }) => playbook[step]?.kind !== "escalate").flatMap(nameOf),
  );

function nameOf({ kind, what }: CaseAction): readonly string[] {
  if (kind === "escalation") return [];
  return [kind === "command" ? (what.split(" ")[0] ?? what) : kind];
}

/** The product with the rules of the test alone. */
function rulesetOf(product: CompiledProduct, only: readonly string[] | undefined): CompiledRuleset {
  const kept = (list: readonly CompiledRule[]) =>
    list.filter(({ rule }) => only?.includes(rule.id) ?? true);
  const keptIn = (map: ReadonlyMap<string, readonly CompiledRule[]>) =>
    new Map([...map].map(([key, list]) => [key, kept(list)]));
  const alone: CompiledProduct = {
    ...product,
    rules: kept(product.rules),
    bySignal: keptIn(product.bySignal),
    byEvent: keptIn(product.byEvent),
    byDevice: kept(product.byDevice),
    composites: kept(product.composites),
  };
  return { hash: "test", products: new Map([[product.model.id, alone]]) };
}
