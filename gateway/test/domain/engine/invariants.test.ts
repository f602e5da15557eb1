import { describe, expect, test } from "vitest";
import type { AlertView } from "#domain/alert/alert.ts";
import type { CaseView } from "#domain/case/case.ts";
import type { Effects } from "#domain/effects.ts";
import { Engine } from "#domain/engine/engine.ts";
import type { JournalRecord } from "#domain/record.ts";
import { failing, whenReads } from "../../support/failing-rules.ts";
import { randomJournal } from "../../support/random-journal.ts";

const SEEDS = Array.from({ length: 20 }, (_, i) => 100 + i);
const RECORDS = 800;

/** What is known of the run so far, as the outside sees it. */
class Watched {
  readonly cases = new Map<string, CaseView>();
  readonly alerts = new Map<string, AlertView>();
  readonly owed = new Set<string>();
  readonly onsets = new Map<string, string>();
  readonly resolvedAt = new Map<string, number>();

  /** Checks one record's effects, with the views as they are after it. */
  check(offset: number, effects: Effects | undefined, engine: Engine): void {
    const views = engine.takeViews({ devices: false });
    for (const view of views.alerts) this.alerts.set(view.key, view);
    for (const view of views.cases) this.cases.set(view.id, view);
    for (const view of views.cases) this.#case(view);
    if (effects === undefined) return;
    expect(effects.offset).toBe(offset);
    this.#outbox(effects);
    this.#events(effects);
    const counted = effects.counts.filter(({ name }) => name === "messages_quarantined_total");
    expect(counted.length, "every refusal is counted").toBe(effects.quarantine.length);
    const keys = effects.events.map((e) => e.n).concat(effects.quarantine.map((q) => q.n));
    expect(new Set(keys).size).toBe(keys.length);
  }

  #case(view: CaseView): void {
    const place = `${view.device} ${view.rule}`;
    const onset = `${place} ${view.onsetAt}`;
    expect(this.onsets.get(onset) ?? view.id, `one case per onset: ${onset}`).toBe(view.id);
    this.onsets.set(onset, view.id);
    const open = [...this.cases.values()].filter(
      (c) => c.status !== "resolved" && `${c.device} ${c.rule}` === place,
    );
    expect(open.length, `open cases of ${place}`).toBeLessThanOrEqual(1);
    expect(view.status === "resolved").toBe(view.stage === "done");
    expect(view.status === "resolved").toBe(view.resolvedAt !== null && view.resolution !== null);
    if (view.resolution === "fixed") {
      expect(
        view.actions.some((a) => a.proof === "proved"),
        `${view.id} was fixed`,
      ).toBe(true);
    }
    const ids = view.actions.map((a) => a.id);
    expect(new Set(ids).size).toBe(ids.length);
    if (view.status === "resolved") {
      expect(view.actions.filter((a) => a.state === "waiting")).toEqual([]);
    }
  }

  #outbox(effects: Effects): void {
    for (const entry of effects.outbox) {
      expect(this.owed.has(entry.id), `${entry.id} is owed once`).toBe(false);
      this.owed.add(entry.id);
      if (entry.kind !== "command" || entry.caseId === null) continue;
      expect(entry.expiresAt).toBeGreaterThan(entry.createdAt);
      const view = this.cases.get(entry.caseId);
      const closedNow = effects.events.some(
        (e) => e.caseId === entry.caseId && e.kind === "resolved",
      );
      expect(view?.status !== "resolved" || closedNow, `${entry.id} for an open case`).toBe(true);
    }
    for (const id of effects.cancelled) expect(this.owed.has(id), `${id} was owed`).toBe(true);
  }

  #events(effects: Effects): void {
    for (const event of effects.events) {
      expect(event.reason.trim(), `${event.kind} says why`).not.toBe("");
      expect(event.by).not.toBe("");
      const view = this.cases.get(event.caseId);
      expect(view, `${event.kind} is about a known case`).toBeDefined();
      if (event.kind !== "resolved" || event.by !== "gateway" || view === undefined) continue;
      const alert = this.alerts.get(`${view.device}/${view.rule}/1`);
      const removed = event.reason.includes("removed from the registry");
      expect(alert?.unknown === true && !removed, `${view.id} closed itself unknown`).toBe(false);
    }
  }
}

/** Rules that fail somewhere in the middle of a journal. */
const compile = failing({
  "too-hot": whenReads("temp", 155),
  silent: (input) => input.kind === "deadline" && input.at % 7 === 0,
  "warning-ignored": (input) => input.kind === "event" && input.at % 5 === 0,
});

describe.each([
  { rules: "rules that work", options: {} },
  { rules: "rules that fail", options: { compile } },
])("with $rules", ({ options }) => {
  test.each(SEEDS)("what must always hold holds over a random journal (seed %i)", (seed) => {
    hold(randomJournal(seed, RECORDS), new Engine([], options));
  });
});

function hold(records: readonly JournalRecord[], engine: Engine): void {
  const watched = new Watched();
  let clock = 0;
  records.forEach((record, i) => {
    const effects = engine.apply(i + 1, record);
    watched.check(i + 1, effects, engine);
    expect(engine.serviceTime).toBeGreaterThanOrEqual(clock);
    clock = engine.serviceTime;
    const next = engine.nextDeadline();
    if (next !== undefined) expect(next).toBeGreaterThan(engine.serviceTime);
  });
}

test("the random journals reach what they are meant to reach", () => {
  const seen = new Map<string, number>();
  for (const seed of SEEDS.slice(0, 8)) {
    const engine = new Engine();
    randomJournal(seed, RECORDS).forEach((record, i) => {
      for (const event of engine.apply(i + 1, record)?.events ?? []) {
        seen.set(event.kind, (seen.get(event.kind) ?? 0) + 1);
      }
    });
  }
  for (const kind of ["opened", "reopened", "resolved", "proved", "escalated", "alert_unknown"]) {
    expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(0);
  }
});
