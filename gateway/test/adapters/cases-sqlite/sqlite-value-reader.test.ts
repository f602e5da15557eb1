import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { CaseAction, CaseView } from "#domain/case/case.ts";
import { caseFactOf } from "#pipeline/value/case-fact.ts";
import { Counting } from "#pipeline/value/counting.ts";
import type { ValueTally } from "#ports/value-store.ts";
import { SqliteCaseStore } from "../../../src/adapters/cases-sqlite/sqlite-case-store.ts";
import { SqliteValueReader } from "../../../src/adapters/cases-sqlite/sqlite-value-reader.ts";
import { caseView, noViews } from "../../support/case-samples.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const folder = tempFolder();
afterAll(() => folder[Symbol.dispose]());
let files = 0;

function filled(cases: readonly CaseView[]): string {
  files += 1;
  const path = join(folder.path, `cases-${files}.db`);
  using store = new SqliteCaseStore({ path });
  store.commit(1, [], { ...noViews, cases });
  return path;
}

const target = (over: { metAt?: number; breachedAt?: number }) => ({
  dueAt: 5,
  warnAt: 4,
  metAt: over.metAt ?? null,
  breachedAt: over.breachedAt ?? null,
});
const aTarget = fc
  .record({ metAt: fc.nat(99), breachedAt: fc.nat(99) }, { requiredKeys: [] })
  .map(target);

const anAction: fc.Arbitrary<CaseAction> = fc.record(
  {
    id: fc.constant("a"),
    step: fc.nat(2),
    kind: fc.constantFrom("command", "settings", "advice", "verify", "escalation"),
    what: fc.constant("x"),
    startedAt: fc.nat(9_999),
    state: fc.constantFrom("waiting", "succeeded", "failed", "cancelled"),
    proof: fc.constantFrom("none", "pending", "proved", "not_proved"),
    detail: fc.constant(""),
    provedAt: fc.nat(9_999),
    held: fc.constantFrom("pending", "held", "did_not_hold", "harmful"),
  },
  { requiredKeys: ["id", "step", "kind", "what", "startedAt", "state", "proof", "detail"] },
);

const aView: fc.Arbitrary<Partial<CaseView>> = fc.record({
  product: fc.constantFrom("a", "b"),
  rule: fc.constantFrom("x", "y"),
  openedAt: fc.integer({ min: 1_000, max: 1_050 }),
  onsetAt: fc.integer({ min: 900, max: 1_100 }),
  resolvedAt: fc.option(fc.constant(9_000), { nil: null }),
  resolution: fc.constantFrom("fixed", "recovered", null),
  verdict: fc.constantFrom(
    "confirmed",
    "false_alarm",
    "sensor_fault",
    "duplicate",
    "deferred",
    null,
  ),
  actions: fc.array(anAction, { maxLength: 3 }),
  ownerCalledAt: fc.integer({ min: 900, max: 2_000 }),
  targets: fc.record({
    level: fc.constant("gold"),
    team: fc.constant("coffee"),
    firstResponse: aTarget,
    solution: aTarget,
  }),
});

function naive(views: readonly CaseView[], by: "rule" | "week"): readonly ValueTally[] {
  const counting = new Counting(by);
  const outcome = (fact: { metAt: number | null; breachedAt: number | null }) =>
    fact.breachedAt !== null ? "missed" : fact.metAt !== null ? "met" : "none";
  for (const fact of views.map(caseFactOf)) {
    const { openedAt, ownerCalledAt, provedAt } = fact;
    counting.add({
      ...fact,
      open: fact.resolvedAt === null,
      detectionMs: openedAt - fact.onsetAt,
      calledAfterMs: ownerCalledAt === null ? null : ownerCalledAt - openedAt,
      proofMs: provedAt === null ? null : provedAt - openedAt,
      escalated: fact.escalatedAt !== null,
      reopened: false,
      disputed: false,
      response: outcome(fact.response),
      solution: outcome(fact.solution),
    });
  }
  return counting.tallies();
}

/** The order in which durations were met says nothing. */
const settledTally = (tally: ValueTally) => ({
  ...tally,
  leadMs: [...tally.leadMs].sort(),
  detectionMs: [...tally.detectionMs].sort(),
  proofMs: [...tally.proofMs].sort(),
});

