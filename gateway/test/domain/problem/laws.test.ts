import { expect, test } from "vitest";
import type { CaseView } from "#domain/case/case.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { ProblemView } from "#domain/problem/problem.ts";
import type { JournalRecord } from "#domain/record.ts";
import { fleetJournal } from "./fleet-journal.ts";

const SEEDS = [2, 5];
const RECORDS = 700;

function outcome(engine: Engine, records: readonly JournalRecord[], from: number): string[] {
  return records.slice(from).flatMap((record, i) => {
    const effects = engine.apply(from + i + 1, record);
    return effects === undefined ? [] : [JSON.stringify(effects)];
  });
}

test.each(SEEDS.slice(0, 1))(
  "from any snapshot the same is decided, grouped and told (seed %i)",
  (seed) => {
    const records = fleetJournal(seed, RECORDS);
    const whole = outcome(new Engine(), records, 0);
    const live = new Engine();
    const saved = new Map<string, string | undefined>();
    let done = 0;
    records.forEach((record, i) => {
      if (live.apply(i + 1, record) !== undefined) done += 1;
      if (i % 199 !== 97) return;
      for (const { key, value } of live.takeUnsaved()) saved.set(key, value);
      const restored = new Engine([...saved].map(([key, value]) => ({ key, value })));
      expect(outcome(restored, records, i + 1)).toEqual(whole.slice(done));
    });
  },
);

/** The views as the outside has them, checked after each record. */
class Watched {
  readonly cases = new Map<string, CaseView>();
  readonly problems = new Map<string, ProblemView>();
  readonly kinds = new Map<string, number>();
  readonly owed = new Set<string>();

  follow(engine: Engine, offset: number, record: JournalRecord): void {
    const effects = engine.apply(offset, record);
    const views = engine.takeViews({ devices: false });
    for (const view of views.cases) this.cases.set(view.id, view);
    for (const view of views.problems ?? []) this.problems.set(view.id, view);
    for (const { kind } of effects?.events ?? [])
      this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    for (const { id } of effects?.outbox ?? []) {
      expect(this.owed.has(id), `${id} is owed once`).toBe(false);
      this.owed.add(id);
    }
    for (const view of views.problems ?? []) this.#problem(view);
    for (const view of views.cases) this.#case(view);
  }

  #problem(view: ProblemView): void {
    const members = view.cases.map((id) => this.cases.get(id));
    expect(new Set(view.cases).size, "no case twice").toBe(view.cases.length);
    if (view.status !== "open") {
      expect(view.openCases).toBe(0);
      expect(view.resolvedAt).not.toBeNull();
      return;
    }
    const open = members.filter((c) => c !== undefined && c.status !== "resolved");
    expect(view.openCases, `open cases of ${view.id}`).toBe(open.length);
    for (const member of members) expect(member?.problem).toBe(view.id);
    const same = [...this.problems.values()].filter(
      (p) =>
        p.status === "open" &&
        p.rule === view.rule &&
        p.attribute === view.attribute &&
        p.value === view.value,
    );
    expect(same.length, "one open problem of a cause").toBe(1);
  }

  #case(view: CaseView): void {
    const holders = [...this.problems.values()].filter(
      (p) => p.status === "open" && p.cases.includes(view.id),
    );
    expect(holders.length, `${view.id} is in one problem at most`).toBeLessThanOrEqual(1);
    expect(holders[0]?.id ?? view.problem, "both say the same").toBe(view.problem);
    if (view.suppressed === true) expect(view.status).toBe("resolved");
    if (view.status !== "resolved" && view.problem !== undefined) {
      expect(this.problems.get(view.problem)?.status).toBe("open");
    }
    const { targets } = view;
    if (targets === undefined || view.status !== "resolved") return;
    // Without a service file no clock ran, and nothing was measured.
    if (targets.solution.metAt !== null) expect(targets.solution.metAt).toBe(view.resolvedAt);
  }
}

/** What the journals are meant to reach. */
const REACHED = [
  "problem_opened",
  "joined_problem",
  "left_problem",
  "suppressed",
  "disputed",
  "owner_called",
  "target_warning",
  "target_breached",
  "target_met",
];

test.each(SEEDS)("what must always hold of problems and clocks holds (seed %i)", (seed) => {
  const watched = new Watched();
  const engine = new Engine();
  fleetJournal(seed, RECORDS).forEach((record, i) => {
    watched.follow(engine, i + 1, record);
    const next = engine.nextDeadline();
    if (next !== undefined) expect(next).toBeGreaterThan(engine.serviceTime);
  });
  for (const kind of REACHED) expect(watched.kinds.get(kind) ?? 0, kind).toBeGreaterThan(0);
});
