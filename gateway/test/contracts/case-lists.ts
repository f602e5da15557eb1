import { expect, it } from "vitest";
import type { CaseReader, CaseStore } from "#ports/case-store.ts";
import {
  alertView,
  caseView,
  command,
  deviceView,
  effects,
  noViews,
  quarantined,
} from "../support/case-samples.ts";

/** Both sides over one store. */
export interface CaseStoreUnderTest extends Disposable {
  readonly store: CaseStore;
  readonly reader: CaseReader;
}

/** The reading side: pages, filters, orders and counts. */
export function caseListsContract(open: () => CaseStoreUnderTest): void {
  it("pages cases newest first without gaps or repeats, while new ones come in", async () => {
    using opened = open();
    const views = Array.from({ length: 7 }, (_, n) =>
      caseView(`c-${n}`, { openedAt: 1_000 + Math.floor(n / 2) }),
    );
    opened.store.commit(1, [], { ...noViews, cases: views });
    const seen: string[] = [];
    let cursor: string | null | undefined;
    let offset = 1;
    while (cursor !== null) {
      const page = await opened.reader.cases({ limit: 2, ...(cursor && { cursor }) });
      seen.push(...page.items.map((view) => view.id));
      cursor = page.nextCursor;
      offset += 1;
      const late = caseView(`late-${offset}`, { openedAt: 2_000 });
      opened.store.commit(offset, [], { ...noViews, cases: [late] });
    }
    expect(seen).toEqual(["c-6", "c-5", "c-4", "c-3", "c-2", "c-1", "c-0"]);
  });

  it("filters cases by every field alone and together", async () => {
    using opened = open();
    const wanted = caseView("c-1", { status: "resolved", stage: "done", kind: "misuse" });
    const other = caseView("c-2", { device: "d-2", rule: "other-rule" });
    opened.store.commit(1, [], { ...noViews, cases: [wanted, other] });
    const { device, rule } = wanted;
    const filters = [
      { status: "resolved" },
      { stage: "done" },
      { kind: "misuse" },
      { device },
      { rule },
      { status: "resolved", stage: "done", kind: "misuse", device, rule },
    ] as const;
    for (const filter of filters) {
      expect((await opened.reader.cases({ ...filter, limit: 5 })).items).toEqual([wanted]);
    }
  });

  it("lists devices worst first: safety, urgent, normal, silent, healthy, then by id", async () => {
    using opened = open();
    const devices = [
      deviceView("a-healthy"),
      deviceView("b-healthy", { presence: "offline" }),
      deviceView("c-lost", { presence: "lost" }),
      deviceView("d-normal", { worst: "normal" }),
      deviceView("e-urgent", { worst: "urgent" }),
      deviceView("f-safety", { worst: "safety", product: "heat-pump" }),
    ];
    opened.store.commit(1, [], { ...noViews, devices });
    const first = await opened.reader.devices({ limit: 4 });
    const rest = await opened.reader.devices({ limit: 4, cursor: first.nextCursor ?? "" });
    expect([...first.items, ...rest.items].map((view) => view.id)).toEqual([
      "f-safety",
      "e-urgent",
      "d-normal",
      "c-lost",
      "a-healthy",
      "b-healthy",
    ]);
    expect(rest.nextCursor).toBeNull();
    const pumps = await opened.reader.devices({ product: "heat-pump", limit: 4 });
    expect(pumps.items.map((view) => view.id)).toEqual(["f-safety"]);
  });

  it("lists quarantine and alerts newest first and filters them", async () => {
    using opened = open();
    const entries = [
      quarantined(1, 0),
      quarantined(1, 1, { code: "bad_topic" }),
      quarantined(2, 0),
    ];
    opened.store.commit(
      2,
      [
        effects(1, { quarantine: entries.slice(0, 2) }),
        effects(2, { quarantine: entries.slice(2) }),
      ],
      {
        ...noViews,
        alerts: [alertView("a", { since: 5 }), alertView("b", { since: 9, level: "watch" })],
      },
    );
    const page = await opened.reader.quarantine({ limit: 2 });
    expect(page.items).toEqual([entries[2], entries[1]]);
    const rest = await opened.reader.quarantine({ limit: 2, cursor: page.nextCursor ?? "" });
    expect(rest).toEqual({ items: [entries[0]], nextCursor: null });
    const coded = await opened.reader.quarantine({ code: "bad_topic", limit: 2 });
    expect(coded.items).toEqual([entries[1]]);
    const alerts = await opened.reader.alerts({ limit: 2 });
    expect(alerts.items.map((view) => view.key)).toEqual(["b", "a"]);
    const watches = await opened.reader.alerts({ level: "watch", limit: 2 });
    expect(watches.items.map((view) => view.key)).toEqual(["b"]);
  });

  it("refuses a cursor that it did not hand out", async () => {
    using opened = open();
    const cases = [caseView("c-1"), caseView("c-2")];
    opened.store.commit(1, [], { ...noViews, cases });
    const { nextCursor } = await opened.reader.cases({ limit: 1 });
    const cursor = nextCursor ?? "";
    const refused = expect.objectContaining({ code: "VZ_BAD_CURSOR" });
    const tampered = `${cursor.slice(0, -3)}${cursor.at(-3) === "A" ? "B" : "A"}${cursor.slice(-2)}`;
    for (const bad of ["", "x", "e30", tampered]) {
      await expect(opened.reader.cases({ limit: 1, cursor: bad })).rejects.toEqual(refused);
    }
    await expect(opened.reader.alerts({ limit: 1, cursor })).rejects.toEqual(refused);
  });

  it("counts devices, open cases by kind, escalations, quarantine and what is owed", async () => {
    using opened = open();
    opened.store.commit(
      1,
      [effects(1, { quarantine: [quarantined(1, 0)], outbox: [command("o-1"), command("o-2")] })],
      {
        ...noViews,
        devices: [deviceView("d-1"), deviceView("d-2", { presence: "lost" })],
        cases: [
          caseView("c-1"),
          caseView("c-2", { kind: "misuse", stage: "escalated", status: "acknowledged" }),
          caseView("c-3", { status: "resolved", stage: "done" }),
        ],
      },
    );
    expect(await opened.reader.counts()).toEqual({
      devices: 2,
      online: 1,
      openCases: { fault: 1, misuse: 1, underuse: 0 },
      escalated: 1,
      quarantined: 1,
      outboxDue: 2,
    });
  });
}
