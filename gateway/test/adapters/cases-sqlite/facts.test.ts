import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { CaseAction, CaseView } from "#domain/case/case.ts";
import { CASES_MIGRATIONS } from "../../../src/adapters/cases-sqlite/schema.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import {
  closeDatabase,
  openDatabase,
  openReadOnly,
} from "../../../src/adapters/sqlite/database.ts";
import { caseEvent, caseView, effects, noViews } from "../../support/case-samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;
const newFile = (): string => {
  files += 1;
  return join(folder.path, `cases-${files}.db`);
};

function factsOf(path: string): readonly Readonly<Record<string, unknown>>[] {
  const db = openReadOnly(path);
  const rows = db.prepare("SELECT * FROM case_fact ORDER BY id").all();
  db.close();
  return rows.map((row) => ({ ...row }));
}

/** As builds before the figures left the views. */
function older(views: readonly CaseView[]): string {
  const path = newFile();
  const db = openDatabase(path, { migrations: CASES_MIGRATIONS.slice(0, 2), synchronous: "OFF" });
  const put = db.prepare("INSERT INTO case_view VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  for (const view of views) {
    const { id, device, rule, kind, status, stage, openedAt } = view;
    put.run(id, device, rule, kind, status, stage, openedAt, JSON.stringify(view));
  }
  closeDatabase(db);
  return path;
}

const anAction: fc.Arbitrary<CaseAction> = fc.record({
  id: fc.constant("a"),
  step: fc.nat(3),
  kind: fc.constantFrom("command", "advice", "escalation"),
  what: fc.constant("x"),
  startedAt: fc.nat(9_999),
  state: fc.constantFrom("waiting", "delivered", "succeeded", "failed", "cancelled", "expired"),
  proof: fc.constantFrom("none", "pending", "proved", "not_proved"),
  detail: fc.constant(""),
});

const aView: fc.Arbitrary<Partial<CaseView>> = fc.record({
  stage: fc.constantFrom("acting", "verifying", "watching", "escalated", "done"),
  kind: fc.constantFrom("fault", "misuse", "underuse"),
  severity: fc.constantFrom("normal", "urgent", "safety"),
  onsetAt: fc.nat(9_999),
  openedAt: fc.nat(9_999),
  resolvedAt: fc.option(fc.nat(9_999), { nil: null }),
  resolution: fc.option(fc.constantFrom("fixed", "recovered", "by_agent", "false_alarm"), {
    nil: null,
  }),
  verdict: fc.option(fc.constantFrom("confirmed", "false_alarm", "sensor_fault"), { nil: null }),
  actions: fc.array(anAction, { maxLength: 5 }),
});

describe("the figures of a case", () => {
  it("are the same whether an older file is brought up to date or its cases are written anew", () => {
    fc.assert(
      fc.property(fc.array(aView, { maxLength: 30 }), (parts) => {
        const views = parts.map((over, n) => caseView(`c-${n}`, over));
        const brought = older(views);
        new SqliteCaseStore({ path: brought })[Symbol.dispose]();
        const written = newFile();
        using store = new SqliteCaseStore({ path: written });
        store.commit(1, [], { ...noViews, cases: views });
        expect(factsOf(brought)).toEqual(factsOf(written));
      }),
      { numRuns: 15 },
    );
  });

  it("count how often it came back and how often an agent and telemetry disagreed", () => {
    const path = newFile();
    using store = new SqliteCaseStore({ path });
    const events = [
      caseEvent(1, 0, { kind: "reopened" }),
      caseEvent(1, 1, { kind: "disputed" }),
      caseEvent(1, 2, { kind: "refired" }),
    ];
    const again = caseEvent(2, 0, { kind: "reopened" });
    store.commit(1, [effects(1, { events })], { ...noViews, cases: [caseView("c-1")] });
    expect(factsOf(path)).toMatchObject([{ reopened: 1, disputed: 1 }]);
    store.commit(2, [effects(1, { events }), effects(2, { events: [again] })], {
      ...noViews,
      cases: [caseView("c-1", { refires: 2 })],
    });
    expect(factsOf(path)).toMatchObject([{ reopened: 2, disputed: 1 }]);
  });

  it("keep the time of a proof that an older build saw and did not write into the view", () => {
    const view = caseView("c-1", { status: "resolved", resolution: "fixed" });
    const path = older([view]);
    const db = openDatabase(path, { migrations: CASES_MIGRATIONS.slice(0, 2) });
    db.exec("INSERT INTO case_event VALUES (1, 0, 'c-1', 7777, 'proved', 'gateway', 'it is gone')");
    closeDatabase(db);
    using store = new SqliteCaseStore({ path });
    expect(factsOf(path)).toMatchObject([{ proved_at: 7_777 }]);
    store.commit(5, [], { ...noViews, cases: [caseView("c-1", { verdict: "confirmed" })] });
    expect(factsOf(path)).toMatchObject([{ proved_at: 7_777, verdict: "confirmed" }]);
  });
});
