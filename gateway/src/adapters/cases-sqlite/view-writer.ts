import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { CaseEvent } from "#domain/case/case.ts";
import type { ChangedViews } from "#domain/effects.ts";
import { FactWriter } from "./fact-writer.ts";
import { worstRank } from "./schema.ts";

/** Replaces read models as a whole, inside the caller's transaction. */
export class ViewWriter {
  readonly #putCase: StatementSync;
  readonly #putAlert: StatementSync;
  readonly #removeAlert: StatementSync;
  readonly #putDevice: StatementSync;
  readonly #removeDevice: StatementSync;
  readonly #removeAlertsOf: StatementSync;
  readonly #putProblem: StatementSync;
  readonly #putFix: StatementSync;
  readonly #putRemedy: StatementSync;
  readonly #facts: FactWriter;

  constructor(db: DatabaseSync) {
    this.#facts = new FactWriter(db);
    this.#putCase = db.prepare(
      `INSERT OR REPLACE INTO case_view (id, device, rule, kind, status, stage, opened_at, json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#putAlert = db.prepare(
      "INSERT OR REPLACE INTO alert_view (key, device, level, since, json) VALUES (?, ?, ?, ?, ?)",
    );
    this.#removeAlert = db.prepare("DELETE FROM alert_view WHERE key = ?");
    this.#putDevice = db.prepare(
      `INSERT OR REPLACE INTO device_view (id, product, presence, worst_rank, json)
       VALUES (?, ?, ?, ?, ?)`,
    );
    this.#removeDevice = db.prepare("DELETE FROM device_view WHERE id = ?");
    this.#removeAlertsOf = db.prepare("DELETE FROM alert_view WHERE device = ?");
    this.#putProblem = db.prepare(
      `INSERT OR REPLACE INTO problem_view (id, product, rule, status, opened_at, json)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#putFix = db.prepare(
      "INSERT OR REPLACE INTO fix_view (product, rule, step, json) VALUES (?, ?, ?, ?)",
    );
    this.#putRemedy = db.prepare(
      "INSERT OR REPLACE INTO remedy_switch (product, json) VALUES (?, ?)",
    );
  }

  /**
   * Removals come first, so a device that was removed and registered again stays. `events`: those that are
   * new with these views, stored already.
   */
  write(views: ChangedViews, events: readonly CaseEvent[]): void {
    for (const id of views.removedDevices) {
      this.#removeDevice.run(id);
      this.#removeAlertsOf.run(id);
    }
    for (const view of views.cases) {
      const { id, device, rule, kind, status, stage, openedAt } = view;
      this.#putCase.run(id, device, rule, kind, status, stage, openedAt, JSON.stringify(view));
      this.#facts.write(view);
    }
    this.#facts.count(events);
    for (const view of views.alerts) {
      if (view.phase === "inactive") this.#removeAlert.run(view.key);
      else {
        const { key, device, level, since } = view;
        this.#putAlert.run(key, device, level, since, JSON.stringify(view));
      }
    }
    for (const view of views.devices) {
      const { id, product, presence } = view;
      this.#putDevice.run(id, product, presence, worstRank(view), JSON.stringify(view));
    }
    this.#writeFound(views);
  }

  #writeFound({ problems = [], fixes = [], remedies = [] }: ChangedViews): void {
    for (const view of problems) {
      const { id, product, rule, status, openedAt } = view;
      this.#putProblem.run(id, product, rule, status, openedAt, JSON.stringify(view));
    }
    for (const view of fixes) {
      this.#putFix.run(view.product, view.rule, view.step, JSON.stringify(view));
    }
    for (const one of remedies) this.#putRemedy.run(one.product, JSON.stringify(one));
  }
}
