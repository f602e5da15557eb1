import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Cut } from "../../../src/adapters/cases-sqlite/retention.ts";
import { SqliteCaseReader } from "../../../src/adapters/cases-sqlite/sqlite-case-reader.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { openReadOnly } from "../../../src/adapters/sqlite/database.ts";
import {
  caseEvent,
  caseView,
  command,
  effects,
  noViews,
  problemView,
  quarantined,
} from "../../support/case-samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;

const resolved = (id: string, resolvedAt: number) =>
  caseView(id, { status: "resolved", stage: "done", openedAt: resolvedAt - 10, resolvedAt });

/** Two old cases, one resolved lately, one old and still open; offsets 1 to 9. */
function filled(): { readonly path: string; readonly store: SqliteCaseStore } {
  files += 1;
  const path = join(folder.path, `cases-${files}.db`);
  const store = new SqliteCaseStore({ path });
  store.commit(9, EFFECTS, {
    ...noViews,
    cases: [
      resolved("c-old", 100),
      resolved("c-old-2", 110),
      resolved("c-late", 900_000),
      caseView("c-open", { openedAt: 50 }),
    ],
    problems: [
      problemView("p-old", { openedAt: 40, status: "resolved", updatedAt: 100 }),
      problemView("p-young", { openedAt: 40, status: "dissolved", updatedAt: 900_000 }),
      problemView("p-replayed", { openedAt: 40, status: "resolved", updatedAt: 100 }),
      problemView("p-open", { openedAt: 40, updatedAt: 100 }),
    ],
  });
  for (const id of ["m-1", "m-7"]) {
    store.markOutbox(id, { state: "done", at: 1, attempts: 1, error: "", nextAt: 0 });
  }
  return { path, store };
}

const EFFECTS = [
  effects(1, {
    events: [caseEvent(1, 0, "c-old"), caseEvent(1, 1, "c-open"), caseEvent(1, 3, "p-old")],
    outbox: [command("m-1"), command("m-2")],
    quarantine: [quarantined(1, 2)],
  }),
  effects(3, { events: [caseEvent(3, 0, "c-old-2")], quarantine: [quarantined(3, 1)] }),
  effects(7, {
    events: [caseEvent(7, 0, "c-old-2"), caseEvent(7, 1, "c-late"), caseEvent(7, 3, "p-replayed")],
    outbox: [command("m-7")],
    quarantine: [quarantined(7, 2)],
  }),
];

const cut = (over: Partial<Cut> = {}): Cut => ({
  casesBefore: 500_000,
  quarantineBefore: 500_000,
  journalFrom: 5,
  limit: 100,
  ...over,
});

/** What is left, as (table: keys). */
function left(path: string): Readonly<Record<string, readonly unknown[]>> {
  const db = openReadOnly(path);
  const keys = (sql: string): readonly unknown[] =>
    db
      .prepare(sql)
      .all()
      .map(({ key }) => key);
  const found = {
    cases: keys("SELECT id AS key FROM case_view ORDER BY id"),
    facts: keys("SELECT id AS key FROM case_fact ORDER BY id"),
    problems: keys("SELECT id AS key FROM problem_view ORDER BY id"),
    events: keys("SELECT case_id || '@' || offset AS key FROM case_event ORDER BY offset, n"),
    outbox: keys("SELECT id AS key FROM outbox ORDER BY seq"),
    quarantine: keys("SELECT offset AS key FROM quarantine ORDER BY offset"),
  };
  db.close();
  return found;
}

describe("what is dropped from the cases", () => {
  it("is resolved for long, and older than all that the journal could replay", () => {
    const { path, store } = filled();
    expect(store.drop(cut())).toBe(false);
    expect(left(path)).toEqual({
      // c-old-2 has an event that the journal still holds; c-late is young; c-open is open.
      cases: ["c-late", "c-old-2", "c-open"],
      facts: ["c-late", "c-old-2", "c-open"],
      problems: ["p-open", "p-replayed", "p-young"],
      events: ["c-open@1", "c-old-2@3", "c-old-2@7", "c-late@7", "p-replayed@7"],
      // m-2 is still owed, m-7 can be replayed.
      outbox: ["m-2", "m-7"],
      quarantine: [7],
    });
    store[Symbol.dispose]();
  });

  it("goes a little at a time and says whether there is more", () => {
    const { path, store } = filled();
    const all = cut({ journalFrom: 100, limit: 1 });
    let calls = 1;
    while (store.drop(all)) calls += 1;
    expect(calls).toBeGreaterThan(2);
    expect(left(path)).toMatchObject({ cases: ["c-late", "c-open"], quarantine: [] });
    store[Symbol.dispose]();
  });

  it("is not missed by a replay of what the journal holds", async () => {
    const { path, store } = filled();
    store.drop(cut({ journalFrom: 4 }));
    store[Symbol.dispose]();
    using again = new SqliteCaseStore({ path });
    expect(() => again.commit(9, EFFECTS.slice(2), noViews)).not.toThrow();
    using reader = new SqliteCaseReader(path);
    expect(await reader.case("c-old")).toBeUndefined();
    expect((await reader.counts()).quarantined).toBe(1);
  });

  it("is nothing when nothing is old", () => {
    const { path, store } = filled();
    const before = left(path);
    store.drop(cut({ casesBefore: 50, quarantineBefore: 0 }));
    expect(left(path)).toEqual(before);
    store[Symbol.dispose]();
  });
});
