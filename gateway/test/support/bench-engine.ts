import type { CaseEvent, CaseView } from "#domain/case/case.ts";
import type { Effects, OutboxEntry } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";

/** An engine with everything that it ever did, for tests that look at the outcome. */
export class EngineRig {
  readonly engine = new Engine();
  readonly effects: Effects[] = [];
  readonly #views = new Map<string, CaseView>();
  #offset = 0;

  apply(...records: readonly JournalRecord[]): Effects | undefined {
    let last: Effects | undefined;
    for (const record of records) {
      this.#offset += 1;
      last = this.engine.apply(this.#offset, record);
      if (last !== undefined) this.effects.push(last);
    }
    for (const view of this.engine.takeViews({ devices: true }).cases) this.#views.set(view.id, view);
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

  count(name: string): number {
    return this.effects
      .flatMap((e) => e.counts)
      .filter((c) => c.name === name)
      .reduce((sum, c) => sum + c.by, 0);
  }

  get cases(): readonly CaseView[] {
    return [...this.#views.values()];
  }

  caseOf(rule: string): CaseView {
    const found = this.cases.filter((c) => c.rule === rule);
    if (found.length !== 1 || found[0] === undefined) {
      throw new Error(`${found.length} cases of ${rule}: ${JSON.stringify(found.map((c) => c.id))}`);
    }
    return found[0];
  }
}
