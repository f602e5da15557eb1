import { expect, it } from "vitest";
import {
  caseEvent,
  caseView,
  effects,
  fixView,
  noViews,
  problemView,
} from "../support/case-samples.ts";
import type { CaseStoreUnderTest } from "./case-lists.ts";

/** Problems with their cases, fixes and the off switch. */
export function foundContract(open: () => CaseStoreUnderTest): void {
  it("keeps a problem as it was given, with its timeline, and replaces it as a whole", async () => {
    using opened = open();
    const { store, reader } = opened;
    const event = caseEvent(1, 0, { caseId: "p-1", kind: "problem_opened" });
    const first = problemView("p-1");
    store.commit(1, [effects(1, { events: [event] })], { ...noViews, problems: [first] });
    expect(await reader.problem("p-1")).toEqual(first);
    expect(await reader.timeline("p-1")).toEqual([event]);
    const resolved = problemView("p-1", { status: "resolved", resolvedAt: 3_000 });
    store.commit(2, [], { ...noViews, problems: [resolved] });
    expect(await reader.problem("p-1")).toEqual(resolved);
    expect(await reader.problem("p-2")).toBeUndefined();
  });

  it("lists problems newest first, page by page, and by status, product and rule", async () => {
    using opened = open();
    const problems = [
      problemView("p-1", { openedAt: 1 }),
      problemView("p-2", { openedAt: 3, status: "dissolved" }),
      problemView("p-3", { openedAt: 2, product: "heat-pump", rule: "pump-stalls" }),
    ];
    opened.store.commit(1, [], { ...noViews, problems });
    const { reader } = opened;
    const first = await reader.problems({ limit: 2 });
    const rest = await reader.problems({ limit: 2, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(["p-2", "p-3", "p-1"]);
    expect(rest.nextCursor).toBeNull();
    const filters = [
      { status: "dissolved" },
      { product: "heat-pump" },
      { rule: "pump-stalls" },
    ] as const;
    const found = await Promise.all(filters.map((one) => reader.problems({ ...one, limit: 5 })));
    expect(found.map(({ items }) => items.map(({ id }) => id))).toEqual([
      ["p-2"],
      ["p-3"],
      ["p-3"],
    ]);
  });

  it("answers the cases of a problem, and no longer those that left it", async () => {
    using opened = open();
    const { store, reader } = opened;
    const cases = [caseView("c-1", { problem: "p-1" }), caseView("c-2", { problem: "p-1" })];
    store.commit(1, [], { ...noViews, cases: [...cases, caseView("c-3")] });
    const ofProblem = async (): Promise<readonly string[]> =>
      (await reader.cases({ problem: "p-1", limit: 5 })).items.map(({ id }) => id);
    expect(await ofProblem()).toEqual(["c-2", "c-1"]);
    store.commit(2, [], { ...noViews, cases: [caseView("c-2")] });
    expect(await ofProblem()).toEqual(["c-1"]);
  });

  it("keeps how each step did, and how the off switch was last turned", async () => {
    using opened = open();
    const { store, reader } = opened;
    const fixes = [fixView("s-2"), fixView("s-1"), fixView("s-1", { product: "heat-pump" })];
    const off = { product: "", enabled: false, by: "agent-1", reason: "recall", at: 5 };
    const remedies = [off, { ...off, product: "heat-pump", enabled: true }];
    store.commit(1, [], { ...noViews, fixes, remedies });
    store.commit(2, [], { ...noViews, fixes: [fixView("s-2", { tried: 6 })] });
    store.commit(3, [], { ...noViews, remedies: [{ ...off, enabled: true, at: 9 }] });
    expect(await reader.fixes({})).toEqual([fixes[1], fixView("s-2", { tried: 6 }), fixes[2]]);
    expect(await reader.fixes({ product: "heat-pump" })).toEqual([fixes[2]]);
    expect(await reader.fixes({ rule: "other" })).toEqual([]);
    expect(await reader.remedies()).toEqual([{ ...off, enabled: true, at: 9 }, remedies[1]]);
  });

  it("writes a problem although nothing else has changed", async () => {
    using opened = open();
    opened.store.commit(1, [effects(1)], noViews);
    opened.store.commit(1, [], { ...noViews, problems: [problemView("p-1")] });
    expect(await opened.reader.problem("p-1")).toEqual(problemView("p-1"));
  });
}