describe("counting over the file", () => {
  it("is the same as counting the cases one by one", async () => {
    const some = fc.array(aView, { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(some, async (parts) => {
        const views = parts.map((over, n) => caseView(`c-${n}`, over));
        using reader = new SqliteValueReader(filled(views));
        for (const by of ["rule", "week"] as const) {
          const found = await reader.tallies({ from: 0, to: 9_999, by });
          expect(found.map(settledTally)).toEqual(naive(views, by).map(settledTally));
        }
      }),
      { numRuns: 12 },
    );
  });

  it("goes over more than one page without losing or doubling a case of the same moment", async () => {
    const views = Array.from({ length: 12_001 }, (_, n) =>
      caseView(`c-${n}`, { openedAt: n < 6_000 ? 7 : 30_000 - n }),
    );
    using reader = new SqliteValueReader(filled(views));
    const [all] = await reader.tallies({ from: 0, to: 99_999, by: "all" });
    expect(all?.cases).toBe(12_001);
    expect(all?.detectionMs).toHaveLength(12_001);
  });

  it("is of a period whose end is exclusive, of products and of one rule", async () => {
    const views = [
      caseView("c-1", { openedAt: 10 }),
      caseView("c-2", { openedAt: 20, product: "oven" }),
      caseView("c-3", { openedAt: 30, rule: "other" }),
    ];
    using reader = new SqliteValueReader(filled(views));
    const cases = async (over: object) =>
      (await reader.tallies({ from: 10, to: 31, by: "all", ...over }))[0]?.cases ?? 0;
    expect(await cases({})).toBe(3);
    expect(await cases({ from: 11 })).toBe(2);
    expect(await cases({ to: 30 })).toBe(2);
    expect(await cases({ products: ["oven", "none"] })).toBe(1);
    expect(await cases({ products: [] })).toBe(0);
    expect(await cases({ rule: "other" })).toBe(1);
  });
});

describe("what waits for people", () => {
  it("is counted by stage, and the oldest come first", async () => {
    const views = [
      caseView("c-1", { stage: "escalated", openedAt: 3 }),
      caseView("c-2", { stage: "approval", openedAt: 1 }),
      caseView("c-3", { openedAt: 0 }),
      caseView("c-4", { stage: "escalated", openedAt: 2, product: "oven" }),
      caseView("c-5", { stage: "done", status: "resolved", openedAt: 2 }),
    ];
    using reader = new SqliteValueReader(filled(views));
    const found = await reader.backlog(["espresso-pro"], 5);
    expect(found).toMatchObject({ open: 3, escalated: 1, approval: 1 });
    expect(found.oldest.map(({ id }) => id)).toEqual(["c-2", "c-1"]);
    expect((await reader.backlog(["espresso-pro", "oven"], 1)).oldest).toHaveLength(1);
    expect(await reader.backlog([], 5)).toEqual({ open: 0, escalated: 0, approval: 0, oldest: [] });
  });

  it("has the targets that were missed within a period, newest first", async () => {
    const targets = (first: object, solution: object) => ({
      level: "gold",
      team: "coffee",
      firstResponse: target(first),
      solution: target(solution),
    });
    const views = [
      caseView("c-1", { targets: targets({ breachedAt: 10, metAt: 15 }, { breachedAt: 30 }) }),
      caseView("c-2", { targets: targets({ breachedAt: 20 }, { metAt: 9 }) }),
      caseView("c-3"),
    ];
    using reader = new SqliteValueReader(filled(views));
    const query = { products: ["espresso-pro"], from: 10, to: 30, limit: 5 };
    expect(await reader.missed(query)).toEqual([
      {
        caseId: "c-2",
        device: "d-1",
        title: "The boiler runs too hot",
        target: "first response",
        breachedAt: 20,
        metAt: null,
      },
      expect.objectContaining({ caseId: "c-1", target: "first response", metAt: 15 }),
    ]);
    expect(await reader.missed({ ...query, to: 31, limit: 1 })).toEqual([
      expect.objectContaining({ target: "solution", breachedAt: 30 }),
    ]);
  });
});
