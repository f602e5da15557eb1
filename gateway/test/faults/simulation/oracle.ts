import { decodeCommand } from "@voorzorg/firmware-contracts";
import type { ChangedViews, Effects } from "#domain/effects.ts";
import { JournalIndex } from "./journal-index.ts";
import type { Machine } from "./machine.ts";
import type { Sent, SimDevice } from "./sim-device.ts";

/** What must always hold, in words. */
export const INVARIANTS = {
  durable: "an acknowledged message is never lost",
  order: "one device's messages keep their order",
  samples: "every acknowledged sample ends in the series store",
  onset: "one case per onset, and at most one open case per rule and device",
  webhooks: "what is owed to the outside has its effect, and has it once",
  commands: "a command is run once, only if it is owed, and not after it was taken back",
  replay: "the same journal gives the same decisions",
  neighbours: "a device never influences another one",
  silence: "a silent or confused device resolves nothing",
  falseCase: "clock errors and backfill open no false case",
  refusals: "every refusal has a reason, a counter and a place to look it up",
  actions: "an action is carried out once",
  recovery: "the gateway goes on by itself when what was wrong is right again",
  trim: "the journal keeps what a consumer still needs",
  alive: "the process does not end by itself",
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly detail: string;
}

/** An agent's request, as its client knows it. */
export interface Asked {
  readonly key: string;
  readonly note: string;
  answer: "none" | "done" | "refused";
}

/** Watches a run from outside and knows the truth: what was promised, what really was hot or silent. */
export class Oracle {
  readonly violations: Violation[] = [];
  readonly index: JournalIndex;
  readonly acknowledged: Sent[] = [];
  readonly devices: readonly SimDevice[];
  readonly asked: Asked[] = [];
  readonly machine: Machine;
  /** Commands taken back, as far as the running process has been told. */
  #takenBack = new Set<string>();
  readonly #onsets = new Map<string, string>();
  readonly #open = new Map<string, string>();

  constructor(machine: Machine, devices: readonly SimDevice[]) {
    this.machine = machine;
    this.devices = devices;
    this.index = new JournalIndex(machine.files);
    machine.cases.onNews = (effects, views) => this.#decided(effects, views);
  }

  report(invariant: Invariant, detail: string): void {
    this.violations.push({ invariant, detail });
  }

  onAcknowledged(message: Sent): void {
    this.acknowledged.push(message);
    this.#mustBeDurable(message);
  }

  onCommandSent(payload: Uint8Array): void {
    const command = decodeCommand(payload);
    if (!command.ok) {
      this.report("commands", `a command cannot be read: ${command.refusal.reason}`);
    } else if (this.#takenBack.has(command.value.id)) {
      this.report("commands", `${command.value.id} is sent after it was taken back`);
    }
  }

  onTakenBack(ids: readonly string[]): void {
    for (const id of ids) this.#takenBack.add(id);
  }

  /** The process has ended and its files are as the machine found them. */
  onRestart(): void {
    this.#takenBack = new Set();
    for (const message of this.acknowledged) this.#mustBeDurable(message);
  }

  /** After every task. */
  check(): void {
    const { readThroughTrim } = this.machine.files;
    if (readThroughTrim === undefined) return;
    this.report("trim", `record ${readThroughTrim} was read after it had been dropped`);
  }

  #mustBeDurable(message: Sent): void {
    if (this.index.placesOf(message).length > 0) return;
    const { device, number, class: cls } = message;
    this.report(
      "durable",
      `${cls} ${number} of ${device} was acknowledged and is not in the journal`,
    );
  }

  #decided(effects: readonly Effects[], views: ChangedViews): void {
    for (const view of views.cases) {
      const place = `${view.device} ${view.rule}`;
      const onset = `${place} ${view.onsetAt}`;
      const known = this.#onsets.get(onset) ?? view.id;
      if (known !== view.id) this.report("onset", `${onset}: cases ${known} and ${view.id}`);
      this.#onsets.set(onset, view.id);
      const open = this.#open.get(place);
      if (view.status === "resolved") {
        if (open === view.id) this.#open.delete(place);
        continue;
      }
      if (open !== undefined && open !== view.id && this.#isOpen(open, views)) {
        this.report("onset", `${place}: cases ${open} and ${view.id} are open`);
      }
      this.#open.set(place, view.id);
    }
    for (const { quarantine, counts, offset } of effects) {
      const counted = counts
        .filter(({ name }) => name === "messages_quarantined_total")
        .reduce((sum, { by }) => sum + by, 0);
      if (counted !== quarantine.length) {
        const detail = `record ${offset}: ${quarantine.length} refused, ${counted} counted`;
        this.report("refusals", detail);
      }
      for (const entry of quarantine) {
        if (entry.code !== "" && entry.reason !== "") continue;
        this.report("refusals", `record ${entry.offset} went to quarantine without a reason`);
      }
    }
  }

  /** In one batch a case may be closed after another one of its place was opened in the list. */
  #isOpen(id: string, views: ChangedViews): boolean {
    const now = views.cases.find((view) => view.id === id);
    return now === undefined || now.status !== "resolved";
  }
}
