import { describe, expect, it } from "vitest";
import type { OutboxMark } from "#ports/case-store.ts";
import type { CaseReader, CaseStore } from "#ports/case-store.ts";
import {
  alertView,
  caseEvent,
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

const diverged = expect.objectContaining({ code: "VZ_REPLAY_DIVERGED" });
const mark = (state: OutboxMark["state"], over: Partial<OutboxMark> = {}): OutboxMark => ({
  state,
  at: 1,
  attempts: 1,
  error: "",
  nextAt: 0,
  ...over,
});

/** What the port promises; `open` answers an empty store. */
export function caseStoreContract(open: () => CaseStoreUnderTest): void {
  describe("writing", () => writing(open));
  describe("replaying", () => replaying(open));
  describe("owing", () => owing(open));
  describe("listing", () => listing(open));
}

function writing(open: () => CaseStoreUnderTest): void {
  it("starts with nothing applied", async () => {
    using opened = open();
    expect(opened.store.applied()).toBe(0);
    expect(await opened.reader.cases({ limit: 5 })).toEqual({ items: [], nextCursor: null });
    expect(await opened.reader.case("c-1")).toBeUndefined();
  });

  it("keeps cases, devices and timelines as they were given", async () => {
    using opened = open();
    const view = caseView("c-1");
    const device = deviceView("d-1");
    const events = [caseEvent(3, 0, "c-1"), caseEvent(3, 1, "c-2"), caseEvent(7, 0, "c-1")];
    opened.store.commit(
      7,
      [effects(3, { events: events.slice(0, 2) }), effects(7, { events: events.slice(2) })],
      { ...noViews, cases: [view], devices: [device] },
    );
    expect(opened.store.applied()).toBe(7);
    expect(await opened.reader.case("c-1")).toEqual(view);
    expect(await opened.reader.device("d-1")).toEqual(device);
    expect(await opened.reader.timeline("c-1")).toEqual([events[0], events[2]]);
  });

  it("replaces a view as a whole and forgets removed devices with their alerts", async () => {
    using opened = open();
    const alert = alertView("d-1/hot/1", { device: "d-1" });
    opened.store.commit(1, [], { ...noViews, devices: [deviceView("d-1")], alerts: [alert] });
    opened.store.commit(2, [], { ...noViews, devices: [deviceView("d-1", { firmware: "2.0" })] });
    expect((await opened.reader.device("d-1"))?.firmware).toBe("2.0");
    opened.store.commit(3, [], { ...noViews, removedDevices: ["d-1"] });
    expect(await opened.reader.device("d-1")).toBeUndefined();
    expect((await opened.reader.alerts({ limit: 5 })).items).toEqual([]);
  });

  it("lists an alert only while it is in some phase", async () => {
    using opened = open();
    opened.store.commit(1, [], { ...noViews, alerts: [alertView("a"), alertView("b")] });
    opened.store.commit(2, [], { ...noViews, alerts: [alertView("a", { phase: "inactive" })] });
    expect((await opened.reader.alerts({ limit: 5 })).items).toEqual([alertView("b")]);
  });
}

function replaying(open: () => CaseStoreUnderTest): void {
  const live = [
    effects(3, { events: [caseEvent(3, 0, "c-1")], outbox: [command("o-1")] }),
    effects(4, {}),
    effects(5, { events: [caseEvent(5, 0, "c-1")], quarantine: [quarantined(5, 0)] }),
  ];
  const opened = (): CaseStoreUnderTest => {
    const fresh = open();
    fresh.store.commit(5, live, { ...noViews, cases: [caseView("c-1", { revision: 9 })] });
    return fresh;
  };

  it("accepts the same decisions again, whole or in parts, and writes nothing", async () => {
    using same = opened();
    const older = { ...noViews, cases: [caseView("c-1", { revision: 1 })] };
    same.store.commit(4, live.slice(0, 2), older);
    for (const one of live) same.store.commit(one.offset, [one], noViews);
    expect(same.store.applied()).toBe(5);
    expect(await same.reader.timeline("c-1")).toHaveLength(2);
    expect((await same.reader.case("c-1"))?.revision).toBe(9);
    expect(same.store.dueOutbox(10)).toHaveLength(1);
  });

  it("writes views that were held back when nothing newer was decided", async () => {
    using same = opened();
    same.store.commit(5, [], { ...noViews, devices: [deviceView("d-1")] });
    expect(await same.reader.device("d-1")).toEqual(deviceView("d-1"));
  });

  it("goes on from replayed to new effects within one commit", async () => {
    using same = opened();
    const next = effects(6, { events: [caseEvent(6, 0, "c-1")] });
    same.store.commit(6, [...live, next], { ...noViews, cases: [caseView("c-1")] });
    expect(await same.reader.timeline("c-1")).toHaveLength(3);
    expect((await same.reader.case("c-1"))?.revision).toBe(caseView("c-1").revision);
  });

  it("names the offset and both contents when an event reads otherwise", () => {
    using same = opened();
    const other = effects(3, {
      events: [caseEvent(3, 0, { reason: "decided otherwise" })],
      outbox: [command("o-1")],
    });
    const replay = (): void => same.store.commit(3, [other], noViews);
    expect(replay).toThrow(diverged);
    expect(replay).toThrow(/offset 3.*boiler is hot.*decided otherwise/s);
  });

  it("notices an event, a command or a quarantine entry that is missing or new", () => {
    const variants = [
      effects(3, { outbox: [command("o-1")] }),
      effects(3, { events: [caseEvent(3, 0, "c-1")] }),
      effects(3, {
        events: [caseEvent(3, 0, "c-1"), caseEvent(3, 1, "c-1")],
        outbox: [command("o-1")],
      }),
      effects(3, { events: [caseEvent(3, 0, "c-1")], outbox: [command("o-2")] }),
      effects(5, { events: [caseEvent(5, 0, "c-1")] }),
      effects(4, { quarantine: [quarantined(4, 0)] }),
    ];
    for (const variant of variants) {
      using same = opened();
      expect(() => same.store.commit(variant.offset, [variant], noViews)).toThrow(diverged);
    }
  });
}

function owing(open: () => CaseStoreUnderTest): void {
  it("answers what is owed oldest first, to all or to one device", () => {
    using opened = open();
    const first = command("o-9", { device: "d-1" });
    const second = command("o-1", { device: "d-2" });
    opened.store.commit(
      2,
      [effects(1, { outbox: [first] }), effects(2, { outbox: [second] })],
      noViews,
    );
    expect(opened.store.dueOutbox(10).map((item) => item.entry)).toEqual([first, second]);
    expect(opened.store.dueOutbox(1).map((item) => item.entry)).toEqual([first]);
    expect(opened.store.outboxOf("d-2")).toEqual([{ entry: second, attempts: 0, nextAt: 0 }]);
  });

  it("ignores a second entry of the same id", () => {
    using opened = open();
    const entry = command("o-1");
    opened.store.commit(1, [effects(1, { outbox: [entry] })], noViews);
    opened.store.commit(2, [effects(2, { outbox: [command("o-1", { counter: 7 })] })], noViews);
    expect(opened.store.dueOutbox(10).map((item) => item.entry)).toEqual([entry]);
    opened.store.commit(2, [effects(2, { outbox: [command("o-1", { counter: 7 })] })], noViews);
  });

  it("owes a retry with its count and time, and no longer what is done or given up", () => {
    using opened = open();
    const outbox = ["o-1", "o-2", "o-3"].map((id) => command(id));
    opened.store.commit(1, [effects(1, { outbox })], noViews);
    opened.store.markOutbox("o-1", mark("done"));
    opened.store.markOutbox("o-2", mark("retry", { attempts: 3, nextAt: 99 }));
    opened.store.markOutbox("o-3", mark("failed"));
    expect(opened.store.dueOutbox(10)).toEqual([{ entry: outbox[1], attempts: 3, nextAt: 99 }]);
  });

  it("never sends a cancelled entry, and a late mark does not bring it back", async () => {
    using opened = open();
    opened.store.commit(1, [effects(1, { outbox: [command("o-1"), command("o-2")] })], noViews);
    opened.store.markOutbox("o-2", mark("done"));
    opened.store.commit(2, [effects(2, { cancelled: ["o-1", "o-2", "unknown"] })], noViews);
    expect(opened.store.dueOutbox(10)).toEqual([]);
    opened.store.markOutbox("o-1", mark("retry"));
    expect(opened.store.dueOutbox(10)).toEqual([]);
    expect((await opened.reader.counts()).outboxDue).toBe(0);
  });
}

function listing(open: () => CaseStoreUnderTest): void {
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
    const entries = [quarantined(1, 0), quarantined(1, 1, { code: "bad_topic" }), quarantined(2, 0)];
    opened.store.commit(
      2,
      [effects(1, { quarantine: entries.slice(0, 2) }), effects(2, { quarantine: entries.slice(2) })],
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
