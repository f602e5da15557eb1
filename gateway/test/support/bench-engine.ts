import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { DeviceView } from "#domain/device-view.ts";
import type { ChangedViews, Effects, OutboxEntry } from "#domain/effects.ts";
import type { EngineOptions } from "#domain/engine/engine.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import type { FixView, RemedySwitch } from "#domain/remedy/fix.ts";

/** An engine with everything that it ever did, for tests that look at the outcome. */
export class EngineRig {
  readonly engine: Engine;
  readonly effects: Effects[] = [];
  readonly #views = new Map<string, CaseView>();
  readonly #alerts = new Map<string, AlertView>();
  readonly #devices = new Map<string, DeviceView>();
  readonly #fixes = new Map<string, FixView>();
  readonly switches: RemedySwitch[] = [];
  /** What the newest records changed. */
  changed: ChangedViews = { cases: [], alerts: [], devices: [], removedDevices: [] };
  #offset = 0;

  constructor(options: EngineOptions = {}) {
    this.engine = new Engine([], options);
  }

  apply(...records: readonly JournalRecord[]): Effects | undefined {
    let last: Effects | undefined;
    for (const record of records) {
      this.#offset += 1;
      last = this.engine.apply(this.#offset, record);
      if (last !== undefined) this.effects.push(last);
    }
    const changed = this.engine.takeViews({ devices: true });
    this.changed = changed;
    for (const view of changed.cases) this.#views.set(view.id, view);
    for (const view of changed.alerts) this.#alerts.set(view.key, view);
    for (const view of changed.devices) this.#devices.set(view.id, view);
    for (const id of changed.removedDevices) this.#devices.delete(id);
    for (const view of changed.fixes ?? [])
      this.#fixes.set(`${view.product}/${view.rule}/${view.step}`, view);
    this.switches.push(...(changed.remedies ?? []));
    return last;
  }

  get events(): readonly CaseEvent[] {
    return this.effects.flatMap((e) => e.events);
  }

  get kinds(): readonly string[] {
    return this.events.map((e) => e.kind);
  }

  get commands(): readonly Extract<OutboxEntry, { kind: "command" }>[] {
    return this.effects.flatMap((e) => e.outbox).filter((o) => o.kind === "command");
  }

  get webhooks(): readonly Extract<OutboxEntry, { kind: "webhook" }>[] {
    return this.effects.flatMap((e) => e.outbox).filter((o) => o.kind === "webhook");
  }

  get quarantine() {
    return this.effects.flatMap((e) => e.quarantine);
  }

  get fixes(): readonly FixView[] {
    return [...this.#fixes.values()];
  }

  get notices(): readonly Extract<OutboxEntry, { kind: "notice" }>[] {
    return this.effects.flatMap((e) => e.outbox).filter((o) => o.kind === "notice");
  }

  count(name: string): number {
    return this.effects
      .flatMap((e) => e.counts)
      .filter((c) => c.name === name)
      .reduce((sum, c) => sum + c.by, 0);
  }

  device(id: string): DeviceView | undefined {
    return this.#devices.get(id);
  }

  /** `device/rule/keyVersion`. */
  alert(key: string): AlertView | undefined {
    return this.#alerts.get(key);
  }

  get cases(): readonly CaseView[] {
    return [...this.#views.values()];
  }

  caseOf(rule: string): CaseView {
    const found = this.cases.filter((c) => c.rule === rule);
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(
        `${found.length} cases of ${rule}: ${JSON.stringify(found.map((c) => c.id))}`,
      );
    }
    return found[0];
  }
}
